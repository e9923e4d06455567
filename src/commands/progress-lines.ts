/** Progress as log lines, where there is no terminal to draw on: CI, files, programs. */
import type { Clock } from "../base/clock.ts";
import { formatCount } from "../base/format-quantity.ts";
import type { LogFields, LogFormat, Logger } from "../base/log.ts";
import { formatNamespace } from "../model/namespace.ts";
import type { CollectionProgress } from "../model/run.ts";
import {
  advanceProgress,
  type CollectionFigures,
  type ProgressFigures,
  type ProgressModel,
  type ProgressReporter,
  type TotalFigures,
} from "../report/progress-model.ts";
import { describeFigures } from "./progress-layout.ts";

const LINE_INTERVAL_MS = 10_000;
const SAMPLE_INTERVAL_MS = 1000;
const MAX_COLLECTIONS = 3;

export interface ProgressLinesOptions {
  readonly logger: Logger;
  /** `json` puts the figures into fields, `text` into the message. */
  readonly logFormat: LogFormat;
  readonly clock: Clock;
}

/** One line for the total and up to three active collections every ten seconds, and one at the end. */
export function createProgressLines(options: ProgressLinesOptions): ProgressReporter {
  const { logger, clock } = options;
  let model: ProgressModel | null = null;
  let latest: readonly CollectionProgress[] = [];
  let lastLineMs = Number.NEGATIVE_INFINITY;
  let isStopped = false;

  return {
    update(progress) {
      if (isStopped) return;
      latest = progress;
      const now = clock.monotonicMs();
      if (model !== null && now - model.monotonicMs < SAMPLE_INTERVAL_MS) return;
      model = advanceProgress(model, progress, now);
      if (now - lastLineMs < LINE_INTERVAL_MS) return;
      lastLineMs = now;
      writeTotal(options, model.total);
      for (const figures of model.active.slice(0, MAX_COLLECTIONS)) {
        writeCollection(options, figures);
      }
    },
    note: (text) => logger.info(text),
    stop() {
      if (isStopped) return;
      isStopped = true;
      if (model !== null) {
        writeTotal(options, advanceProgress(model, latest, clock.monotonicMs()).total);
      }
    },
  };
}

function writeTotal({ logger, logFormat }: ProgressLinesOptions, total: TotalFigures): void {
  const { doneCount, collectionCount } = total;
  if (logFormat === "text") {
    const collections = `${formatCount(doneCount)} of ${formatCount(collectionCount)} collections`;
    logger.info(`progress: ${collections}, ${describeInWords(total)}`);
    return;
  }
  logger.info("progress", {
    ...toFields(total),
    doneCount,
    collectionCount,
    copiedDocuments: total.copiedDocuments,
    documentCount: total.documentCount,
    copiedBytes: total.copiedBytes,
    dataBytes: total.dataBytes,
  });
}

function writeCollection(
  { logger, logFormat }: ProgressLinesOptions,
  figures: CollectionFigures,
): void {
  const namespace = formatNamespace(figures.target);
  if (logFormat === "text") {
    logger.info(`progress: ${namespace}, ${describeInWords(figures)}`);
    return;
  }
  logger.info("collection progress", {
    namespace,
    state: figures.state,
    indexShare: figures.indexShare,
    ...toFields(figures),
  });
}

function describeInWords(figures: ProgressFigures | CollectionFigures): string {
  const { percent, documents, bytes, left } = describeFigures(figures);
  const hasRates = figures.bytesPerSecond !== null;
  const hasLeft = figures.etaSeconds !== null || left.startsWith("indexing");
  return [percent, ...(hasRates ? [documents, bytes] : []), ...(hasLeft ? [left] : [])].join(", ");
}

function toFields(figures: ProgressFigures): LogFields {
  return {
    percent: Math.floor(figures.percent * 100) / 100,
    documentsPerSecond: round(figures.documentsPerSecond),
    bytesPerSecond: round(figures.bytesPerSecond),
    etaSeconds: round(figures.etaSeconds),
  };
}

function round(value: number | null): number | null {
  return value === null ? null : Math.round(value);
}
