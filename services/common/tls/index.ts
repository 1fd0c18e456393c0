export { serverName } from "./server-name.ts";
