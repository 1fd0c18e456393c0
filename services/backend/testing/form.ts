/** A field, or a file. */
export type FormPart = readonly [name: string, value: string] | { readonly name: string; readonly filename: string; readonly mimeType: string; readonly content: string | Buffer };

const BOUNDARY = "boundary-of-the-test";

/** A multipart form, for injected requests. */
export function form(parts: readonly FormPart[]): { readonly payload: Buffer; readonly headers: Record<string, string> } {
  const pieces = parts.flatMap((part) => {
    const [head, content] = "filename" in part
      ? [`name="${part.name}"; filename="${part.filename}"\r\nContent-Type: ${part.mimeType}`, part.content]
      : [`name="${part[0]}"`, part[1]];
    return [Buffer.from(`--${BOUNDARY}\r\nContent-Disposition: form-data; ${head}\r\n\r\n`), Buffer.from(content), Buffer.from("\r\n")];
  });
  return { payload: Buffer.concat([...pieces, Buffer.from(`--${BOUNDARY}--\r\n`)]), headers: { "content-type": `multipart/form-data; boundary=${BOUNDARY}` } };
}
