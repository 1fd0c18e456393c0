import type { ContainerInspectInfo } from "dockerode";
import { portKey } from "./container-spec.ts";
import type { ContainerInputs, ContainerOutputs } from "./types.ts";

/** Outputs that only Docker knows: addresses, published ports, exit code. */
export function containerOutputs(inspected: ContainerInspectInfo, inputs: Partial<ContainerInputs>): ContainerOutputs {
  return {
    ...inputs,
    name: inspected.Name.replace(/^\//, ""),
    hostname: inspected.Config.Hostname,
    exitCode: inspected.State.ExitCode,
    networkDatas: networkDatas(inspected),
    ...(inputs.ports ? { ports: publishedPorts(inspected, inputs.ports) } : {}),
  };
}

function networkDatas({ NetworkSettings: { Networks } }: ContainerInspectInfo): NonNullable<ContainerOutputs["networkDatas"]> {
  return Object.entries(Networks ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([networkName, network]) => ({
      networkName,
      gateway: network.Gateway,
      ipAddress: network.IPAddress,
      ipPrefixLength: network.IPPrefixLen,
      ipv6Gateway: network.IPv6Gateway,
      globalIpv6Address: network.GlobalIPv6Address,
      globalIpv6PrefixLength: network.GlobalIPv6PrefixLen,
      macAddress: network.MacAddress,
    }));
}

type Ports = NonNullable<ContainerInputs["ports"]>;

/** The ports with the host's port filled in where the program left it to Docker. */
function publishedPorts(inspected: ContainerInspectInfo, ports: Ports): Ports {
  return ports.map((port) => {
    const chosen = inspected.NetworkSettings.Ports?.[portKey(port)]?.[0]?.HostPort;
    return port.external === undefined && chosen ? { ...port, external: Number(chosen) } : port;
  });
}
