/** For tests: named containers, networks and volumes with the project's labels, on the Docker daemon and from the image of DOCKER_ONLY. */
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";

const { host, image } = JSON.parse(process.env["DOCKER_ONLY"]!) as { host: string; image: string };
const onHost = { provider: new docker.Provider("docker", { host }), deleteBeforeReplace: true };
const labelsOf = (service: string) =>
  Object.entries({ "dive.instance": "TST", "dive.root": process.cwd(), "dive.service": service, "dive.stack": pulumi.getStack() }).map(([label, value]) => ({ label, value }));

const local = new docker.RemoteImage("image", { name: image, keepLocally: true }, onHost);
for (let i = 0; i < 6; i++) {
  const labels = labelsOf(`service-${i}`);
  const network = new docker.Network(`network-${i}`, { name: `only-network-${i}`, labels }, onHost);
  const volume = new docker.Volume(`volume-${i}`, { name: `only-volume-${i}`, labels }, onHost);
  const files = new docker.Container(
    `files-${i}`,
    { name: `only-${i}-files`, image: local.imageId, start: false, mustRun: false, networkMode: "none", labels, volumes: [{ volumeName: volume.name, containerPath: "/data" }], uploads: [{ file: "/data/a", content: "a".repeat(10_000) }] },
    onHost,
  );
  new docker.Container(
    `container-${i}`,
    {
      name: `only-${i}`, image: local.imageId, entrypoints: ["sleep"], command: ["3600"], networkMode: "bridge", networksAdvanced: [{ name: network.name }], labels,
      volumes: [{ volumeName: volume.name, containerPath: "/data" }], memory: 32, memorySwap: 32, destroyGraceSeconds: 1, restart: "unless-stopped",
    },
    { ...onHost, dependsOn: [files] },
  );
}
