import { CLASSIFICATIONS, type Classification } from "../../../common/label/security-label.ts";
import { button, element, table } from "../shared/dom.ts";
import { sizeText, timeText } from "../shared/words.ts";
import type { ResourceList, ResourceView } from "./api.ts";
import { highest, levelText, markPage, markingBadge } from "./marking.ts";
import { announce, problem, show, type View } from "./view.ts";

/** The documents of this instance that the person may see, newest first; and a field for any other by its identifier. */
export const documentsView: View = async (context) => {
  const { api, settings } = context;
  let shown: ResourceView[] = [];
  const list = element("div", { class: "list" });
  const level = element("select", { id: "level" }, element("option", { value: "" }, "All"), ...CLASSIFICATIONS.map((one) => element("option", { value: one }, levelText(one))));
  level.addEventListener("change", () => void load());
  markPage("UNCLASSIFIED");
  show("Documents", strengthNotice(context), element("div", { class: "tools" }, element("p", {}, element("label", { for: "level" }, "Classification"), level), openForm()), list);
  await load();

  async function load(cursor?: string): Promise<void> {
    const classification = level.value;
    list.setAttribute("aria-busy", "true");
    if (cursor === undefined) list.replaceChildren(element("p", { class: "small" }, "Loading…"));
    try {
      const page = await api.list({ classification, ...(cursor === undefined ? {} : { cursor }) });
      shown = cursor === undefined ? [...page.resources] : [...shown, ...page.resources];
      fill(page, classification);
    } catch (error) {
      list.replaceChildren(problem(error, context, () => load(cursor)));
    } finally {
      list.removeAttribute("aria-busy");
    }
  }

  function fill({ nextCursor, unclassifiedOnly }: ResourceList, classification: string): void {
    const top = highest(shown.map((one) => one.classification));
    markPage(top, shown.length === 0 ? "UNCLASSIFIED" : `This list: up to ${levelText(top)}`);
    const parts: Node[] = [];
    if (unclassifiedOnly) parts.push(element("section", { class: "notice" }, element("h2", {}, "Only UNCLASSIFIED documents are shown"), element("p", {}, "Whether sign-ins were revoked cannot be checked at the moment.")));
    if (shown.length > 0) parts.push(table(`Documents of instance ${settings.code}`, ["Document", "Marking", "Owner", "Releasable to", "Size", "Uploaded"], shown.map(row)));
    else parts.push(emptyState(classification, nextCursor !== undefined));
    if (nextCursor !== undefined) parts.push(button("Show more", () => load(nextCursor), { class: "secondary" }));
    list.replaceChildren(...parts);
    announce(`${shown.length} ${shown.length === 1 ? "document" : "documents"} shown.`);
  }
};

function row(resource: ResourceView): (Node | string)[] {
  const { resourceId, title, origin, releasabilityTo, size, uploadedAt } = resource;
  return [
    element("a", { href: `#/documents/${resourceId}` }, title), markingBadge(resource), origin, releasabilityTo.join(", ") || "nobody",
    sizeText(size), element("time", { datetime: uploadedAt }, timeText(uploadedAt)),
  ];
}

function emptyState(classification: string, more: boolean): HTMLElement {
  const what = classification === "" ? "documents" : `${levelText(classification as Classification)} documents`;
  return element("section", { class: "empty" },
    element("h2", {}, more ? `No ${what} among the newest` : `No ${what} that you may see`),
    element("p", {}, "What is shown depends on your clearance, nation and communities, and on how you signed in. ", element("a", { href: "#/upload" }, "Upload a document"), "."));
}

/** Who signed in with a password alone is told what that leaves out. */
function strengthNotice({ person, session }: Parameters<View>[0]): HTMLElement | string {
  if (Number(person.acr) >= 2) return "";
  return element("section", { class: "notice slim" },
    element("p", {}, "You signed in with your password alone. Documents from CONFIDENTIAL up need a second factor, and are not in this list."),
    button("Confirm with a one-time code", () => session.stepUp(), { class: "secondary" }));
}

function openForm(): HTMLFormElement {
  const id = element("input", { id: "identifier", type: "text", required: true, pattern: "[A-Z]{3}-[0-9a-fA-F\\-]{36}", placeholder: "FRA-0199…", autocomplete: "off", spellcheck: "false", title: "Three capital letters, a dash, and a UUID" });
  const form = element("form", {}, element("p", {}, element("label", { for: "identifier" }, "Open by identifier, also a partner's"), element("span", { class: "field-row" }, id, element("button", { type: "submit", class: "secondary" }, "Open"))));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    location.hash = `#/documents/${id.value.trim()}`;
  });
  return form;
}
