/** OPA of an instance: serves the signed policy bundle to clients with a certificate, and to nobody else. */
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import { containerPorts } from "../endpoints.ts";
import { readPolicies, revisionOf, signedBundle, signingAlgorithm, withTables, type BundleFiles } from "../policy-bundle.ts";
import { instanceSpif, instanceTable } from "../policy-instance.ts";
import { filesPath, liveFilesPath, Workload } from "../workload.ts";
import { serverCertificate, tlsFiles, type PartContext } from "./context.ts";

/**
 * Names of the key that the bundle is verified with, below the workload's files, and of what changes with the federation, below its live
 * files: the bundle, and the configuration, which names the bundle's revision. In this order they are written.
 */
export const policyFiles = { verificationKey: "policy-signing.pub", bundle: "policy-bundle.tar.gz", configuration: "revision.json" } as const;

/** OPA's configuration for a bundle: nothing but its revision, as a label of each logged decision. */
export function configurationFor(files: BundleFiles): string {
  return JSON.stringify({ labels: { revision: revisionOf(files) } });
}

/** What makes OPA a server that only clients with a certificate reach. */
export const serverArguments: readonly string[] = [
  "run",
  "--server",
  `--addr=0.0.0.0:${containerPorts.opa}`,
  `--tls-cert-file=${filesPath}/tls.crt`,
  `--tls-private-key-file=${filesPath}/tls.key`,
  `--tls-ca-cert-file=${filesPath}/ca.crt`,
  "--authentication=tls",
  "--authorization=basic",
];

/**
 * What OPA is started with beside its addresses and certificates: the bundle is verified or OPA ends, each decision is logged. When the
 * configuration changes, OPA answers what it was asked, reads the bundle again, verified as at its start, and goes on, in the same process.
 * (`--watch` on the bundle itself would do without verifying.)
 */
export const policyArguments: readonly string[] = [
  `--verification-key=${filesPath}/${policyFiles.verificationKey}`,
  `--signing-alg=${signingAlgorithm}`,
  "--set=decision_logs.console=true",
  // The log of calls says nothing that the log of decisions does not, and would say it unmasked at level debug.
  "--log-level=info",
  "--log-level-request=debug",
  "--log-format=json",
  "--optimize-store-for-read-speed",
  "--skip-version-check",
  `--config-file=${liveFilesPath}/${policyFiles.configuration}`,
  "--watch-config",
  "--bundle",
  `${liveFilesPath}/${policyFiles.bundle}`,
];

/** What is the same for every instance is read once. */
const coalitionPolicies = (folder: string): BundleFiles => {
  const files = read.get(folder) ?? readPolicies(folder);
  read.set(folder, files);
  return files;
};
const read = new Map<string, BundleFiles>();

/** OPA's own memory, MiB. */
const MEMORY_MIB = 256;

/** Garbage is collected less often than Go would by itself, since memory is there; near the limit as often as it takes. */
const environment = { GOGC: "400", GOMEMLIMIT: `${(MEMORY_MIB * 3) / 4}MiB` };

/** Makes the server. The signing key stays in the state, as a secret. */
export function makeOpa(context: PartContext): Workload {
  const { site, name, parent } = context;
  // Everything that can be wrong with the policies is found here, at preview; only the signature waits for the key.
  const files = withTables(coalitionPolicies(path.join(site.root, "policies", "authz")), { instance: instanceTable(site), spif: instanceSpif(site) });
  const key = new tls.PrivateKey(`${name}-policy-signing-key`, { algorithm: "RSA", rsaBits: 3072 }, { parent });
  return new Workload(
    `${name}-opa`,
    {
      site,
      service: "opa",
      image: context.images.opa,
      user: "1000:0",
      command: [...serverArguments, ...policyArguments],
      files: {
        ...tlsFiles(context, serverCertificate(context, "opa")),
        [policyFiles.verificationKey]: { content: key.publicKeyPem, mode: "0644" },
      },
      liveFiles: {
        // Whatever comes of a secret is one for the engine; policies and a signature are none.
        [policyFiles.bundle]: { content: pulumi.unsecret(key.privateKeyPem.apply(async (pem) => (await signedBundle(files, pem)).toString("base64"))), encoding: "base64", mode: "0644" },
        [policyFiles.configuration]: { content: configurationFor(files), mode: "0644" },
      },
      tmpfs: { "/tmp": "size=16m,mode=1777" },
      networks: [context.privateNetwork],
      memoryMib: MEMORY_MIB,
      environment,
    },
    { parent },
  );
}
