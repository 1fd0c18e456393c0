/** OPA of an instance with the policies of `policies/authz`; only clients with a certificate may ask it anything. */
import * as fs from "node:fs";
import * as path from "node:path";
import { containerPorts } from "../endpoints.ts";
import { Workload, type WorkloadFile } from "../workload.ts";
import { serverCertificate, tlsFiles, type PartContext } from "./context.ts";

/** Makes the server. */
export function makeOpa(context: PartContext): Workload {
  const { site, name, parent } = context;
  return new Workload(
    `${name}-opa`,
    {
      site,
      service: "opa",
      image: context.images.opa,
      user: "1000:0",
      command: [
        "run",
        "--server",
        `--addr=0.0.0.0:${containerPorts.opa}`,
        "--tls-cert-file=/run/dive/tls.crt",
        "--tls-private-key-file=/run/dive/tls.key",
        "--tls-ca-cert-file=/run/dive/ca.crt",
        "--authentication=tls",
        "--authorization=basic",
        "--log-format=json",
        "--skip-version-check",
        "/run/dive/policies",
      ],
      files: { ...tlsFiles(context, serverCertificate(context, "opa")), ...policyFiles(path.join(site.root, "policies", "authz")) },
      tmpfs: { "/tmp": "size=16m,mode=1777" },
      networks: [context.privateNetwork],
      memoryMib: 256,
    },
    { parent },
  );
}

/** Every policy and data file of a folder but its tests, as files below `policies/`. */
export function policyFiles(folder: string): Record<string, WorkloadFile> {
  const names = fs
    .readdirSync(folder)
    .filter((file) => /\.(rego|json|yaml)$/.test(file) && !file.endsWith("_test.rego"))
    .sort();
  return Object.fromEntries(names.map((file) => [`policies/${file}`, { content: fs.readFileSync(path.join(folder, file), "utf8"), mode: "0644" }]));
}
