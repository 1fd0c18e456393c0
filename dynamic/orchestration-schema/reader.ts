import type { ClientBase } from "pg";

/** Makes the transactions of the role that is signed in read only by default; it may write nothing anyway, and a mistake is then told as one. */
export async function limitReader(client: ClientBase): Promise<void> {
  // The second time its own transactions are read only already.
  await client.query("BEGIN READ WRITE; ALTER ROLE CURRENT_USER SET default_transaction_read_only = on; COMMIT");
}
