import { button, byId, element } from "../shared/dom.ts";
import type { PortalSettings } from "../../web/portal-settings.ts";
import type { Explanation } from "./explain.ts";
import { markPage } from "./marking.ts";
import type { Session } from "./session.ts";
import { show } from "./view.ts";

/** The view of who is not signed in: where do you come from? `why` says how the person came to be here. */
export function showSignIn(settings: PortalSettings, session: Session, why?: Explanation): void {
  markPage("UNCLASSIFIED");
  byId("navigation").replaceChildren();
  byId("person").replaceChildren();
  const choice = (name: string, code: string, hint: string, broker?: string) => {
    const made = button("", () => session.signIn({ route: location.hash, ...(broker === undefined ? {} : { broker }) }), { class: "nation", "data-nation": code });
    made.append(element("span", { class: "code", "aria-hidden": "true" }, code), element("span", {}, element("strong", {}, name), element("small", {}, hint)));
    return element("li", {}, made);
  };
  const notice = why === undefined ? [] : [element("section", { class: "notice", role: "alert" }, element("h2", {}, why.title), element("p", {}, why.text))];
  show(
    "Sign in",
    ...notice,
    element("p", { class: "lead" }, `This is instance ${settings.code} of the coalition. Choose your nation: you sign in there, with your own nation's credentials, and policy decides what you see here.`),
    element("ul", { class: "nations" },
      choice(settings.name, settings.code, "Home"),
      ...settings.partners.map(({ name, code, broker }) => choice(name, code, "Partner", broker))),
  );
}
