export { connectionBehaviour, createRedisConnection, type RedisConnection, type RedisConnectionOptions } from "./redis-client.ts";
