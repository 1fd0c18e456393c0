export { serverName } from "./server-name.ts";
export { originOf, trustingConnector, type Trust } from "./trust.ts";
