import type { Display, ProgressStream } from "../progress.ts";
import { formatElapsed, lastLine } from "./elapsed.ts";

const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const FRAME_MS = 100;
const FALLBACK_COLUMNS = 80;

interface Running {
  title: string;
  detail: string;
  started: number;
}

/**
 * The renderer for terminals: one live line a running step, with a spinner and the elapsed time;
 * a finished step becomes a line that stays above the live ones.
 */
export function ttyProgress(stream: ProgressStream): Display {
  const running = new Set<Running>();
  let drawn = 0;
  let frame = 0;
  let timer: NodeJS.Timeout | undefined;

  const clip = (line: string) => {
    const columns = (stream.columns ?? FALLBACK_COLUMNS) - 1;
    return line.length > columns ? `${line.slice(0, columns - 1)}…` : line;
  };
  const erase = () => (drawn === 0 ? "" : `\x1b[${drawn}A\x1b[0J`);
  const draw = (above = "") => {
    const lines = [...running].map((step) =>
      clip(`${FRAMES[frame % FRAMES.length]} ${step.title} ${formatElapsed(Date.now() - step.started)}  ${step.detail}`),
    );
    stream.write(erase() + above + lines.map((line) => `${line}\n`).join(""));
    drawn = lines.length;
  };
  const tick = () => {
    frame += 1;
    draw();
  };

  return {
    note: (line) => draw(`${line}\n`),
    async step(title, run) {
      const step: Running = { title, detail: "", started: Date.now() };
      running.add(step);
      timer ??= setInterval(tick, FRAME_MS);
      draw();
      let mark = "✗";
      try {
        const result = await run((detail) => (step.detail = lastLine(detail)));
        mark = "✓";
        return result;
      } finally {
        running.delete(step);
        if (running.size === 0) {
          clearInterval(timer);
          timer = undefined;
        }
        const detail = mark === "✗" && step.detail !== "" ? `: ${step.detail}` : "";
        draw(`${mark} ${title} (${formatElapsed(Date.now() - step.started)})${detail}\n`);
      }
    },
  };
}
