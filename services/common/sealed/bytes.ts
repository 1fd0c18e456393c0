// Runs in Node and in browsers.

/** Bytes that Web Crypto takes: never in shared memory. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** A source of bytes in pieces of any size: a stream, a file, a request's body, or all at once. */
export type ByteSource = AsyncIterable<Uint8Array> | Iterable<Uint8Array> | Uint8Array;

/** The UTF-8 bytes of a text. */
export function utf8(text: string): Bytes {
  return new TextEncoder().encode(text) as Bytes;
}

/** Base64 with padding (RFC 4648 section 4). For keys, hashes and texts, not for content. */
export function toBase64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

/** @throws {Error} unless `text` is base64 with padding and nothing else; `name` says what it should have been. */
export function fromBase64(text: string, name: string): Bytes {
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)) throw new Error(`${name} must be base64 with padding`);
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

/** All of `parts` in one. */
export function concat(...parts: readonly Uint8Array[]): Bytes {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.byteLength;
  }
  return whole;
}

/** The bytes of a PEM block. @throws {Error} when there is no such block. */
export function fromPem(pem: string, kind: "PUBLIC KEY"): Bytes {
  const body = new RegExp(`^\\s*-----BEGIN ${kind}-----([A-Za-z0-9+/=\\s]+)-----END ${kind}-----\\s*$`).exec(pem)?.[1];
  if (body === undefined) throw new Error(`must be one PEM block of type ${kind}`);
  return fromBase64(body.replaceAll(/\s/g, ""), `the PEM block ${kind}`);
}

/** A PEM block, in lines of 64 characters. */
export function toPem(bytes: Uint8Array, kind: "PUBLIC KEY"): string {
  const lines = toBase64(bytes).match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${kind}-----\n${lines.join("\n")}\n-----END ${kind}-----\n`;
}

/** Reads pieces of a wanted size out of pieces of any size, holding no more than one of each. */
export class ByteReader {
  readonly #source: AsyncIterator<Uint8Array> | Iterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(source: ByteSource) {
    const pieces = source instanceof Uint8Array ? [source] : source;
    this.#source = Symbol.asyncIterator in pieces ? pieces[Symbol.asyncIterator]() : pieces[Symbol.iterator]();
  }

  /** The next `size` bytes, in memory of their own; fewer at the end, none after it. */
  async read(size: number): Promise<Bytes> {
    const piece = new Uint8Array(size);
    let filled = 0;
    while (filled < size && (await this.#fill())) {
      const taken = this.#rest.subarray(0, size - filled);
      piece.set(taken, filled);
      filled += taken.byteLength;
      this.#rest = this.#rest.subarray(taken.byteLength);
    }
    return filled === size ? piece : piece.slice(0, filled);
  }

  /** The bytes up to the next `delimiter`, which is taken too. @throws {Error} when it does not come within `limit` bytes. */
  async readUntil(delimiter: number, limit: number): Promise<Bytes> {
    const parts: Uint8Array[] = [];
    let size = 0;
    while (await this.#fill()) {
      const at = this.#rest.indexOf(delimiter);
      const part = at < 0 ? this.#rest : this.#rest.subarray(0, at);
      size += part.byteLength;
      if (size > limit) break;
      parts.push(part);
      this.#rest = this.#rest.subarray(at < 0 ? this.#rest.byteLength : at + 1);
      if (at >= 0) return concat(...parts);
    }
    throw new Error(`does not end within ${limit} bytes`);
  }

  /** What is left, in pieces as they come. */
  async *remaining(): AsyncGenerator<Uint8Array, void, undefined> {
    while (await this.#fill()) {
      const piece = this.#rest;
      this.#rest = new Uint8Array(0);
      yield piece;
    }
  }

  /** Makes sure that there is at least one byte; false at the end. */
  async #fill(): Promise<boolean> {
    while (this.#rest.byteLength === 0) {
      const { done, value } = await this.#source.next();
      if (done === true) return false;
      this.#rest = value;
    }
    return true;
  }
}
