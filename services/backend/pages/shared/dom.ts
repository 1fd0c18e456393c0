type Attributes = Readonly<Record<string, string | boolean | undefined>>;

/** Makes an element. `true` is an attribute without a value, `false` and `undefined` none. Children are nodes or text, never markup. */
export function element<Tag extends keyof HTMLElementTagNameMap>(tag: Tag, attributes: Attributes = {}, ...children: readonly (Node | string)[]): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== undefined && value !== false) made.setAttribute(name, value === true ? "" : value);
  made.append(...children);
  return made;
}

/** A button that does something. */
export function button(text: string, act: () => void | Promise<void>, attributes: Attributes = {}): HTMLButtonElement {
  const made = element("button", { type: "button", ...attributes }, text);
  made.addEventListener("click", () => void act());
  return made;
}

/** The element with this id. @throws {Error} when the page has none */
export function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no element #${id}`);
  return found;
}

/** A table whose cells know their column's name, for narrow screens where each row becomes a card. The first cell of a row names it. */
export function table(caption: string, columns: readonly string[], rows: readonly (readonly (Node | string)[])[]): HTMLTableElement {
  const head = element("thead", {}, element("tr", {}, ...columns.map((name) => element("th", { scope: "col" }, name))));
  const body = rows.map((cells) =>
    element("tr", {}, ...cells.map((cell, index) =>
      index === 0 ? element("th", { scope: "row", "data-column": columns[0] }, cell) : element("td", { "data-column": columns[index] }, cell))));
  return element("table", {}, element("caption", {}, caption), head, element("tbody", {}, ...body));
}
