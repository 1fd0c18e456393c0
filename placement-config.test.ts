import { describe, expect, it } from "vitest";
import type { ConfigProblem } from "./config.ts";
import { parsePlacement, publishedOn, type RawPlacement } from "./placement-config.ts";

function parse(raw: RawPlacement) {
  const problems: ConfigProblem[] = [];
  const placement = parsePlacement(raw, (key, rule, got, allowed) => problems.push({ key, rule, got, allowed }));
  return { placement, problems };
}

describe("where a stack runs", () => {
  it("is this Docker host, for this host alone, unless the configuration says otherwise", () => {
    expect(parse({})).toEqual({ placement: { bindAddress: "127.0.0.1" }, problems: [] });
  });

  it.each<RawPlacement>([
    { dockerHost: "unix:///run/other/docker.sock" },
    { dockerHost: "unix:///run/other/docker.sock", advertiseAddress: "10.0.0.7" },
    { dockerHost: "ssh://operator@fra.example", advertiseAddress: "fra.example", bindAddress: "0.0.0.0" },
    { dockerHost: "ssh://fra.example:2222", advertiseAddress: "10.0.0.7" },
    { advertiseAddress: "hub", bindAddress: "10.0.0.7" },
  ])("may be %j", (raw) => {
    expect(parse(raw)).toEqual({ placement: { bindAddress: "127.0.0.1", ...raw }, problems: [] });
  });

  const daemons = "unix:///<path of its socket>, ssh://<user>@<host>; no tcp://, which is open to everybody without certificates";
  const addresses = "an IPv4 address or a DNS name in small letters, neither of them this host's own view of itself (localhost, 127.0.0.1, 0.0.0.0)";
  it.each(["tcp://10.0.0.7:2375", "unix://docker.sock", "unix:///", "/run/docker.sock", "ssh://", "ssh://me:secret@fra", "ssh://fra/path", 5, ""])("is no Docker host %j", (dockerHost) => {
    expect(parse({ dockerHost, advertiseAddress: "10.0.0.7" }).problems).toEqual([{ key: "dockerHost", rule: "must be the address of a Docker daemon", got: dockerHost, allowed: daemons }]);
  });

  it.each(["localhost", "fra.localhost", "127.0.0.1", "0.0.0.0", "10.0.0.256", "10.0.0.7:4000", "https://fra.example", "FRA.example", "fra_1.example", "-fra.example", "", 7])("cannot be advertised as %j", (advertiseAddress) => {
    expect(parse({ advertiseAddress, bindAddress: "0.0.0.0" }).problems).toEqual([{ key: "advertiseAddress", rule: "must lead other hosts to this stack's published ports", got: advertiseAddress, allowed: addresses }]);
  });

  it("is asked for where the rest does not tell it", () => {
    expect(parse({ advertiseAddress: "fra.example" }).problems).toEqual([
      { key: "bindAddress", rule: "must say where ports are published when advertiseAddress is a name", got: "127.0.0.1", allowed: "0.0.0.0 or an address of the Docker host" },
    ]);
    expect(parse({ dockerHost: "ssh://fra.example" }).problems.map(({ key }) => key)).toEqual(["advertiseAddress"]);
  });
});

it("ports are published on the advertised address beside the loopback address, and else where bindAddress says", () => {
  expect(publishedOn({ bindAddress: "127.0.0.1" })).toEqual(["127.0.0.1"]);
  expect(publishedOn({ bindAddress: "127.0.0.1", advertiseAddress: "10.0.0.7" })).toEqual(["127.0.0.1", "10.0.0.7"]);
  expect(publishedOn({ bindAddress: "10.0.0.7", advertiseAddress: "198.51.100.7" })).toEqual(["10.0.0.7"]);
  expect(publishedOn({ bindAddress: "0.0.0.0", advertiseAddress: "fra.example" })).toEqual(["0.0.0.0"]);
});
