import { type Checked, type Failure, type Schema, check } from "./check.ts";
import { type Bag, Secret, type Value, decode } from "./values.ts";

// What the engine itself puts beside the program's configuration.
const engineKeys = new Set(["version", "pluginDownloadURL", "pluginChecksums", "__internal"]);

/**
 * Validates a provider's configuration. Values that are not strings arrive JSON-encoded (`clientTimeout: "5"`): official SDKs send
 * them so; they are decoded first. The returned bag holds decoded values with defaults.
 */
export function checkConfig(provider: string, schema: Schema, config: Bag): Checked {
  const failures: Failure[] = [];
  const bag: Bag = {};
  for (const [name, value] of Object.entries(config)) {
    if (engineKeys.has(name)) continue;
    bag[name] = decodeValue(schema, name, value, failures);
  }
  const checked = check(`provider ${provider}`, schema, bag);
  return { bag: checked.bag, failures: [...failures, ...checked.failures] };
}

function decodeValue(schema: Schema, name: string, value: Value, failures: Failure[]): Value {
  if (value instanceof Secret) return new Secret(decodeValue(schema, name, value.value, failures));
  const type = schema[name]?.type;
  if (typeof value !== "string" || type === undefined || type === "string") return value;
  try {
    return decode(JSON.parse(value));
  } catch {
    // Not the text itself: it may be a secret.
    failures.push({ property: name, reason: `must be JSON text, because its type is not string; given: text of ${value.length} characters that is not JSON` });
    return null;
  }
}
