/** MongoDB of an instance. Whoever holds a client certificate of the stack's CA and reaches the private network may connect: the backend and the KAS. */
import * as pulumi from "@pulumi/pulumi";
import { containerPorts } from "../endpoints.ts";
import { Workload } from "../workload.ts";
import { serverCertificate, tlsFiles, type PartContext } from "./context.ts";

/** Makes the server. */
export function makeMongodb(context: PartContext): Workload {
  const { site, name, parent } = context;
  const leaf = serverCertificate(context, "mongodb");
  return new Workload(
    `${name}-mongodb`,
    {
      site,
      service: "mongodb",
      image: context.images.mongodb,
      user: "999:0",
      command: [
        "mongod",
        "--bind_ip_all",
        "--port", `${containerPorts.mongodb}`,
        "--dbpath", "/data/db",
        "--tlsMode", "requireTLS",
        "--tlsCertificateKeyFile", "/run/dive/tls.pem",
        "--tlsCAFile", "/run/dive/ca.crt",
      ],
      files: { ...tlsFiles(context, leaf), "tls.pem": { content: pulumi.interpolate`${leaf.certificatePem}${leaf.keyPem}` } },
      dataPath: "/data/db",
      // The official image declares a volume for config servers, which nothing here uses.
      tmpfs: { "/tmp": "size=64m,mode=1777", "/data/configdb": "size=1m" },
      networks: [context.privateNetwork],
      memoryMib: 512,
    },
    { parent },
  );
}
