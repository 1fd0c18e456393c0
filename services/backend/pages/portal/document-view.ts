import { button, element } from "../shared/dom.ts";
import { sizeText, timeText } from "../shared/words.ts";
import type { ResourceView } from "./api.ts";
import { markPage, markingText } from "./marking.ts";
import type { Opened } from "./open.ts";
import { announce, problem, show, type View } from "./view.ts";

/** Pictures that browsers show without running anything in them. */
const PICTURES = ["image/png", "image/jpeg", "image/gif", "image/webp"];
/** Longest text shown in the page, in bytes; a longer one can be saved. */
const LONGEST_TEXT = 1_048_576;

/** One document: its label, and its content once it was unsealed in this browser. */
export const documentView = (id: string): View => async (context) => {
  const { api, open } = context;
  const back = element("p", {}, element("a", { href: "#/documents" }, "← All documents"));
  const urls: string[] = [];
  const again = () => void dispatchEvent(new HashChangeEvent("hashchange"));
  markPage("UNCLASSIFIED");
  show("Document", back, element("p", { class: "small" }, `Opening ${id}…`));
  try {
    const resource = await api.describe(id);
    markPage(resource.classification, markingText(resource));
    const body = element("div", { class: "content", "aria-busy": "true" }, element("p", { class: "small" }, `Fetching the key from ${new URL(resource.kas.url).host} and decrypting in this browser…`));
    show(resource.title, back, facts(resource), body);
    try {
      const shown = await content(resource, await open(id), urls);
      body.replaceChildren(...shown);
      announce("The document is open.");
    } catch (error) {
      body.replaceChildren(problem(error, context, again));
    } finally {
      body.removeAttribute("aria-busy");
    }
  } catch (error) {
    show("Document", back, problem(error, context, again));
  }
  return () => urls.forEach((url) => URL.revokeObjectURL(url));
};

function facts(resource: ResourceView): HTMLElement {
  const { resourceId, origin, releasabilityTo, COI, coiOperator, creationDate, size, mimeType, uploadedAt, kas } = resource;
  const entries: [string, string][] = [
    ["Marking", markingText(resource)],
    ["Releasable to", releasabilityTo.join(", ") || "nobody"],
    ["Communities", COI.length === 0 ? "none required" : `${COI.join(", ")}${COI.length > 1 ? ` (${coiOperator.toLowerCase()} of them)` : ""}`],
    ["Owner", origin],
    ["Created", timeText(creationDate)],
    ["Uploaded", timeText(uploadedAt)],
    ["Content", `${mimeType}, ${sizeText(size)}`],
    ["Key held by", `${new URL(kas.url).host} (${kas.kid})`],
    ["Identifier", resourceId],
  ];
  return element("dl", { class: "facts" }, ...entries.map(([name, value]) => element("div", { class: value.length > 24 ? "wide" : undefined }, element("dt", {}, name), element("dd", {}, value))));
}

/** Text is shown as text, whatever is in it, and simple pictures as pictures. Anything else is for another program. */
async function content({ title, resourceId }: ResourceView, { content: blob, mimeType }: Opened, urls: string[]): Promise<Node[]> {
  const url = URL.createObjectURL(blob);
  urls.push(url);
  const save = element("p", {}, button("Save a decrypted copy", () => element("a", { href: url, download: fileName(title, resourceId, mimeType) }).click(), { class: "secondary" }));
  if (PICTURES.includes(mimeType)) return [element("img", { src: url, alt: title }), save];
  if ((mimeType.startsWith("text/") || mimeType === "application/json") && blob.size <= LONGEST_TEXT) return [element("pre", { tabindex: "0", "aria-label": "Content" }, await blob.text()), save];
  return [element("p", {}, "The document is decrypted and whole. Its kind is not shown in this page."), save];
}

function fileName(title: string, resourceId: string, mimeType: string): string {
  const plain = title.replaceAll(/[^\p{L}\p{N}._ -]/gu, "_").slice(0, 80).trim() || resourceId;
  return mimeType === "text/plain" && !plain.includes(".") ? `${plain}.txt` : plain;
}
