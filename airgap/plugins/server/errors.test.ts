import { describe, expect, it } from "vitest";
import { explain, serviceError } from "./errors.ts";
import { Status, messages } from "./protocol.ts";
import { PartialCreateError } from "./resource-type.ts";
import { Secret } from "./values.ts";

describe("errors", () => {
  it("tells the chain of causes, without repeating", () => {
    const refused = new AggregateError([new Error("connect ECONNREFUSED 127.0.0.1:1"), new Error("connect ECONNREFUSED ::1:1")]);
    expect(explain(new Error("cannot start", { cause: refused }))).toBe("cannot start\n  caused by: connect ECONNREFUSED 127.0.0.1:1; connect ECONNREFUSED ::1:1");
    expect(explain(new Error("same", { cause: new Error("same") }))).toBe("same");
  });

  it("keeps secrets out of the message", () => {
    const error = serviceError(new Error("user x with hunter22 refused"), { subject: "t n", inputs: { password: new Secret("hunter22") } });
    expect(error).toMatchObject({ code: 2, details: "t n: user x with [secret] refused" });
  });

  it("packs a partial create as the engine expects it", () => {
    const error = serviceError(new PartialCreateError("unhealthy", "id-1", { a: "b" }), { subject: "t n", inputs: { a: "b" }, outputs: (state) => state as { a: string } });
    const status = Status.deserializeBinary(error.metadata?.get("grpc-status-details-bin")[0] as Buffer);
    const [any] = status.getDetailsList();
    expect(any?.getTypeName()).toBe("pulumirpc.ErrorResourceInitFailed");
    const detail = messages.ErrorResourceInitFailed.deserializeBinary(any?.getValue_asU8() as Uint8Array);
    expect(detail.getId()).toBe("id-1");
    expect(detail.getReasonsList()).toEqual(["t n: unhealthy"]);
    expect(detail.getProperties()?.toJavaScript()).toEqual({ a: "b" });
  });
});
