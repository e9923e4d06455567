import { formatNamespace, type Namespace } from "../model/namespace.ts";
import { isCollectionAction, type Plan } from "../model/plan.ts";
import type { CollectionProgress } from "../model/run.ts";
import type { CopiedAmount } from "../ports.ts";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** How far each collection is, kept in memory while copying; what is stored may be a little behind. */
export class ProgressBoard {
  readonly #entries = new Map<string, Mutable<CollectionProgress>>();

  /** @param already - What earlier attempts at the run have copied. */
  constructor(plan: Plan, already: readonly CopiedAmount[]) {
    for (const action of plan.actions) {
      if (!isCollectionAction(action)) continue;
      const { source, target, documentCount, dataBytes } = action;
      this.#entries.set(formatNamespace(target), {
        source,
        target,
        state: "pending",
        documentCount,
        dataBytes,
        copiedDocuments: 0,
        copiedBytes: 0,
        indexShare: null,
      });
    }
    for (const { target, copiedDocuments, copiedBytes } of already) {
      this.add(target, copiedDocuments, copiedBytes);
    }
  }

  setState(target: Namespace, state: CollectionProgress["state"]): void {
    const entry = this.#entries.get(formatNamespace(target));
    if (entry !== undefined) entry.state = state;
  }

  setIndexShare(target: Namespace, share: number | null): void {
    const entry = this.#entries.get(formatNamespace(target));
    if (entry !== undefined) entry.indexShare = share;
  }

  add(target: Namespace, documentCount: number, bytes: number): void {
    const entry = this.#entries.get(formatNamespace(target));
    if (entry === undefined) return;
    entry.copiedDocuments += documentCount;
    entry.copiedBytes += bytes;
  }

  /** A copy of the present state, in the plan's order. */
  snapshot(): readonly CollectionProgress[] {
    return [...this.#entries.values()].map((entry) => ({ ...entry }));
  }
}
