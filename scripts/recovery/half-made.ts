import type { Display } from "../progress.ts";
import { exportState, type Deployment, type PendingOperation, type StackHandle, type StateResource } from "../state.ts";
import { removeFromKeycloak } from "./half-made-keycloak.ts";
import { removeFromPostgres } from "./half-made-postgres.ts";
import { pendingCreates } from "./pending.ts";
import { reveal } from "./reveal.ts";

/** A server's provider and the objects in it whose creation was interrupted. */
export interface HalfMade {
  /** The provider's configuration, with its secrets. */
  provider: Record<string, unknown>;
  /** Type and inputs of each object. */
  objects: { type: string; urn: string; inputs: Record<string, unknown> }[];
  /** Ids of all resources in the state: their objects are never touched. */
  known: ReadonlySet<string>;
}

type Remover = (halfMade: HalfMade, note: (line: string) => void) => Promise<void>;

/** Who removes a half-made object, by the package of its type; what is not named leaves nothing behind. */
const REMOVERS: Record<string, Remover> = { keycloak: removeFromKeycloak, postgresql: removeFromPostgres };

/**
 * Removes from Keycloak and PostgreSQL what was being created when the engine, the plugin or the server died: it may exist
 * without being in the state, and creating it again would meet its own name.
 */
export async function removeHalfMade({
  handle,
  state,
  unsure,
  progress,
}: {
  handle: StackHandle;
  state: Deployment | undefined;
  /** Creates of a run that ended by itself, whose answer was lost. */
  unsure: readonly PendingOperation[];
  progress: Display;
}): Promise<void> {
  if (![...pendingCreates(state), ...unsure].some(({ resource }) => packageOf(resource) in REMOVERS)) return;
  const open = await exportState(handle, true);
  const known = new Set((open.resources ?? []).flatMap(({ id }) => (id === undefined ? [] : [id])));
  const byProvider = Map.groupBy(
    [...pendingCreates(open), ...unsure].filter(({ resource }) => packageOf(resource) in REMOVERS),
    ({ resource }) => resource.provider ?? "",
  );
  for (const [reference, operations] of byProvider) {
    const provider = findProvider(open, reference);
    if (provider === undefined) continue; // no provider in the state: it never got to make anything
    const first = operations[0];
    if (first === undefined) continue;
    const remover = REMOVERS[packageOf(first.resource)] as Remover;
    await progress.step(`Recovery: half-made objects of ${packageOf(first.resource)}`, (update) =>
      remover(
        {
          known,
          provider: reveal(provider.inputs ?? {}) as Record<string, unknown>,
          objects: operations.map(({ resource }) => ({
            type: resource.type,
            urn: resource.urn,
            inputs: reveal(resource.inputs ?? {}) as Record<string, unknown>,
          })),
        },
        (line) => (update(line), progress.note(`Recovery: ${line}`)),
      ),
    );
  }
}

function packageOf(resource: StateResource): string {
  return resource.type.split(":")[0] ?? "";
}

/** A reference to a provider is its URN and its id, joined by `::`. */
function findProvider(state: Deployment, reference: string): StateResource | undefined {
  return state.resources?.find(({ urn, id }) => `${urn}::${id}` === reference);
}
