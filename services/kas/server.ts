import { ConfigurationError, logCrash, onTermination } from "@dive/common";
import { readConfig, type KasConfig } from "./config.ts";
import { createKas } from "./kas.ts";

/** Exit code for an environment that cannot work (EX_CONFIG of sysexits.h): restarting does not help. */
const EXIT_CONFIG = 78;

const kas = await createKas(configOrExit(), process.env);
logCrash(kas.app.log);
onTermination((signal) => kas.stop(signal));
await kas.start();

function configOrExit(): KasConfig {
  try {
    return readConfig();
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    console.error(error.message);
    return process.exit(EXIT_CONFIG);
  }
}
