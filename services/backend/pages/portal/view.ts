import type { PortalSettings } from "../../web/portal-settings.ts";
import type { WhoAmI } from "../../routes/whoami-route.ts";
import { button, byId, element } from "../shared/dom.ts";
import type { Api } from "./api.ts";
import { explain, type Explanation } from "./explain.ts";
import type { KeptForms } from "./kept-form.ts";
import type { Opener } from "./open.ts";
import type { Session } from "./session.ts";

/** What the views of a signed-in person work with. */
export interface Context {
  readonly settings: PortalSettings;
  readonly session: Session;
  readonly api: Api;
  readonly open: Opener;
  readonly person: WhoAmI;
  /** Where a form waits while its page is away for the second factor. */
  readonly keptForms: KeptForms;
  /** The form that came back with this page, for once. */
  readonly takeKeptForm: () => FormData | undefined;
  /** Goes to the sign-in view, saying why. */
  readonly signedOut: (why: Explanation) => void;
}

/** One view of the page: shows itself, and gives back what to do when it goes. */
export type View = (context: Context) => Promise<void | (() => void)>;

/** Puts a view into the page, and the focus on its heading, so that who cannot see it hears what is new. */
export function show(title: string, ...content: readonly (Node | string)[]): void {
  const heading = element("h1", { tabindex: "-1" }, title);
  byId("main").replaceChildren(heading, ...content);
  document.title = `${title} · ${document.title.split(" · ").at(-1)}`;
  heading.focus();
}

/** Says something to who cannot see that it has changed. */
export function announce(text: string): void {
  byId("announcements").textContent = text;
}

/**
 * A problem in words, with what would help as a button.
 * @param again what to try again. Default: nothing can be
 * @param stepUp how to leave for the second factor. Default: at once
 */
export function problem(error: unknown, { session, signedOut }: Pick<Context, "session" | "signedOut">, again?: () => void | Promise<void>, stepUp: () => Promise<void> = () => session.stepUp()): HTMLElement {
  const said = explain(error);
  const box = element("section", { class: "notice problem", role: "alert" }, element("h2", {}, said.title), element("p", {}, said.text));
  const act = (text: string, work: () => void | Promise<void>) => box.append(button(text, work));
  if (said.remedy === "second-factor") act("Confirm with a one-time code", stepUp);
  if (said.remedy === "sign-in") act("Sign in again", () => signedOut(said));
  if (said.remedy === "retry" && again !== undefined) act("Try again", again);
  if (said.requestId !== undefined) box.append(element("p", { class: "small" }, `Request ${said.requestId}`));
  return box;
}
