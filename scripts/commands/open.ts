import { writeFile } from "node:fs/promises";
import { createClientAgent } from "@dive/common";
import { generateDpopKey } from "@dive/common/dpop";
import { HttpClient } from "@dive/common/federation";
import { KasError, createKasClient, createTrustingFetch } from "@dive/common/kas-client";
import { SealedObjectError, readContainer, unseal } from "@dive/common/sealed";
import { request, type Dispatcher } from "undici";
import { signIn, type TestUser } from "../documents/sign-in.ts";
import { DiveError, EXIT, messageOf } from "../errors.ts";
import { readFederation, type FederationOutputs, type InstanceOutput } from "../federation/outputs.ts";

/** What `dive open` may be told. */
export interface OpenOptions {
  readonly user?: string;
  readonly at?: string;
  readonly output?: string;
}

/** Longest wait for one answer, milliseconds. */
const REQUEST_TIMEOUT_MS = 15_000;

/**
 * `dive open <id>`: downloads the sealed document, asks the KAS that it names for the key, and writes the content when all of it has been
 * checked. Who asks is the holder of the token in `DIVE_TOKEN`, or a test user who is signed in for it.
 * @throws DiveError when there is no such document, or it is denied, or does not open
 */
export async function open(stack: string, id: string, options: OpenOptions): Promise<void> {
  const outputs = await readFederation(stack);
  const at = instanceOf(outputs, options.at ?? id.slice(0, 3));
  const dispatcher = createClientAgent({ ca: [outputs.ca] });
  try {
    const accessToken = await tokenFor(outputs, at, options.user);
    const { content, summary } = await fetchDocument(id, { at, accessToken, dispatcher, kases: Object.values(outputs.instances).map(({ kasUrl }) => kasUrl) });
    process.stderr.write(`${summary}\n`);
    if (options.output === undefined) process.stdout.write(content);
    else await writeFile(options.output, content, { mode: 0o600 });
  } finally {
    await dispatcher.destroy();
  }
}

/** Downloads and opens one document; nothing is given out before all of it has been checked. */
export async function fetchDocument(
  id: string, { at, accessToken, dispatcher, kases }: { readonly at: Pick<InstanceOutput, "backendUrl">; readonly accessToken: string; readonly dispatcher: Dispatcher; readonly kases: readonly string[] },
): Promise<{ readonly content: Buffer; readonly summary: string }> {
  const url = `${at.backendUrl}/api/resources/${encodeURIComponent(id)}/download`;
  const response = await request(url, { dispatcher, headers: { authorization: `Bearer ${accessToken}` }, headersTimeout: REQUEST_TIMEOUT_MS, bodyTimeout: REQUEST_TIMEOUT_MS }).catch((error: unknown) => {
    throw new DiveError(`${url}: ${messageOf(error)}`, undefined, { cause: error });
  });
  if (response.statusCode !== 200) {
    const { code, message } = (await response.body.json().catch(() => ({}))) as { code?: unknown; message?: unknown };
    throw new DiveError(`${at.backendUrl} answered ${response.statusCode} ${String(code ?? "")}: ${String(message ?? "no message")}`);
  }
  try {
    const { manifest, payload } = await readContainer(response.body);
    const kas = createKasClient({ allowed: kases, key: await generateDpopKey(), accessToken, fetch: createTrustingFetch(dispatcher) });
    const { plaintext, label, mimeType, size } = await unseal(manifest, payload, { rewrap: kas.rewrap, resourceId: id });
    const pieces: Uint8Array[] = [];
    for await (const piece of plaintext) pieces.push(piece);
    return { content: Buffer.concat(pieces), summary: `${id}: ${label.classification} REL TO ${label.releasabilityTo.join(", ")}, ${mimeType}, ${size} bytes` };
  } catch (error) {
    if (error instanceof KasError || error instanceof SealedObjectError) throw new DiveError(`${id} does not open: ${error.message}`, undefined, { cause: error });
    throw error;
  }
}

async function tokenFor(outputs: FederationOutputs, at: InstanceOutput, username: string | undefined): Promise<string> {
  const given = process.env["DIVE_TOKEN"];
  if (username === undefined) {
    if (given === undefined || given === "") throw new DiveError("Who opens it? Give --user <test user> (./dive users), or an access token in DIVE_TOKEN.", EXIT.usage);
    return given;
  }
  const { home, user } = userNamed(outputs, username);
  await using http = new HttpClient([outputs.ca], REQUEST_TIMEOUT_MS);
  return await signIn(http, { at, home, user }); // the client is closed at the end of this function
}

function userNamed(outputs: FederationOutputs, username: string): { home: InstanceOutput; user: TestUser } {
  for (const [code, users] of Object.entries(outputs.users ?? {})) {
    const found = users[username];
    if (found !== undefined) return { home: instanceOf(outputs, code), user: { username, ...found } };
  }
  throw new DiveError(`There is no test user "${username}": ./dive users lists them.`, EXIT.usage);
}

function instanceOf({ instances }: FederationOutputs, code: string): InstanceOutput {
  const found = instances[code.toUpperCase()];
  if (found === undefined) throw new DiveError(`There is no instance "${code}" in this stack, there are ${Object.keys(instances).join(", ")}. A document's id begins with the code of its instance.`, EXIT.usage);
  return found;
}
