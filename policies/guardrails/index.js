// JavaScript, because the SDK's runner of policy packs puts ts-node before every TypeScript file that it requires. What is imported
// from here comes to Node itself, which strips the types.
import "./pack.ts";
