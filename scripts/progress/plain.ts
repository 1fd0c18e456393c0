import { HEARTBEAT_MS, type Display, type ProgressStream } from "../progress.ts";
import { formatElapsed, lastLine } from "./elapsed.ts";

/**
 * The renderer for logs and CI: a line when a step begins and ends, and one every five seconds
 * while it runs, so that nobody has to guess whether it hangs.
 */
export function plainProgress(stream: ProgressStream): Display {
  return {
    note: (line) => void stream.write(`${line}\n`),
    async step(title, run) {
      const started = Date.now();
      let detail = "";
      const say = (mark: string, text: string) =>
        void stream.write(`${mark} ${title} (${formatElapsed(Date.now() - started)})${text === "" ? "" : `: ${text}`}\n`);
      stream.write(`> ${title}\n`);
      const heartbeat = setInterval(() => say("…", detail), HEARTBEAT_MS);
      try {
        const result = await run((next) => (detail = lastLine(next)));
        say("✓", "");
        return result;
      } catch (error) {
        say("✗", detail);
        throw error;
      } finally {
        clearInterval(heartbeat);
      }
    },
  };
}
