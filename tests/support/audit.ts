import { containerOf, runInService } from "./containers.ts";

/** A record of an audit collection. */
export type AuditRecord = Readonly<Record<string, unknown>> & { readonly requestId: string };

/** Where records are: the backend's or the KAS's collection of one instance. */
export interface AuditPlace {
  readonly instance: string;
  readonly service: "backend" | "kas";
}

const COLLECTIONS = { backend: "audit", kas: "kas_audit" } as const;

/** The records of some requests, in the order in which they were written; read with the certificate of the service that wrote them. */
export async function auditRecords(stack: string, { instance, service }: AuditPlace, requestIds: readonly string[]): Promise<AuditRecord[]> {
  return runInService(await containerOf(stack, instance, service), `
    import { MongoClient } from "mongodb";
    const client = new MongoClient(process.env.MONGODB_URL, { tls: true, ca: secret("CA"), cert: secret("CLIENT_CERT"), key: secret("CLIENT_KEY") });
    const found = await client.db().collection(${JSON.stringify(COLLECTIONS[service])}).find({ requestId: { $in: ${JSON.stringify(requestIds)} } }).sort({ time: 1 }).toArray();
    process.stdout.write(JSON.stringify(found));
    await client.close();
  `);
}
