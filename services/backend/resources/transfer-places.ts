import { DiveError } from "@dive/common";
import PQueue from "p-queue";

/** What is used of an answer whose transfer waits. */
export interface Answer {
  readonly destroyed: boolean;
  once(event: "close", listener: () => void): unknown;
  off(event: "close", listener: () => void): unknown;
}

/** Bytes of content that are in memory at once anyhow, so that no place is needed to send them. */
export const SMALL_CONTENT = 256 * 1024;

/** Transfers under way at a time, by default. */
const PLACES = 24;

/** Limits of {@link TransferPlaces}. */
export interface TransferLimits {
  /** Transfers under way at a time; each holds two or three segments of 1 MiB in memory. Default 24. */
  readonly places?: number;
  /** Transfers that wait for a place. Default 64. */
  readonly waiting?: number;
  /** Transfers of one person, or of one partner's backend, under way or waiting. Default 6. */
  readonly perPerson?: number;
  /** Longest wait for a place, in milliseconds. Default 30,000. */
  readonly patienceMs?: number;
}

/**
 * What partners' backends fetch has places of its own: were they shared, two instances whose people read each other's documents could each
 * hold all of theirs while waiting for the other's. A partner may ask for as many as it has itself, and waits less long than its client does.
 */
export const PARTNER_TRANSFERS: TransferLimits = { places: 12, perPerson: PLACES, patienceMs: 3_000 };

/** As much as the memory is there for is being transferred: 503. */
export class TransfersBusyError extends DiveError {
  constructor() {
    super("As many documents are being transferred as this instance takes at a time. Try again later.", { code: "DIVE_ERR_TRANSFERS_BUSY", statusCode: 503, headers: { "retry-after": "5" } });
  }
}

/** One person, or one partner, transfers too much at a time: 429. */
export class TransfersOfPersonError extends DiveError {
  constructor(most: number) {
    super(`At most ${most} documents are transferred for one caller at a time. Let one of them end first.`, { code: "DIVE_ERR_TRANSFERS_OF_PERSON", statusCode: 429, headers: { "retry-after": "5" } });
  }
}

/** Who asked has closed the connection while waiting. Nobody reads this; the status is the usual one for it in logs. */
export class TransferAbandonedError extends DiveError {
  constructor() {
    super("The connection was closed while the transfer waited for its turn.", { code: "DIVE_ERR_TRANSFER_ABANDONED", statusCode: 499 });
  }
}

/**
 * Places for transfers of large content, so that however many are asked for, and however slow those are who ask, memory stays within its
 * limit: who gets none waits with what has not been read yet, and nobody can take them all.
 */
export class TransferPlaces {
  readonly #queue: PQueue;
  readonly #waiting: number;
  readonly #perPerson: number;
  readonly #patienceMs: number;
  readonly #ofPerson = new Map<string, number>();

  constructor({ places = PLACES, waiting = 64, perPerson = 6, patienceMs = 30_000 }: TransferLimits = {}) {
    this.#queue = new PQueue({ concurrency: places });
    this.#waiting = waiting;
    this.#perPerson = perPerson;
    this.#patienceMs = patienceMs;
  }

  /**
   * Waits for a place.
   * @param answer whose connection, once it is seen to be closed, ends the wait. While a request's body is not read, as that of an upload that
   *   waits, Node does not see it
   * @returns gives it back; calling it again changes nothing
   * @throws {TransfersOfPersonError | TransfersBusyError | TransferAbandonedError}
   */
  async take(person: string, answer: Answer): Promise<() => void> {
    if (answer.destroyed) throw new TransferAbandonedError();
    const others = this.#ofPerson.get(person) ?? 0;
    if (others >= this.#perPerson) throw new TransfersOfPersonError(this.#perPerson);
    if (this.#queue.pending >= this.#queue.concurrency && this.#queue.size >= this.#waiting) throw new TransfersBusyError();
    this.#ofPerson.set(person, others + 1);
    const taking = Promise.withResolvers<() => void>();
    // Not AbortSignal.timeout: who has a place keeps it for as long as the transfer takes.
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(new TransfersBusyError()), this.#patienceMs).unref();
    const abandon = (): void => patience.abort(new TransferAbandonedError());
    answer.once("close", abandon);
    const underWay = () => new Promise<void>(taking.resolve);
    void this.#queue.add(underWay, { signal: patience.signal }).catch(taking.reject).finally(() => this.#leave(person));
    return taking.promise.finally(() => {
      clearTimeout(timer);
      answer.off("close", abandon);
    });
  }

  #leave(person: string): void {
    const others = this.#ofPerson.get(person)! - 1;
    if (others === 0) this.#ofPerson.delete(person);
    else this.#ofPerson.set(person, others);
  }
}
