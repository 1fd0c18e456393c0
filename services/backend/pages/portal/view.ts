import type { PortalSettings } from "../../web/portal-settings.ts";
import type { WhoAmI } from "../../routes/whoami-route.ts";
import { button, byId, element } from "../shared/dom.ts";
import type { Api } from "./api.ts";
import { explain, type Explanation } from "./explain.ts";
import type { Opener } from "./open.ts";
import type { Session } from "./session.ts";

/** What the views of a signed-in person work with. */
export interface Context {
  readonly settings: PortalSettings;
  readonly session: Session;
  readonly api: Api;
  readonly open: Opener;
  readonly person: WhoAmI;
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

/** A problem in words, with what would help as a button. */
export function problem(error: unknown, { session, signedOut }: Pick<Context, "session" | "signedOut">, again?: () => void | Promise<void>): HTMLElement {
  const said = explain(error);
  const box = element("section", { class: "notice problem", role: "alert" }, element("h2", {}, said.title), element("p", {}, said.text));
  const act = (text: string, work: () => void | Promise<void>) => box.append(button(text, work));
  if (said.remedy === "second-factor") act("Confirm with a one-time code", () => session.stepUp());
  if (said.remedy === "sign-in") act("Sign in again", () => signedOut(said));
  if (said.remedy === "retry" && again !== undefined) act("Try again", again);
  if (said.requestId !== undefined) box.append(element("p", { class: "small" }, `Request ${said.requestId}`));
  return box;
}
