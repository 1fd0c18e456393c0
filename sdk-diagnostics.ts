/**
 * Imported for its effect, before anything makes a resource: what the SDK collects about itself is collected only where somebody reads it.
 * docs/decisions/0006 has the figures. Each is given back by the variable that asks for it:
 *
 * - Stack traces are formatted by V8 again and not through source-map-support: type stripping keeps every line and column in its place.
 * - A stack trace for each promise of the SDK is shown by `PULUMI_DEBUG_PROMISE_LEAKS=1` only, so it is taken only then. Errors keep theirs.
 * - Of the stack on which a resource is made, the state keeps the place in the program and not the way to it: the engine writes the whole state
 *   twice for each resource. `PULUMI_DEBUG_PROMISE_LEAKS=1` gives the way back, too.
 * - Messages of severity "debug" are shown by `--debug` only, and yet each is a call to the engine that waits for the one before. A program
 *   does not see that flag; it sees the variable that sets it, `PULUMI_OPTION_DEBUG=true`.
 */
import * as pulumi from "@pulumi/pulumi";
import debuggable from "@pulumi/pulumi/runtime/debuggable.js";

Error.prepareStackTrace = undefined as unknown as typeof Error.prepareStackTrace;

if (!process.env["PULUMI_DEBUG_PROMISE_LEAKS"]) {
  const sdk = debuggable as unknown as { debuggablePromise: <T>(promise: Promise<T>, context: unknown) => Promise<T> };
  const tracing = sdk.debuggablePromise;
  sdk.debuggablePromise = (promise, context) => {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    try {
      return tracing(promise, context);
    } finally {
      Error.stackTraceLimit = limit;
    }
  };

  const resource = pulumi.Resource as unknown as { stackTrace: (skip: number) => unknown[] };
  const wholeStack = resource.stackTrace;
  resource.stackTrace = (skip) => wholeStack(skip + 1).slice(0, 1);
}

if (process.env["PULUMI_OPTION_DEBUG"] !== "true") (pulumi.log as { debug: typeof pulumi.log.debug }).debug = () => Promise.resolve();
