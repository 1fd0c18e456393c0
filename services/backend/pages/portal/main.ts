import { button, byId, element } from "../shared/dom.ts";
import { readSettings } from "../shared/settings.ts";
import { Api } from "./api.ts";
import { documentView } from "./document-view.ts";
import { documentsView } from "./documents-view.ts";
import { explain, type Explanation } from "./explain.ts";
import { KeptForms } from "./kept-form.ts";
import { createOpener } from "./open.ts";
import { Session, SignedOutError } from "./session.ts";
import { showSignIn } from "./sign-in-view.ts";
import { uploadView } from "./upload-view.ts";
import { problem, type Context, type View } from "./view.ts";

const SIGNED_OUT: Explanation = { title: "You are signed out", text: "Your session has ended. Sign in again to go on.", remedy: "sign-in" };

const settings = readSettings();
const session = new Session(settings);
const api = new Api(session);
const keptForms = new KeptForms(settings.code);
let leave: (() => void) | undefined;

try {
  if (await session.resume()) await enter();
  else {
    showSignIn(settings, session);
    await keptForms.takeUp(undefined);
  }
} catch (error) {
  signedOut(explain(error));
}

/** Shows who is signed in and what there is, and follows the address from here on. */
async function enter(): Promise<void> {
  const person = await api.whoami();
  let kept: FormData | undefined;
  const takeKeptForm = () => {
    const form = kept;
    kept = undefined;
    return form;
  };
  const context: Context = { settings, session, api, person, open: await createOpener(api, session, settings.kas), keptForms, takeKeptForm, signedOut };
  showPerson(context);
  addEventListener("hashchange", () => void follow(context));
  // Whatever else fails is shown as well.
  addEventListener("unhandledrejection", ({ reason }) => (reason instanceof SignedOutError ? signedOut(SIGNED_OUT) : byId("main").append(problem(reason, context))));
  // Whatever becomes of it, the page can be used.
  const failure = await keptForms.takeUp(person.subject).then((form) => void (kept = form), (error: unknown) => ({ error }));
  await follow(context);
  if (failure !== undefined) byId("main").append(problem(failure.error, context));
}

async function follow(context: Context): Promise<void> {
  const view = viewAt(location.hash);
  if (view === undefined) return;
  leave?.();
  leave = undefined;
  showNavigation();
  leave = (await view(context)) ?? undefined;
}

/** The view at an address; none for a place within the page. */
function viewAt(hash: string): View | undefined {
  const id = /^#\/documents\/([A-Z]{3}-[0-9a-fA-F-]{36})$/.exec(hash)?.[1];
  if (id !== undefined) return documentView(id);
  if (hash === "#/upload") return uploadView;
  return hash === "" || hash.startsWith("#/") ? documentsView : undefined;
}

function showNavigation(): void {
  const link = (href: string, text: string) => element("a", { href, "aria-current": (location.hash || "#/documents").startsWith(href) ? "page" : undefined }, text);
  byId("navigation").replaceChildren(link("#/documents", "Documents"), link("#/upload", "Upload"), element("a", { href: "/status" }, "Status"));
}

function showPerson({ person }: Context): void {
  const { uniqueID, clearance, countryOfAffiliation, acpCOI, acr } = person;
  const strength = Number(acr) >= 2 ? "two factors" : "password";
  const facts = [clearance?.replaceAll("_", " ") ?? "no clearance", countryOfAffiliation ?? "no nation", ...acpCOI, strength];
  byId("person").replaceChildren(
    element("p", {}, element("strong", {}, uniqueID ?? person.subject), element("span", { class: "small" }, facts.join(" · "))),
    button("Sign out", signOut, { class: "secondary", id: "sign-out" }));
}

/** The tokens first, everywhere; then the realm's session, and through it that of the own nation. */
async function signOut(): Promise<void> {
  try {
    await api.logout();
  } catch (error) {
    const said = explain(error);
    // Whose session has ended already is where they wanted to be.
    if (said.remedy !== "sign-in" && !(error instanceof SignedOutError)) {
      byId("main").prepend(problem(error, { session, signedOut }, signOut));
      return;
    }
  }
  // The realm's session ends even if the browser's database fails; what was kept is unreadable by then.
  await keptForms.forget().finally(() => session.end());
}

function signedOut(why: Explanation): void {
  leave?.();
  leave = undefined;
  session.forget();
  showSignIn(settings, session, why);
  keptForms.forget().catch((error: unknown) => byId("main").append(problem(error, { session, signedOut })));
}
