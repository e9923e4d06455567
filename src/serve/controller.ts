/**
 * The loop of `mongoferry serve`: look at the branch, and at each migration whose time has come. Guarantees: one visit of a migration
 * at a time, at most as many at work as there are places; whatever fails is tried again later; the last specs that could be read hold
 * until there are others; a remote that does not answer holds up nothing.
 */
import type { Checkout, FollowedClone } from "../ports.ts";
import { BranchWatch } from "./branch-watch.ts";
import type { ServeHealth } from "./judge-health.ts";
import { type Specs, WatchedMigration, type WatchTools } from "./watched-migration.ts";

export interface ControllerTools extends WatchTools {
  readonly clone: FollowedClone;
  /** Migrations worked on at the same time. */
  readonly parallel: number;
  /** Reads the specs of a checkout, and says what is wrong with them. */
  load(checkout: Checkout): Promise<Omit<Specs, "seenAtMs">>;
}

/** So that many wakings in a row are one turn. */
const LEAST_REST_MS = 50;

export class Controller {
  readonly branch: BranchWatch;
  readonly #tools: ControllerTools;
  readonly #watched = new Map<string, WatchedMigration>();
  /** Those that hold. */
  #specs: Specs | null = null;
  /** The checkout that was looked at last, also where its specs do not hold. */
  #loaded: Checkout | null = null;
  #turnedAtMs: number;
  #isWoken = false;
  #endRest: () => void = () => {};

  constructor(tools: ControllerTools) {
    this.#tools = tools;
    this.#turnedAtMs = tools.clock.monotonicMs();
    this.branch = new BranchWatch(tools.clone, { ...tools, onChange: () => this.#wake() });
  }

  get health(): ServeHealth {
    return {
      nowMs: this.#tools.clock.monotonicMs(),
      turnedAtMs: this.#turnedAtMs,
      readAtMs: this.branch.readAtMs,
      isStopping: this.#tools.stop.aborted,
    };
  }

  /** Goes on until it is told to stop, and returns once all work has ended: whether any was interrupted. */
  async run(): Promise<{ readonly hasInterrupted: boolean }> {
    const { stop, clock, clone, intervalMs } = this.#tools;
    stop.addEventListener("abort", () => this.#wake(), { once: true });
    let looking: Promise<unknown> = Promise.resolve();
    while (!stop.aborted) {
      this.#isWoken = false;
      this.#turnedAtMs = clock.monotonicMs();
      looking = this.branch.look(intervalMs);
      if (clone.current === null) await looking;
      if (clone.current !== null) await this.#turn(clone.current);
      await this.#rest();
    }
    await Promise.all([looking, ...[...this.#watched.values()].map(async (each) => each.ended())]);
    return { hasInterrupted: [...this.#watched.values()].some((each) => each.isInterrupted) };
  }

  async #turn(checkout: Checkout): Promise<void> {
    if (checkout.root !== this.#loaded?.root) await this.#load(checkout);
    const { stop, clone } = this.#tools;
    const specs = this.#specs;
    if (specs === null || stop.aborted) return;
    const { specsCommit } = checkout;
    for (const entry of specs.entries) {
      const watched = this.#watch(entry.migration.name);
      if (watched.isVisited) void watched.endForChange(entry, specs, specsCommit);
      else if (watched.dueInMs(specsCommit) === 0) {
        watched.begin(entry, specs, specsCommit, {
          isFree: () => this.#hasPlace(),
          onEnd: () => this.#wake(),
        });
      }
    }
    const roots = [...this.#watched.values()].flatMap(({ root }) => root ?? []);
    await clone.prune(new Set([...roots, specs.checkout.root]));
  }

  async #load(checkout: Checkout): Promise<void> {
    const loaded = await this.#tools.load(checkout);
    const seenAtMs = this.#tools.clock.monotonicMs();
    this.#loaded = checkout;
    // Those that could be read last hold, as they do for whoever is at work.
    this.#specs =
      loaded.hasProblems && this.#specs !== null
        ? { ...this.#specs, hasProblems: true }
        : { ...loaded, seenAtMs };
    const names = new Set(this.#specs.entries.map(({ migration }) => migration.name));
    for (const watched of this.#watched.values()) {
      // Whoever is at work sees that for himself, and ends.
      if (names.has(watched.name) || watched.isVisited) continue;
      watched.sayGone();
      this.#watched.delete(watched.name);
    }
  }

  #watch(name: string): WatchedMigration {
    const known = this.#watched.get(name);
    if (known !== undefined) return known;
    const watched = new WatchedMigration(name, this.#tools);
    this.#watched.set(name, watched);
    return watched;
  }

  #hasPlace(): boolean {
    const taken = [...this.#watched.values()].filter(({ hasPlace }) => hasPlace);
    return taken.length < this.#tools.parallel;
  }

  #wake(): void {
    this.#isWoken = true;
    this.#endRest();
  }

  async #rest(): Promise<void> {
    const names = new Set(this.#specs?.entries.map(({ migration }) => migration.name));
    const times = [...this.#watched.values()]
      .filter(({ name, isVisited }) => !isVisited && names.has(name))
      .map((watched) => watched.dueInMs(this.#loaded?.specsCommit ?? null));
    const restMs = this.#isWoken ? 0 : Math.min(this.#tools.intervalMs, ...times);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Math.max(restMs, LEAST_REST_MS));
      this.#endRest = () => {
        clearTimeout(timer);
        setTimeout(resolve, LEAST_REST_MS);
      };
    });
  }
}
