import { createClientAgent } from "@dive/common";
import { fetchDocument } from "../../scripts/commands/open.ts";
import { whoami } from "../support/backend.ts";
import { login } from "../support/login.ts";
import type { Instance, RunningStack } from "../support/stack.ts";
import { REQUEST_LIMIT_MS } from "../support/trust.ts";

/** Where somebody is signed in, and as whom. */
interface Session {
  readonly at: Instance;
  readonly accessToken: string;
}

/** Somebody of `home`, with both factors, at `at`. */
async function signedIn(stack: RunningStack, at: string, home: string): Promise<Session> {
  const username = `testuser-${home.toLowerCase()}-3`;
  const { password, totp } = stack.users[home]![username]!;
  const site = stack.instances[at]!;
  const { accessToken } = await login({ site, username, password, totp, acr: "2", ...(at === home ? {} : { via: `${home.toLowerCase()}-idp` }) });
  return { at: site, accessToken };
}

function call({ at, accessToken }: Session, path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(`${at.backendUrl}${path}`, { ...init, headers: { authorization: `Bearer ${accessToken}` }, signal: AbortSignal.timeout(REQUEST_LIMIT_MS) });
}

/** Uploads a document. @throws when it is answered otherwise */
async function upload(session: Session, classification: string, expected: number): Promise<string> {
  const form = new FormData();
  for (const [name, value] of [["title", "Traffic"], ["classification", classification], ["releasabilityTo", "USA"], ["releasabilityTo", "FRA"]] as const) form.append(name, value);
  form.append("file", new Blob(["content"]), "traffic.txt");
  const answer = await call(session, "/api/upload", { method: "POST", body: form });
  const body = (await answer.json()) as { resourceId?: string };
  if (answer.status !== expected) throw new Error(`upload at ${session.at.code}: ${answer.status}, expected ${expected}: ${JSON.stringify(body)}`);
  return body.resourceId ?? "";
}

/**
 * Twice of everything that services count: documents uploaded, listed, opened and denied at home and by guests, a forged token refused;
 * then the sessions end, which revokes their tokens.
 * @param between awaited after the first time: until it has been scraped, a counter's first count is no increase
 * @throws when one of them does not end as it must
 */
export async function makeTraffic(stack: RunningStack, between: () => Promise<void>): Promise<void> {
  const kases = Object.values(stack.instances as Readonly<Record<string, Instance & { readonly kasUrl: string }>>).map(({ kasUrl }) => kasUrl);
  const dispatcher = createClientAgent({ ca: [stack.ca] });
  try {
    const sessions: Session[] = [];
    for (const [at, home] of [["USA", "USA"], ["FRA", "FRA"], ["USA", "FRA"], ["FRA", "USA"]] as const) sessions.push(await signedIn(stack, at, home));
    const once = async () => {
      for (const session of sessions) {
        const resourceId = await upload(session, "CONFIDENTIAL", 201);
        await upload(session, "TOP_SECRET", 403);
        await (await call(session, "/api/resources")).arrayBuffer();
        await fetchDocument(resourceId, { at: session.at, accessToken: session.accessToken, dispatcher, kases });
        const { status } = await whoami(session.at, "no.token.atall");
        if (status !== 401) throw new Error(`${session.at.code} answered ${status} to a forged token`);
      }
    };
    await once();
    await between();
    await once();
    for (const session of sessions) {
      const { status } = await call(session, "/api/auth/logout", { method: "POST" });
      if (status !== 204) throw new Error(`${session.at.code} answered ${status} to a logout`);
    }
  } finally {
    await dispatcher.destroy();
  }
}
