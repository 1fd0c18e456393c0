import { CLASSIFICATIONS } from "../../../common/label/security-label.ts";
import { button, element } from "../shared/dom.ts";
import { levelText, markPage, markingText } from "./marking.ts";
import { announce, problem, show, type Context, type View } from "./view.ts";

/** The form for a new document: its label first, then the file, as the backend reads them. */
export const uploadView: View = async (context) => {
  const { settings, person, keptForms } = context;
  const title = element("input", { id: "title", name: "title", type: "text", required: true, maxlength: "200", autocomplete: "off" });
  const classification = element("select", { id: "classification", name: "classification", required: true },
    element("option", { value: "" }, "Choose…"), ...CLASSIFICATIONS.map((level) => element("option", { value: level }, levelText(level))));
  const others = element("input", { id: "others", type: "text", pattern: "\\s*([A-Za-z]{3}[\\s,]*)*", autocomplete: "off", "aria-describedby": "others-hint" });
  const file = element("input", { id: "file", type: "file", required: true, "aria-describedby": "file-hint" });
  const send = element("button", { type: "submit" }, "Seal and upload");
  const answer = element("div", { class: "answer" });
  const mark = () => markPage(classification.value === "" ? "UNCLASSIFIED" : (classification.value as (typeof CLASSIFICATIONS)[number]));
  file.addEventListener("change", () => (title.value ||= file.files?.[0]?.name ?? ""));
  classification.addEventListener("change", mark);

  const check = (name: string, value: string, text: string, checked = false) =>
    element("label", { class: "check" }, element("input", { type: "checkbox", name, value, checked }), element("span", {}, text));
  const group = (legend: string, hint: string, ...content: Node[]) =>
    element("fieldset", {}, element("legend", {}, legend), element("p", { class: "small" }, hint), ...content);
  const form = element("form", { class: "upload" },
    element("p", {}, element("label", { for: "title" }, "Title"), title),
    element("p", {}, element("label", { for: "classification" }, "Classification"), classification),
    group("Releasable to", "People of these nations may read it, if their clearance allows. Your own nation must be among them.",
      element("div", { class: "checks" }, ...settings.members.map(({ code, name }) => check("releasabilityTo", code, code === name ? code : `${name} (${code})`, code === person.countryOfAffiliation))),
      element("p", {}, element("label", { for: "others" }, "Other countries"), others, element("span", { class: "small", id: "others-hint" }, "Three-letter codes, e.g. GBR DEU"))),
    ...(person.acpCOI.length === 0 ? [] : [group("Communities of interest", "Only members of the communities may read it. Leave empty if it is for everybody.",
      element("div", { class: "checks" }, ...person.acpCOI.map((community) => check("COI", community, community))))]),
    element("p", {}, element("label", { for: "file" }, "File"), file, element("span", { class: "small", id: "file-hint" }, "100 MiB at most. It is encrypted before it is stored.")),
    element("p", {}, send));

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void submit();
  });
  const kept = context.takeKeptForm();
  if (kept !== undefined) refill(kept);
  mark();
  show("Upload a document", form, answer);
  if (kept !== undefined) {
    answer.replaceChildren(element("section", { class: "notice good" }, element("h2", {}, "Your form is as you left it"), element("p", {}, "Nothing was uploaded yet: send it when you are ready.")));
    announce("Your form is as you left it. Nothing was uploaded yet.");
  }

  function filledIn(): FormData {
    const fields = new FormData();
    fields.set("title", title.value.trim());
    fields.set("classification", classification.value);
    const countries = [...chosen(form, "releasabilityTo"), ...others.value.toUpperCase().split(/[\s,]+/).filter((code) => code !== "")];
    for (const code of new Set(countries)) fields.append("releasabilityTo", code);
    for (const community of chosen(form, "COI")) fields.append("COI", community);
    // The file last: what comes before it decides whether a byte of it is read.
    fields.append("file", file.files![0]!);
    return fields;
  }

  function refill(fields: FormData): void {
    title.value = String(fields.get("title"));
    classification.value = String(fields.get("classification"));
    const countries = fields.getAll("releasabilityTo").map(String);
    const boxes = (name: string) => [...form.querySelectorAll<HTMLInputElement>(`input[name="${name}"]`)];
    for (const box of boxes("releasabilityTo")) box.checked = countries.includes(box.value);
    for (const box of boxes("COI")) box.checked = fields.getAll("COI").includes(box.value);
    others.value = countries.filter((code) => !settings.members.some((member) => member.code === code)).join(" ");
    // Only thus can a page put a file into an input.
    const transfer = new DataTransfer();
    transfer.items.add(fields.get("file") as File);
    file.files = transfer.files;
  }

  async function submit(): Promise<void> {
    const fields = filledIn();
    send.disabled = true;
    answer.replaceChildren(element("p", { role: "status" }, "Uploading…"));
    try {
      answer.replaceChildren(await uploaded(fields, context));
      form.reset();
      markPage("UNCLASSIFIED");
    } catch (error) {
      answer.replaceChildren(problem(error, context, submit, () => stepUp(fields)));
    } finally {
      send.disabled = false;
    }
  }

  /** Leaves for the second factor; the page that comes back finds the form as it was refused. */
  async function stepUp(fields: FormData): Promise<void> {
    try {
      await keptForms.keep(fields, person.subject);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      answer.replaceChildren(element("section", { class: "notice problem", role: "alert" },
        element("h2", {}, "The file has to be chosen again afterwards"), element("p", {}, `This browser does not keep the form meanwhile (${why}).`),
        button("Confirm with a one-time code", () => context.session.stepUp())));
      return;
    }
    await context.session.stepUp();
  }
};

async function uploaded(fields: FormData, { api }: Context): Promise<HTMLElement> {
  const resource = await api.upload(fields);
  announce("The document was uploaded.");
  return element("section", { class: "notice good" },
    element("h2", {}, "Uploaded and sealed"),
    element("p", {}, element("a", { href: `#/documents/${resource.resourceId}` }, resource.title), ` is stored as ${markingText(resource)}.`));
}

function chosen(form: HTMLFormElement, name: string): string[] {
  return [...form.querySelectorAll<HTMLInputElement>(`input[name="${name}"]:checked`)].map(({ value }) => value);
}
