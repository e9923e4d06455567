import { formatDuration } from "../../src/base/format-quantity.ts";
import { createPaint, type Paint, wrapText } from "../../src/report/terminal-text.ts";

const INDENT = "   ";

/** What the demo says: numbered steps, the commands it runs, and what came of them. */
export interface Tell {
  readonly paint: Paint;
  title(text: string): void;
  /** Begins the next step. */
  step(text: string): void;
  command(line: string): void;
  /** Prose, wrapped to the terminal. */
  say(text: string): void;
  /** A line as it is. */
  line(text: string): void;
  /** What was achieved since `startedAt`, a time of `performance.now()`. */
  done(text: string, startedAt: number): void;
}

export function createTell(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv): Tell {
  const hasColor = stream.isTTY && env["NO_COLOR"] === undefined && env["TERM"] !== "dumb";
  const paint = createPaint(hasColor);
  const write = (text: string): void => {
    stream.write(`${text}\n`);
  };
  let stepCount = 0;
  return {
    paint,
    title: (text) => write(paint("bold", text)),
    step(text) {
      stepCount++;
      write(`\n${paint("cyan", `${String(stepCount).padStart(2)} ${text}`)}`);
    },
    command: (line) => write(`${INDENT}${paint("dim", "$")} ${paint("bold", line)}`),
    say(text) {
      const columns = Math.min(stream.columns ?? 100, 100);
      for (const line of wrapText(text, columns - INDENT.length)) write(`${INDENT}${line}`);
    },
    line: (text) => write(text === "" ? "" : `${INDENT}${text}`),
    done(text, startedAt) {
      const took = formatDuration(performance.now() - startedAt);
      write(`${INDENT}${paint("green", "✓")} ${text} ${paint("dim", `(${took})`)}`);
    },
  };
}
