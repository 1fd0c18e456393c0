import { ConfigurationError, logCrash, onTermination } from "@dive/common";
import { createBackend } from "./backend.ts";
import { readConfig, type BackendConfig } from "./config.ts";

/** Exit code for an environment that cannot work (EX_CONFIG of sysexits.h): restarting does not help. */
const EXIT_CONFIG = 78;

const backend = await createBackend(configOrExit(), process.env);
logCrash(backend.app.log);
onTermination((signal) => backend.stop(signal));
await backend.start();

function configOrExit(): BackendConfig {
  try {
    return readConfig();
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    console.error(error.message);
    return process.exit(EXIT_CONFIG);
  }
}
