import { expect, it } from "vitest";
import { connection } from "./connection.ts";

it.each([
  ["the provider's host before DOCKER_HOST", { host: "unix:///a.sock" }, { DOCKER_HOST: "tcp://b:1" }, { socketPath: "/a.sock", host: undefined }],
  ["DOCKER_HOST", {}, { DOCKER_HOST: "tcp://b:1" }, { host: "b", port: "1", protocol: "http", socketPath: undefined }],
  ["the local socket", {}, {}, { socketPath: "/var/run/docker.sock" }],
  ["TLS when a certificate is given", { host: "tcp://b", caMaterial: "ca", certMaterial: "cert", keyMaterial: "key" }, {}, { host: "b", port: 2376, protocol: "https", ca: "ca", cert: "cert", key: "key" }],
  ["plain TCP without one", { host: "tcp://b" }, {}, { port: 2375, protocol: "http" }],
])("uses %s", async (_, config, environment, options) => {
  expect(await connection(config, environment)).toMatchObject(options);
});

it.each(["", "ftp://x", "docker"])("refuses %j", async (host) => {
  await expect(connection({ host }, {})).rejects.toThrow(`"${host}" is not an address of a Docker daemon; allowed: unix://`);
});

it("refuses an SSH host whose key it does not know", async () => {
  await expect(connection({ host: "ssh://u@unknown.invalid:2222" }, {})).rejects.toThrow('"[unknown.invalid]:2222" is not in known_hosts');
});
