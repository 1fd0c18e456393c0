import { seal, unseal, type KasAlgorithm, type SealOptions } from "@dive/common/sealed";
import { describe, expect, it } from "vitest";
import { ALLOW, DENY, createTestKas, createTestKeyset } from "./testing/test-kas.ts";

const LABEL = { classification: "SECRET", releasabilityTo: ["USA", "FRA"], COI: [], coiOperator: "ALL", creationDate: "2026-11-24T02:00:00Z" } as const;
const TEXT = Buffer.from("the content");

type TestKas = Awaited<ReturnType<typeof createTestKas>>;

async function sealFor(kas: TestKas, algorithm: KasAlgorithm = "rsa:2048", changes: Partial<SealOptions> = {}) {
  const sealing = await seal(TEXT, { label: LABEL, resourceId: "usa-1", kas: await kas.publicKey(algorithm), ...changes });
  const pieces: Uint8Array[] = [];
  for await (const segment of sealing.segments) pieces.push(segment);
  return { manifest: sealing.manifest(), payload: Buffer.concat(pieces) };
}

async function open({ manifest, payload }: Awaited<ReturnType<typeof sealFor>>, rewrap: Parameters<typeof unseal>[2]["rewrap"]): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of (await unseal(manifest, payload, { rewrap })).plaintext) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

describe("a sealed object, end to end", () => {
  it.each([
    ["rsa:2048", "rsa:2048"], ["rsa:2048", "ec:secp256r1"], ["ec:secp256r1", "rsa:2048"], ["ec:secp256r1", "ec:secp256r1"],
  ] as const)("sealed for %s opens with a one-time key of %s", async (sealedFor, receiving) => {
    const kas = await createTestKas();
    const client = await kas.client({ algorithm: receiving });
    expect(await open(await sealFor(kas, sealedFor), client.rewrap)).toBe("the content");
  });

  it("is decided on by its label and the token, and recorded before the answer", async () => {
    const kas = await createTestKas();
    const sealed = await sealFor(kas);
    await open(sealed, (await kas.client()).rewrap);
    expect(kas.inputs).toEqual([{
      subject: { authenticated: true, uniqueID: "fra:testuser-fra-1", clearance: "UNCLASSIFIED", countryOfAffiliation: "FRA", acpCOI: ["NATO-COSMIC"], issuer: expect.any(String) },
      action: { operation: "decrypt" },
      resource: { resourceId: "usa-1", encrypted: true, ...LABEL },
      context: { currentTime: expect.stringMatching(/Z$/), requestId: expect.any(String), sourceIP: "127.0.0.1", acr: "1" },
    }]);
    const access = sealed.manifest.encryptionInformation.keyAccess[0];
    expect(kas.records).toEqual([{
      event: "rewrap", decision: "permit", reason: "permitted", requestId: expect.any(String), ip: "127.0.0.1", userAgent: expect.any(String),
      sub: "2b8f1c1e", uniqueID: "fra:testuser-fra-1", issuer: expect.any(String), country: "FRA", jkt: expect.stringMatching(/^[\w-]{43}$/), bound: false,
      policyUuid: expect.stringMatching(/^[0-9a-f-]{36}$/), resourceId: "usa-1", classification: "SECRET", policyBound: true,
      alg: "RSA-OAEP-256", kid: "usa-rsa-1", bindingHash: access.policyBinding.hash,
    }]);
    expect(JSON.stringify(kas.records)).not.toContain(access.protectedKey);
  });

  it("stays closed when policy says no", async () => {
    const kas = await createTestKas({ decide: async () => DENY });
    await expect(open(await sealFor(kas), (await kas.client()).rewrap)).rejects.toMatchObject({ status: 403, code: "DIVE_ERR_KAS_DENIED" });
    expect(kas.records).toMatchObject([{ decision: "deny", reason: "clearance_insufficient", policyBound: true }]);
  });

  it("that was sealed before a rotation still opens, and new ones take the new key", async () => {
    const both = createTestKeyset(2);
    const { keys } = JSON.parse(both) as { keys: { generation: number }[] };
    const before = await createTestKas({ keyset: JSON.stringify({ keys: keys.filter(({ generation }) => generation === 1) }) });
    const old = await sealFor(before);
    const after = await createTestKas({ keyset: both, decide: async () => ALLOW });
    const { rewrap } = await after.client();
    expect((await after.publicKey("rsa:2048")).kid).toBe("usa-rsa-2");
    expect(await open(old, rewrap)).toBe("the content");
    expect(await open(await sealFor(after), rewrap)).toBe("the content");
    expect(after.records.map(({ kid }) => kid)).toEqual(["usa-rsa-1", "usa-rsa-2"]);
  });

  it("is not sent to a KAS outside the federation: it would get the token", async () => {
    const kas = await createTestKas();
    const sealed = await sealFor(kas);
    const access = { ...sealed.manifest.encryptionInformation.keyAccess[0], kas: "https://evil.example:9000" };
    const { rewrap } = await kas.client();
    await expect(rewrap({ policy: { id: "a", body: "b" }, keyAccess: access })).rejects.toMatchObject({ name: "KasError", status: 0, message: expect.stringContaining("not one of this federation") });
    expect(kas.records).toEqual([]);
  });
});
