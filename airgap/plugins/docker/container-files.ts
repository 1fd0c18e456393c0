import { buffer } from "node:stream/consumers";
import { isWithin, writableMounts } from "./container-check.ts";
import type { DockerClient } from "./client.ts";
import type { ContainerInputs, Upload } from "./types.ts";

const DEFAULT_MODE = 0o644;

/** One file as it goes into the container, owned by root:root. */
export interface PlannedFile {
  /** Path below the archive's target folder, without a leading slash. */
  readonly name: string;
  readonly mode: number;
  readonly content: Buffer;
}

/**
 * Uploads grouped by the folder they are unpacked in: the volume that holds them, else the root.
 * Naming the volume lets a container with a read-only root take files into a writable volume.
 */
export function planUploads(inputs: ContainerInputs): Map<string, PlannedFile[]> {
  // The longest path first: a volume may be mounted inside another one.
  const folders = writableMounts(inputs).sort((a, b) => b.length - a.length);
  const plan = new Map<string, PlannedFile[]>();
  for (const upload of inputs.uploads ?? []) {
    const target = folders.find((folder) => isWithin(upload.file, folder)) ?? "/";
    const file = { name: upload.file.slice(target.length).replace(/^\/+/, ""), mode: mode(upload), content: content(upload) };
    plan.set(target, [...(plan.get(target) ?? []), file]);
  }
  return plan;
}

/** Copies the uploads into a created, not yet started container. */
export async function upload(client: DockerClient, id: string, inputs: ContainerInputs, signal: AbortSignal): Promise<void> {
  const plan = planUploads(inputs);
  if (plan.size === 0) return;
  const { pack } = await import("tar-stream");
  for (const [target, files] of plan) {
    const archive = pack();
    for (const { name, mode, content } of files) archive.entry({ name, mode, uid: 0, gid: 0, mtime: new Date() }, content);
    archive.finalize();
    const body = await buffer(archive);
    const names = files.map(({ name }) => name).join(", ");
    await client.call(`upload ${names} to ${target} of container "${inputs.name}"`, (docker) =>
      docker.getContainer(id).putArchive(body, { path: target, abortSignal: signal }),
    );
  }
}

function mode({ permissions }: Upload): number {
  return permissions === undefined ? DEFAULT_MODE : Number.parseInt(permissions, 8);
}

function content({ file, content, contentBase64 }: Upload): Buffer {
  if (content !== undefined) return Buffer.from(content, "utf8");
  if (contentBase64 !== undefined) return Buffer.from(contentBase64, "base64");
  throw new Error(`uploads: "${file}" has neither content nor contentBase64; one of them is needed`);
}
