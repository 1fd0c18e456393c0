export { isConnectionLoss } from "./connection-loss.ts";
export { createPostgresPool, type DatabaseAccess, type PostgresPool, type PostgresPoolOptions } from "./postgres-pool.ts";
