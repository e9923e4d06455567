import type { Clock } from "../base/clock.ts";
import type { LogFormat, Logger } from "../base/log.ts";
import type { ProgressReporter } from "../report/progress-model.ts";
import { createProgressBars } from "./progress-bars.ts";
import { createProgressLines } from "./progress-lines.ts";
import type { ProgressStream } from "./progress-stream.ts";

export interface ProgressReporterOptions {
  readonly isTerminal: boolean;
  /** Size of the terminal, read again at each redraw: getters make the bars follow a change of size. */
  readonly columns: number;
  readonly rows: number;
  /** The stream that the logger writes to. */
  readonly stream: ProgressStream;
  readonly logger: Logger;
  readonly logFormat: LogFormat;
  readonly clock: Clock;
}

const DEFAULT_COLUMNS = 80;
const DEFAULT_ROWS = 24;

/** Bars on a terminal, log lines elsewhere and wherever the log is for programs (R16). */
export function createProgressReporter(options: ProgressReporterOptions): ProgressReporter {
  const { stream, logger, logFormat, clock } = options;
  if (!options.isTerminal || logFormat === "json") {
    return createProgressLines({ logger, logFormat, clock });
  }
  return createProgressBars({
    stream,
    logger,
    clock,
    readSize: () => ({
      columns: options.columns > 0 ? options.columns : DEFAULT_COLUMNS,
      rows: options.rows > 0 ? options.rows : DEFAULT_ROWS,
    }),
  });
}
