import { ConfigurationError, logCrash, onTermination } from "@dive/common";
import { createAlertReceiver } from "./alert-receiver.ts";
import { readConfig, type AlertReceiverConfig } from "./config.ts";

/** Exit code for an environment that cannot work (EX_CONFIG of sysexits.h): restarting does not help. */
const EXIT_CONFIG = 78;

const receiver = await createAlertReceiver(configOrExit());
logCrash(receiver.app.log);
onTermination((signal) => receiver.stop(signal));
await receiver.start();

function configOrExit(): AlertReceiverConfig {
  try {
    return readConfig();
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    console.error(error.message);
    return process.exit(EXIT_CONFIG);
  }
}
