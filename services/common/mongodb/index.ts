export { createMongoConnection, type MongoConnection, type MongoOptions } from "./mongodb-client.ts";
