export { createRedisConnection, type RedisConnection, type RedisConnectionOptions } from "@dive/common/redis";
