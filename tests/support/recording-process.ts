// Run as a process of its own: begins to record an `up` that changes a container of the hub, says so, and goes on until it is killed.
import { Recorder } from "../../scripts/deployment-record/recorder.ts";
import type { OrchestrationServer } from "./orchestration-server.ts";
import { recorderOptions } from "./orchestration-server.ts";
import { hubEvents } from "./engine-events.ts";

const { server, stateDir, run } = JSON.parse(process.argv[2]!) as { server: Pick<OrchestrationServer, "access" | "ca"> & { absent?: boolean }; stateDir: string; run: string };
const options = await recorderOptions(server, stateDir);
const recorder = await Recorder.begin({ ...options, run, ...(server.absent ? { access: async () => ({}) } : {}) });
for (const event of hubEvents.begin) recorder.take(event);
process.stdout.write("recording\n");
