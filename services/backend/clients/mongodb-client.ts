export { createMongoConnection, type MongoConnection, type MongoOptions } from "@dive/common/mongodb";
