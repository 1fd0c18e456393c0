/** Where the program starts: its providers first, so that their processes start while the rest of the program is loaded. */
import { setImmediate as turn } from "node:timers/promises";
import "./sdk-diagnostics.ts";
import { makeProviders } from "./providers.ts";

/** Turns of the event loop in which the SDK gets a registration on its way; what is loaded next would hold them up. */
const TURNS = 20;

const providers = makeProviders();
for (let i = 0; i < TURNS; i++) await turn();
const { deploy, deployDescriptors } = await import("./deployment.ts");

/** Set by `./dive spoke descriptor`, for a spoke that was never brought up. */
const onlyDescriptors = process.env["DIVE_ONLY_DESCRIPTORS"] === "1";

/** The stack's outputs; what is undefined is none. */
export default onlyDescriptors ? deployDescriptors(providers) : await deploy(providers);
