/** How federation links are watched: the settings linkCircuit and linkProbeSeconds, checked. */

/** When the circuit of a federation link opens, on each side. */
export interface LinkCircuitConfig {
  /** Failures in a row that open it, 1-1000. Default 5. */
  readonly failures?: number;
  /** Milliseconds until one call may try again, 1-86,400,000. Default 60,000. */
  readonly coolDownMs?: number;
}

/** How the links of a stack are watched. */
export interface LinkConfig {
  /** Default: the defaults of its parts. */
  readonly linkCircuit?: LinkCircuitConfig;
  /** Seconds from one check of a link by the backends to the next, 5-30. Default: the backends' own, 30. */
  readonly linkProbeSeconds?: number;
}

/** The settings as the engine gives them. */
export interface RawLinks {
  readonly linkCircuit?: unknown;
  readonly linkProbeSeconds?: unknown;
}

type Report = (key: string, rule: string, got: unknown, allowed: string) => void;

const circuitLimits = { failures: 1000, coolDownMs: 86_400_000 };

/** Checks the settings; what is wrong is reported, and the result is then of no use. */
export function parseLinks({ linkCircuit, linkProbeSeconds: seconds }: RawLinks, report: Report): LinkConfig {
  if (seconds !== undefined && !(Number.isInteger(seconds) && (seconds as number) >= 5 && (seconds as number) <= 30))
    report("linkProbeSeconds", "must be seconds from one check of a link to the next", seconds, "a whole number from 5 to 30");
  return {
    ...(linkCircuit === undefined ? {} : { linkCircuit: parseCircuit(linkCircuit, report) }),
    ...(seconds === undefined ? {} : { linkProbeSeconds: seconds as number }),
  };
}

function parseCircuit(raw: unknown, report: Report): LinkCircuitConfig {
  const allowed = "{failures?, coolDownMs?}";
  if (typeof raw !== "object" || raw === null || Array.isArray(raw)) report("linkCircuit", "must be an object", raw, allowed);
  else
    for (const [name, value] of Object.entries(raw)) {
      const most = Object.hasOwn(circuitLimits, name) ? circuitLimits[name as keyof typeof circuitLimits] : undefined;
      if (most === undefined) report(`linkCircuit.${name}`, "is not a setting of a circuit", value, allowed);
      else if (!Number.isInteger(value) || value < 1 || value > most) report(`linkCircuit.${name}`, "must be a whole number in its range", value, `1 to ${most}`);
    }
  return raw as LinkCircuitConfig;
}
