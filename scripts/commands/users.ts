import { URI } from "otpauth";
import { DiveError } from "../errors.ts";
import { openSession } from "../session.ts";
import { runPulumi } from "../state.ts";
import { renderTable } from "../table.ts";

/** Stack output `users`: code of the instance, then user name. */
type Users = Record<string, Record<string, { password: string; totp: string; clearance: string }>>;

/** `dive users`: the seeded test users with password and second factor, from the stack's secret output. */
export async function users(stack: string, options: { json?: true }): Promise<void> {
  const { environment } = await openSession(stack, "named", "questions");
  const { stdout } = await runPulumi(environment, ["stack", "output", "--json", "--show-secrets", "--stack", stack]);
  const found = (JSON.parse(stdout) as { users?: Users }).users;
  if (found === undefined) throw new DiveError(`Stack ${stack} has no output "users": bring it up first (./dive up), with dive:seedTestUsers: true.`);
  if (options.json) return void process.stdout.write(`${JSON.stringify(found, undefined, 2)}\n`);
  const rows = Object.entries(found).flatMap(([code, all]) =>
    Object.entries(all).map(([name, { clearance, password, totp }]) => [code, name, clearance, password, URI.parse(totp).secret.base32]),
  );
  process.stdout.write(`${renderTable(["Instance", "User", "Clearance", "Password", "TOTP secret (base32, SHA-1, 6 digits, 30 s)"], rows)}\n`);
}
