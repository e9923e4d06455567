import { formatDuration, formatInstant } from "../base/format-quantity.ts";
import { type CutoverRecord, type CutoverStep, downtimeMs } from "../model/cutover.ts";

/** A cutover as results keep it: texts and numbers only. Texts may hold names from servers. */
export interface CutoverReport {
  readonly steps: readonly { readonly step: string; readonly at: string; readonly took: string }[];
  readonly downtime: string;
  /** What is to be done now, in order. */
  readonly toDo: readonly string[];
  readonly notRestored: readonly string[];
}

/** What a step does, for people. */
export const STEP_WORDS: Readonly<Record<CutoverStep, string>> = {
  block: "The source refuses writes",
  quiet: "Wait until nothing changes",
  drain: "Bring everything up to the fence",
  finalize: "Indexes and options as at the source",
  verify: "Compare both ends",
  expire: "Documents may expire (point of no return)",
};

/** Of one that has come to its end. */
export function reportCutover(
  record: CutoverRecord,
  { source, destination }: { readonly source: string; readonly destination: string },
): CutoverReport {
  const end = record.endedAt ?? record.begun.at(-1)?.at ?? new Date(0);
  const steps = record.begun.map(({ step, at }, position) => {
    const next = record.begun[position + 1]?.at ?? end;
    const took = formatDuration(next.getTime() - at.getTime());
    return { step: STEP_WORDS[step], at: formatInstant(at), took };
  });
  const downtime = downtimeMs(record, end);
  return {
    steps,
    downtime: downtime === null ? "unknown" : formatDuration(downtime),
    toDo: [
      `Point the application at ${destination}. ${upTo(record)}`,
      ...(record.isSourceBlocked
        ? [
            `${source} still refuses the writes of its users; to undo that: db.adminCommand({setUserWriteBlockMode: 1, global: false})`,
          ]
        : [
            `Keep the application from writing to ${source}: nothing takes over what it writes there`,
          ]),
      ...(record.notRestored.length === 0
        ? []
        : ["Put right by hand what could not be made as at the source"]),
    ],
    notRestored: record.notRestored,
  };
}

function upTo({ checkedUpTo }: CutoverRecord): string {
  if (checkedUpTo === null) return "";
  const at = formatInstant(new Date(checkedUpTo.seconds * 1_000));
  return `Everything that was written to the source up to ${at} is there`;
}
