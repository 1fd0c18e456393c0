import { parseDuration } from "./duration.ts";
import type { ContainerInputs, Upload } from "./types.ts";

type Failure = { property: string; reason: string };

/** Docker refuses less. */
const MINIMUM_MEMORY_MB = 6;
const DURATIONS = ["interval", "timeout", "startPeriod"] as const;

/** Rules between properties, and formats Docker would only refuse half way through a create. */
export function checkContainer(inputs: ContainerInputs): Failure[] {
  return [
    ...checkFormats(inputs),
    ...checkNetworks(inputs),
    ...(inputs.uploads ?? []).flatMap((upload, index) => checkUpload(inputs, upload, `uploads[${index}]`)),
  ];
}

function checkFormats(inputs: ContainerInputs): Failure[] {
  const failures: Failure[] = [];
  for (const [index, entry] of (inputs.envs ?? []).entries()) {
    if (!entry.includes("=")) failures.push({ property: `envs[${index}]`, reason: "has no \"=\"; expected NAME=value" });
  }
  for (const field of DURATIONS) {
    const text = inputs.healthcheck?.[field];
    if (text !== undefined && parseDuration(text) === undefined) {
      failures.push({ property: `healthcheck.${field}`, reason: `"${text}" is not a duration; allowed: numbers with ms, s, m or h, such as "1m30s"` });
    }
  }
  if (inputs.cpus !== undefined && !(Number(inputs.cpus) > 0)) {
    failures.push({ property: "cpus", reason: `"${inputs.cpus}" is not a number of CPUs; expected a number above 0, such as "0.5"` });
  }
  if (inputs.memory !== undefined && inputs.memory < MINIMUM_MEMORY_MB) {
    failures.push({ property: "memory", reason: `${inputs.memory} MB is too little; Docker needs at least ${MINIMUM_MEMORY_MB}` });
  }
  for (const [index, port] of (inputs.ports ?? []).entries()) {
    for (const field of ["internal", "external"] as const) {
      const value = port[field];
      if (value !== undefined && !(Number.isInteger(value) && value >= 1 && value <= 65535)) {
        failures.push({ property: `ports[${index}].${field}`, reason: `${value} is not a port; allowed: 1 to 65535` });
      }
    }
  }
  return failures;
}

function checkNetworks({ networkMode, networksAdvanced }: ContainerInputs): Failure[] {
  const exclusive = networkMode === "host" || networkMode === "none" || networkMode?.startsWith("container:");
  if (!exclusive || !networksAdvanced?.length) return [];
  return [{ property: "networkMode", reason: `"${networkMode}" excludes networksAdvanced; leave one of them out` }];
}

function checkUpload(inputs: ContainerInputs, upload: Upload, path: string): Failure[] {
  const failures: Failure[] = [];
  const { file } = upload;
  if (!file.startsWith("/")) failures.push({ property: `${path}.file`, reason: `"${file}" is not an absolute path` });
  if (upload.content !== undefined && upload.contentBase64 !== undefined) {
    failures.push({ property: `${path}.contentBase64`, reason: "given beside content; only one of them is allowed" });
  }
  if (upload.permissions !== undefined && !/^[0-7]{3,4}$/.test(upload.permissions)) {
    failures.push({ property: `${path}.permissions`, reason: `"${upload.permissions}" is not an octal mode, such as "0640"` });
  }
  if (Object.keys(inputs.tmpfs ?? {}).some((folder) => isWithin(file, folder))) {
    failures.push({ property: `${path}.file`, reason: `"${file}" is on a tmpfs, which is empty again when the container starts` });
  }
  if (inputs.readOnly && !writableMounts(inputs).some((folder) => isWithin(file, folder))) {
    failures.push({ property: `${path}.file`, reason: `"${file}" is on the read-only root; upload to a writable volume or leave readOnly out` });
  }
  return failures;
}

/** Where volumes and binds that can be written are mounted. */
export function writableMounts({ volumes }: ContainerInputs): string[] {
  return (volumes ?? []).filter((volume) => !volume.readOnly).map((volume) => volume.containerPath ?? "");
}

/** Whether a file lies in a folder or below it. */
export function isWithin(file: string, folder: string): boolean {
  return file.startsWith(folder.endsWith("/") ? folder : `${folder}/`);
}
