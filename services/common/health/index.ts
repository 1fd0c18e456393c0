export { cacheProbe } from "./cache-probe.ts";
