// JavaScript, because the SDK's runner of policy packs puts ts-node before every TypeScript file that it requires. What is imported
// from here comes to Node itself, which strips the types.
import { flushCompileCache } from "node:module";
import "./pack.ts";

// The engine ends a pack by a signal, at which Node would not keep what it has compiled, the SDK's TypeScript compiler among it.
flushCompileCache();
