import { history, lines, numbers, red, unit, type BoardModel } from "../model.ts";

const chosen = 'instance=~"$instance"';

/** `redis-dashboard`: each instance's Redis, and the hub's blacklist. */
export const redis: BoardModel = {
  title: "Redis",
  description: "Each instance's Redis, with the proofs that were used, and the hub's blacklist with every revocation.",
  rows: [
    {
      title: "Servers",
      panels: [
        history("Redis", "Whether it answers the exporter", `min by (instance, service) (redis_up{${chosen}})`, "{{instance}} {{service}}", "upDown", "RedisDown"),
        lines("Memory", "Share of what it may use", unit.ratio, `instance_service:redis_memory:ratio{${chosen}}`, "{{instance}} {{service}}", { red: red.full, alert: "RedisMemoryHigh" }),
        lines("Commands", "A second", unit.perSecond, `instance_service:redis_commands_processed:rate5m{${chosen}}`, "{{instance}} {{service}}"),
        lines("Clients", "Connected", unit.count, `sum by (instance, service) (redis_connected_clients{${chosen}})`, "{{instance}} {{service}}", { alert: "RedisRejectedConnections" }),
      ],
    },
    {
      title: "Content",
      panels: [
        lines("Keys", "In all databases of a server", unit.count, `sum by (instance, service) (redis_db_keys{${chosen}})`, "{{instance}} {{service}}"),
        numbers("Keys that were dropped", "Within a day; it is configured never to do this", unit.count, `sum by (instance, service) (increase(redis_evicted_keys_total{${chosen}}[1d]))`, "{{instance}} {{service}}", { red: red.anything, alert: "RedisEvictions" }),
        history("Writes to its disk", "down: what it holds is lost when it restarts", `min by (instance, service) (redis_aof_last_write_status{${chosen}})`, "{{instance}} {{service}}", "upDown", "RedisWritesFailing"),
        lines("Clients refused by the access list", "A second: wrong password, or a command, key or channel that is not theirs", unit.perSecond, `sum by (instance, service) (rate(redis_acl_access_denied_auth_total{${chosen}}[$__rate_interval]) + rate(redis_acl_access_denied_cmd_total{${chosen}}[$__rate_interval]) + rate(redis_acl_access_denied_key_total{${chosen}}[$__rate_interval]) + rate(redis_acl_access_denied_channel_total{${chosen}}[$__rate_interval]))`, "{{instance}} {{service}}", { red: red.anything }),
      ],
    },
  ],
};
