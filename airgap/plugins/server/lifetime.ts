/**
 * Ends this process when the one that started it is gone (also by `kill -9`, which tells nobody), or on SIGINT or SIGTERM.
 *
 * @param end Called once before the process exits, e.g. to end a child. Default: nothing.
 */
export function endWithParent(end: () => void = () => undefined): void {
  const parent = process.ppid;
  const exit = (code: number): void => {
    clearInterval(watch);
    end();
    process.exit(code);
  };
  const watch = setInterval(() => {
    if (process.ppid !== parent) exit(1);
  }, 1000);
  // The watch alone is no reason to stay.
  watch.unref();
  // The engine ends a plugin by SIGINT and kills it 5 s later if it is still there. It has sent Cancel before, and started the plugin in
  // a process group of its own, so a Ctrl-C in the terminal does not come here.
  process.once("SIGINT", () => exit(0));
  process.once("SIGTERM", () => exit(0));
}
