import type { CutoverStep } from "./cutover.ts";

/** What a cutover would do now, and how long that would take, at most as far as anyone can say. */
export interface CutoverForecast {
  readonly migration: string;
  /** Why it would not begin now; empty: it would. */
  readonly objections: readonly string[];
  readonly steps: readonly ForecastStep[];
  /** From the beginning of the quiet period on: how long nobody may write to the source. */
  readonly durationMs: number;
  /** What could not be made as it is at the source. */
  readonly impossible: readonly string[];
}

export interface ForecastStep {
  readonly step: CutoverStep;
  readonly durationMs: number;
  /** What is done, in words; names in them are untrusted. */
  readonly details: readonly string[];
}
