/** How the commands reach the monitoring stack of a stack that is up. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expectStatus, HttpClient, jsonObject } from "@dive/common/federation";
import { readingHandle } from "../environment/reading.ts";
import { DiveError } from "../errors.ts";
import { readOutputs } from "../federation/outputs.ts";
import { findPaths } from "../paths.ts";

/** Output `monitoringAccess`, with the authority that its servers are checked by. */
export interface MonitoringOutputs {
  readonly prometheusUrl: string;
  readonly alertmanagerUrl: string;
  readonly alertReceiverUrl: string;
  readonly grafanaUrl?: string;
  readonly login?: { readonly username: string; readonly password: string };
  /** Certificate of the authority, PEM. */
  readonly ca: string;
}

/** @throws DiveError when the stack was never brought up, or has no monitoring */
export async function readMonitoring(stack: string): Promise<MonitoringOutputs> {
  const handle = await readingHandle(findPaths(), stack);
  const access = handle && (await readOutputs(handle))?.["monitoringAccess"];
  if (!handle || access === undefined || access === null) throw new DiveError(`Stack ${stack} has no monitoring: bring it up (./dive up) with dive:monitoring in Pulumi.${stack}.yaml.`);
  return { ...(access as Omit<MonitoringOutputs, "ca">), ca: await readFile(join(handle.env["CAROOT"]!, "rootCA.pem"), "utf8") };
}

/** Asks a server of the monitoring stack for JSON. @throws ProbeError with what it answered instead */
export async function ask({ ca, login }: MonitoringOutputs, url: string): Promise<Record<string, unknown>> {
  await using http = new HttpClient([ca]);
  const headers = login && { authorization: `Basic ${Buffer.from(`${login.username}:${login.password}`).toString("base64")}` };
  return jsonObject(expectStatus(await http.request(url, headers ? { headers } : {})));
}
