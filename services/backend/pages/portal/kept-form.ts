// Runs in browsers; sealing also, for its tests, in Node.

/** What opens a sealed form. It is plain data, for the tab's storage. */
export interface FormKey {
  /** AES-256-GCM. */
  readonly key: JsonWebKey;
  /** The form's own media type, with its boundary. */
  readonly type: string;
}

/** A form that nobody can read without its {@link FormKey}. */
export interface SealedForm {
  readonly iv: Uint8Array<ArrayBuffer>;
  readonly content: ArrayBuffer;
}

/** Seals a form, its files included, with a key of its own. */
export async function sealForm(form: FormData): Promise<{ readonly sealed: SealedForm; readonly formKey: FormKey }> {
  const body = new Response(form);
  const key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, true, ["encrypt", "decrypt"]);
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const content = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, await body.arrayBuffer());
  return { sealed: { iv, content }, formKey: { key: await crypto.subtle.exportKey("jwk", key), type: body.headers.get("content-type")! } };
}

/** Opens it. @throws {DOMException} when it was sealed with another key, or changed */
export async function openForm({ iv, content }: SealedForm, { key, type }: FormKey): Promise<FormData> {
  const opener = await crypto.subtle.importKey("jwk", key, "AES-GCM", false, ["decrypt"]);
  const body = await crypto.subtle.decrypt({ name: "AES-GCM", iv }, opener, content);
  return new Response(body, { headers: { "content-type": type } }).formData();
}

/** In the tab's storage: the key of the form that this tab keeps, and whose it is. */
interface Ticket extends FormKey {
  readonly id: string;
  readonly person: string;
}
/** In the database. */
interface Kept extends SealedForm {
  readonly keptAt: number;
}

const STORE = "forms";
/** No trip to the realm takes longer, ms; it is also how long a form whose tab was closed lies here, unreadable, until the page is next loaded. */
const LONGEST_TRIP_MS = 900_000;

/**
 * Keeps a filled-in form, its file included, while this tab is away at the realm for a second factor. The form lies sealed in the browser's
 * database, and its key in the tab's storage, which ends with the tab: neither is worth anything without the other. It is good for one
 * return, and for the person who left.
 */
export class KeptForms {
  readonly #ticketKey: string;

  /** @param code of the instance ("USA") */
  constructor(code: string) {
    this.#ticketKey = `dive-${code.toLowerCase()}-kept-form`;
  }

  /** @throws when this browser stores nothing, or not as much */
  async keep(form: FormData, person: string): Promise<void> {
    const { sealed, formKey } = await sealForm(form);
    const id = crypto.randomUUID();
    await inStore("readwrite", (store) => store.put({ ...sealed, keptAt: Date.now() } satisfies Kept, id));
    sessionStorage.setItem(this.#ticketKey, JSON.stringify({ ...formKey, id, person } satisfies Ticket));
  }

  /**
   * Takes up what this tab kept, for once, and clears away what tabs that were closed have left.
   * @param person who came back. Undefined: nobody is signed in
   * @returns undefined when there is none, or it is somebody else's
   */
  async takeUp(person: string | undefined): Promise<FormData | undefined> {
    const ticket = this.#takeTicket();
    const kept = ticket && ((await inStore("readonly", (store) => store.get(ticket.id))) as Kept | undefined);
    await inStore("readwrite", (store) => {
      if (ticket) store.delete(ticket.id);
      removeOlderThan(store, Date.now() - LONGEST_TRIP_MS);
    });
    return kept && ticket?.person === person ? openForm(kept, ticket) : undefined;
  }

  /** Forgets what any tab keeps. What this one keeps is unreadable at once, whatever becomes of the rest. */
  async forget(): Promise<void> {
    this.#takeTicket();
    await inStore("readwrite", (store) => store.clear());
  }

  #takeTicket(): Ticket | undefined {
    const stored = sessionStorage.getItem(this.#ticketKey);
    sessionStorage.removeItem(this.#ticketKey);
    return stored === null ? undefined : (JSON.parse(stored) as Ticket);
  }
}

function removeOlderThan(store: IDBObjectStore, time: number): void {
  const cursors = store.openCursor();
  cursors.onsuccess = () => {
    const cursor = cursors.result;
    if (cursor === null) return;
    if ((cursor.value as Kept).keptAt < time) cursor.delete();
    cursor.continue();
  };
}

/** One transaction on this origin's store of forms; resolves, with what the request gave, when it is done. */
async function inStore<T>(mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest<T> | void): Promise<T | undefined> {
  const opening = indexedDB.open("dive-kept-forms", 1);
  opening.onupgradeneeded = () => void opening.result.createObjectStore(STORE);
  const database = await new Promise<IDBDatabase>((resolve, reject) => {
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
  });
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(STORE, mode);
      const request = work(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(request?.result);
      transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}
