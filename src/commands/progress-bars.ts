/**
 * Live bars on a terminal. The cursor is never hidden and line wrapping is only off within one write, so that a process
 * that is killed leaves a usable terminal behind.
 */
import { Writable } from "node:stream";
import cliProgress, { type MultiBar, type SingleBar } from "cli-progress";
import type { Clock } from "../base/clock.ts";
import type { Logger } from "../base/log.ts";
import type { CollectionProgress } from "../model/run.ts";
import {
  advanceProgress,
  type ProgressModel,
  type ProgressReporter,
} from "../report/progress-model.ts";
import { layoutProgress, layoutTotal } from "./progress-layout.ts";
import type { ProgressStream } from "./progress-stream.ts";

const SAMPLE_INTERVAL_MS = 500;
const REDRAWS_PER_SECOND = 2;
/** Left to what stood on the terminal before: the total, and a few lines of the log. */
const RESERVED_ROWS = 4;

const CLEAR_BELOW = "\u001b[J";
const WRAP_OFF = "\u001b[?7l";
const WRAP_ON = "\u001b[?7h";

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

export interface ProgressBarsOptions {
  readonly stream: ProgressStream;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Asked for at each redraw, so that the bars follow a change of size. */
  readonly readSize: () => TerminalSize;
}

export function createProgressBars(options: ProgressBarsOptions): ProgressReporter {
  const { stream, clock, readSize } = options;
  const screen = createScreen(stream, readSize);
  let model: ProgressModel | null = null;
  let latest: readonly CollectionProgress[] = [];
  let isStopped = false;

  const takeSample = (): ProgressModel => {
    model = advanceProgress(model, latest, clock.monotonicMs());
    return model;
  };
  return {
    update(progress) {
      if (isStopped) return;
      latest = progress;
      const isFirst = model === null;
      if (model !== null && clock.monotonicMs() - model.monotonicMs < SAMPLE_INTERVAL_MS) return;
      const { columns, rows } = readSize();
      screen.show(layoutProgress(takeSample(), columns, rows - RESERVED_ROWS));
      if (isFirst) screen.redraw();
    },
    note: (text) => options.logger.info(text),
    stop() {
      if (isStopped) return;
      isStopped = true;
      if (model !== null) screen.show([layoutTotal(takeSample(), 0, readSize().columns)]);
      screen.close();
    },
  };
}

interface Screen {
  /** One bar a line, from top to bottom. */
  show(lines: readonly string[]): void;
  redraw(): void;
  /** The lines stay, and the cursor stands beneath them. */
  close(): void;
}

/** cli-progress draws, redraws and keeps log lines above; each frame reaches the terminal in one write. */
function createScreen(stream: ProgressStream, readSize: () => TerminalSize): Screen {
  const frames = createFrames(stream);
  const bars: SingleBar[] = [];
  const multiBar = openMultiBar(frames, readSize);
  const addBar = (line: string): void => {
    bars.push(multiBar.create(1, 0, { line }));
    stream.divertLines((text) => {
      multiBar.log(`${CLEAR_BELOW}${WRAP_ON}${endLine(text)}${WRAP_OFF}`);
      multiBar.update();
    });
  };
  return {
    show(lines) {
      for (const [index, line] of lines.entries()) {
        const bar = bars[index];
        if (bar === undefined) addBar(line);
        else bar.update({ line });
      }
      frames.draw(() => {
        for (const bar of bars.splice(lines.length)) multiBar.remove(bar);
      });
    },
    redraw: () => multiBar.update(),
    close() {
      if (bars.length > 0) frames.draw(() => multiBar.stop());
      stream.divertLines(null);
    },
  };
}

/** `forceRedraw`, as a bar whose text is the same may have been overwritten by a log line. */
function openMultiBar(frames: Frames, readSize: () => TerminalSize): MultiBar {
  const terminal = new Writable({
    decodeStrings: false,
    write(chunk, _encoding, done) {
      frames.draw(() => frames.add(String(chunk)));
      done();
    },
  });
  Object.defineProperties(terminal, {
    isTTY: { value: true },
    columns: { get: () => readSize().columns },
  });
  const multiBar = new cliProgress.MultiBar({
    stream: terminal,
    format: (_options, _params, payload: { readonly line: string }) => payload.line,
    fps: REDRAWS_PER_SECOND,
    forceRedraw: true,
    hideCursor: null,
    linewrap: true,
    gracefulExit: false,
  });
  multiBar.on("update-pre", frames.begin);
  multiBar.on("update-post", frames.end);
  return multiBar;
}

interface Frames {
  begin(): void;
  end(): void;
  add(text: string): void;
  /** Gathers all that is added during the call. */
  draw(run: () => void): void;
}

/** Gathers what is written between `begin` and `end`, which may be nested, and writes it at once. */
function createFrames(stream: ProgressStream): Frames {
  let depth = 0;
  let frame = "";
  const begin = (): void => {
    depth += 1;
  };
  const end = (): void => {
    depth -= 1;
    if (depth > 0 || frame === "") return;
    stream.writeThrough(`${WRAP_OFF}${frame}${WRAP_ON}`);
    frame = "";
  };
  return {
    begin,
    end,
    add(text) {
      frame += text;
    },
    draw(run) {
      begin();
      try {
        run();
      } finally {
        end();
      }
    },
  };
}

function endLine(text: string): string {
  return text.endsWith("\n") ? text : `${text}\n`;
}
