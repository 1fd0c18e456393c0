/**
 * Imported for its effect, before anything makes a resource: stack traces are formatted by V8 again.
 *
 * The SDK takes a stack trace for every promise it makes and formats them through source-map-support, which is most of the time that this
 * program takes. Node's type stripping keeps every line and column in its place, so there is nothing to map.
 */
Error.prepareStackTrace = undefined as unknown as typeof Error.prepareStackTrace;

export {};
