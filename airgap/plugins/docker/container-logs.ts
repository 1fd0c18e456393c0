import type { DockerClient } from "./client.ts";
import type { ContainerInputs } from "./types.ts";

/** Lines of output shown with an error. */
const TAIL = 20;
/** Shorter values would blot out ordinary words. */
const MINIMUM_SECRET_LENGTH = 6;
const STREAM_HEADER_BYTES = 8;
/** What a program may print of secrets that reached it by a volume: `password=...`, `"token": "..."`. */
const NAMED_SECRET = /((?:pass(?:word|wd|phrase)?|secret|token|credential)s?["']?\s*[=:]\s*["']?)[^\s"',]+/gi;
/** `scheme://user:password@host`. */
const URL_PASSWORD = /(:\/\/[^\s:/@]*:)[^\s/@]+(?=@)/g;

/** The last lines a container wrote, without anything that may be a secret. */
export async function tail(client: DockerClient, id: string, inputs: ContainerInputs): Promise<string> {
  const raw = await client.call(`read the logs of container "${inputs.name}"`, (docker) =>
    docker.getContainer(id).logs({ stdout: true, stderr: true, tail: TAIL, follow: false }),
  );
  return redact(demultiplex(raw).trim(), inputs);
}

/** Output without a terminal comes in frames: one byte stream, three bytes zero, four bytes length, text. */
export function demultiplex(raw: Buffer): string {
  const parts: Buffer[] = [];
  for (let at = 0; at + STREAM_HEADER_BYTES <= raw.length; ) {
    const length = raw.readUInt32BE(at + 4);
    parts.push(raw.subarray(at + STREAM_HEADER_BYTES, at + STREAM_HEADER_BYTES + length));
    at += STREAM_HEADER_BYTES + length;
  }
  return Buffer.concat(parts).toString("utf8");
}

/**
 * Replaces every value that the program gave by environment or file (the plugin cannot tell which of them are secret) and what the
 * text itself calls a password, secret or token.
 * Words that also stand in the command line, the image name or a path stay readable.
 */
export function redact(text: string, inputs: ContainerInputs): string {
  const open = JSON.stringify([inputs.name, inputs.image, inputs.command, inputs.entrypoints, inputs.volumes, inputs.tmpfs, inputs.networksAdvanced, (inputs.uploads ?? []).map(({ file }) => file)]);
  const values = [
    ...(inputs.envs ?? []).map((entry) => entry.slice(entry.indexOf("=") + 1)),
    ...(inputs.uploads ?? []).flatMap(({ content, contentBase64 }) => {
      const file = content ?? Buffer.from(contentBase64 ?? "", "base64").toString("utf8");
      return file.split("\n").flatMap((line) => [line.trim(), ...line.split(/[\s=:"',]+/)]);
    }),
  ];
  return [...new Set(values)]
    .filter((value) => value.length >= MINIMUM_SECRET_LENGTH && !open.includes(value))
    .sort((a, b) => b.length - a.length)
    .reduce((shown, value) => shown.replaceAll(value, "[redacted]"), text)
    .replace(NAMED_SECRET, "$1[redacted]")
    .replace(URL_PASSWORD, "$1[redacted]");
}
