/** The whole program of a stack that is one site, on mocks. */
import { generateKeyPairSync } from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { INSTANCE_IMAGES, MONITORING_IMAGES } from "../../images.ts";

/** A resource as the program registered it. */
export interface Registered {
  readonly type: string;
  readonly name: string;
  readonly inputs: Record<string, any>;
}

/** The program, to be run again and again in one process. */
export interface MockProgram {
  /** What was registered since {@link MockProgram.clear}. */
  readonly registered: Registered[];
  /** Folder of the authority; the caller removes it. */
  readonly caroot: string;
  clear(): void;
  /** Runs it with a configuration, keys without `dive:`. @returns its outputs @throws what the program throws */
  run(config: Record<string, unknown>): Promise<Awaited<ReturnType<typeof import("../../deployment.ts").deploy>>>;
  containers(): Registered[];
  /** The value of an output. */
  outputOf<T>(value: pulumi.Input<T>): Promise<T>;
}

/**
 * @param caCertificate of the stack's authority, PEM
 * @param referenced output `descriptors` of the stack that a StackReference names; default: it has none
 */
export async function mockProgram(caCertificate: string, referenced: () => Record<string, unknown> | undefined = () => undefined): Promise<MockProgram> {
  const registered: Registered[] = [];
  const signingKey = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ type: "pkcs1", format: "pem" });
  const caroot = fs.mkdtempSync(path.join(os.tmpdir(), "dive-sites-"));
  fs.writeFileSync(path.join(caroot, "rootCA.pem"), caCertificate);
  fs.writeFileSync(path.join(caroot, "rootCA-key.pem"), "key of the root\n");
  process.env["CAROOT"] = caroot;
  process.env["DIVE_IMAGES"] = JSON.stringify(Object.fromEntries([...INSTANCE_IMAGES, ...MONITORING_IMAGES].map((name) => [name, `dive/${name}:test`])));

  /** What the real providers compute and the program cannot do without. */
  const computedOf = (type: string, name: string): Record<string, unknown> => {
    if (type === "random:index/randomPassword:RandomPassword") return { result: `password-of-${name}` };
    if (type === "tls:index/privateKey:PrivateKey") return { privateKeyPem: signingKey, publicKeyPem: "public\n", privateKeyPemPkcs8: `pkcs8-of-${name}\n` };
    if (type === "tls:index/locallySignedCert:LocallySignedCert") return { certPem: `certificate-of-${name}\n` };
    if (type === "docker:index/remoteImage:RemoteImage") return { imageId: `sha256:${name}` };
    if (type === "pulumi:pulumi:StackReference") return { outputs: referenced() === undefined ? {} : { descriptors: referenced() }, secretOutputNames: [] };
    return {};
  };
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs }) => {
        registered.push({ type, name, inputs });
        return { id: `${name}-id`, state: { ...inputs, ...computedOf(type, name) } };
      },
      call: () => ({}),
    },
    "dive",
    "site",
    false,
  );
  return {
    registered,
    caroot,
    clear: () => void (registered.length = 0),
    async run(config) {
      const texts = Object.entries(config).map(([name, value]) => [`dive:${name}`, typeof value === "string" ? value : JSON.stringify(value)]);
      pulumi.runtime.setAllConfig(Object.fromEntries(texts) as Record<string, string>);
      const [{ makeProviders }, { deploy }] = [await import("../../providers.ts"), await import("../../deployment.ts")];
      try {
        return await deploy(makeProviders());
      } finally {
        await (pulumi.runtime as unknown as { waitForRPCs(): Promise<void> }).waitForRPCs(); // exported, but marked internal in 3.250
      }
    },
    containers: () => registered.filter(({ type }) => type === "docker:index/container:Container"),
    outputOf: <T>(value: pulumi.Input<T>) => new Promise<T>((resolve) => void pulumi.output(value).apply((known) => resolve(known as T))),
  };
}
