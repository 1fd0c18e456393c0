import { runPulumi, type Deployment, type PendingOperation, type StackHandle } from "../state.ts";

/** The creations that were under way when the engine died. */
export function pendingCreates(state: Deployment | undefined): PendingOperation[] {
  return (state?.pending_operations ?? []).filter(({ type }) => type === "creating");
}

/** The resources whose update, deletion or reading was under way when the engine died. */
export function pendingOthers(state: Deployment | undefined): PendingOperation[] {
  return (state?.pending_operations ?? []).filter(({ type }) => type !== "creating");
}

/**
 * Takes pending creations out of the state, once their objects are known to be gone. It is what
 * `pulumi refresh --clear-pending-creates` does, without asking every server for every object.
 */
export async function clearPendingCreates(handle: StackHandle): Promise<void> {
  const { stdout } = await runPulumi(handle, ["stack", "export", "--stack", handle.stack]);
  const exported = JSON.parse(stdout) as { deployment: Deployment };
  exported.deployment.pending_operations = pendingOthers(exported.deployment);
  await runPulumi(handle, ["stack", "import", "--stack", handle.stack], JSON.stringify(exported));
}
