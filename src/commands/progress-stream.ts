import type { LogStream } from "../base/log.ts";

/**
 * Standard error, shared by log lines and progress bars: while bars are shown, lines are handed to whoever draws them, so
 * that they come out above.
 */
export class ProgressStream implements LogStream {
  readonly #target: LogStream;
  #divert: ((text: string) => void) | null = null;

  constructor(target: LogStream) {
    this.#target = target;
  }

  write(text: string): void {
    if (this.#divert === null) this.#target.write(text);
    else this.#divert(text);
  }

  /** Writes past the bars; for drawing them. */
  writeThrough(text: string): void {
    this.#target.write(text);
  }

  /** From now on lines go to `take`; null: to the target again. */
  divertLines(take: ((text: string) => void) | null): void {
    this.#divert = take;
  }
}
