/** What a {@link DiveError} carries besides its message. */
export interface DiveErrorDetail {
  /** Stable name that clients may match on, such as `DIVE_ERR_TOKEN_EXPIRED`; never reworded. */
  readonly code: string;
  /** HTTP status with which the error is answered. */
  readonly statusCode: number;
  /** Response headers that belong to the status, such as `WWW-Authenticate`. Default: none. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What caused it; logged, never sent to a client. */
  readonly cause?: unknown;
}

/** An error whose message and code may be shown to a client. Anything else is answered as a bare 500. */
export class DiveError extends Error {
  readonly code: string;
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(message: string, detail: DiveErrorDetail) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.name = new.target.name;
    this.code = detail.code;
    this.statusCode = detail.statusCode;
    this.headers = detail.headers ?? {};
  }
}
