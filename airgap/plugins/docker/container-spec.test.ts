import { expect, it } from "vitest";
import { createSpec, limits } from "./container-spec.ts";

const MIB = 1024 * 1024;

it("names only the first network in the create call, which API 1.41 demands", () => {
  const spec = createSpec({ image: "i", name: "c", networkMode: "bridge", networksAdvanced: [{ name: "a", aliases: ["x"] }, { name: "b" }] });
  expect(spec.HostConfig?.NetworkMode).toBe("a");
  expect(spec.NetworkingConfig).toEqual({ EndpointsConfig: { a: { Aliases: ["x"] } } });
});

it("keeps the network mode without own networks", () => {
  expect(createSpec({ image: "i", networkMode: "none" })).toMatchObject({ HostConfig: { NetworkMode: "none" } });
});

it("leaves out what the program leaves out, so that Docker and the image decide", () => {
  expect(createSpec({ image: "i" })).toEqual({
    Image: "i", Labels: {}, ExposedPorts: {}, Volumes: {},
    HostConfig: { RestartPolicy: { Name: "no" }, PortBindings: {} },
  });
});

it("publishes several host ports of one container port", () => {
  const spec = createSpec({ image: "i", ports: [{ internal: 80, external: 8080, ip: "127.0.0.1" }, { internal: 80 }, { internal: 53, protocol: "udp", external: 53 }] });
  expect(spec.ExposedPorts).toEqual({ "80/tcp": {}, "53/udp": {} });
  expect(spec.HostConfig?.PortBindings).toEqual({
    "80/tcp": [{ HostIp: "127.0.0.1", HostPort: "8080" }, { HostIp: "", HostPort: "" }],
    "53/udp": [{ HostIp: "", HostPort: "53" }],
  });
});

it("binds host paths before volume names, read-only when asked, and leaves anonymous volumes to Docker", () => {
  const spec = createSpec({
    image: "i",
    volumes: [{ volumeName: "v", containerPath: "/v", readOnly: true }, { hostPath: "/h", volumeName: "v", containerPath: "/h" }, { containerPath: "/anonymous" }],
  });
  expect(spec.HostConfig?.Binds).toEqual(["v:/v:ro", "/h:/h"]);
  expect(spec.Volumes).toEqual({ "/anonymous": {} });
});

it("converts MB to bytes, CPUs to billionths and leaves unlimited swap as it is", () => {
  expect(limits({ image: "i", memory: 64, memorySwap: -1, cpus: "0.5", restart: "always" })).toEqual({
    RestartPolicy: { Name: "always" }, Memory: 64 * MIB, MemorySwap: -1, NanoCpus: 5e8,
  });
});

it("gives health check times in nanoseconds", () => {
  expect(createSpec({ image: "i", healthcheck: { tests: ["CMD", "true"], interval: "1m30s", timeout: "500ms", retries: 3 } }).Healthcheck).toEqual({
    Test: ["CMD", "true"], Interval: 90e9, Timeout: 5e8, Retries: 3,
  });
});
