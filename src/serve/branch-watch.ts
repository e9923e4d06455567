/**
 * One look at the branch for all who want to know it: whoever works on a migration, and the controller. Where the branch cannot be read, what
 * it had last holds, and that is said once.
 */
import type { Clock } from "../base/clock.ts";
import { errorMessage } from "../base/errors.ts";
import type { Logger } from "../base/log.ts";
import type { Checkout, FollowedClone } from "../ports.ts";

export interface BranchLook {
  /** Null as long as it could never be read. */
  readonly checkout: Checkout | null;
  /** Why it cannot be read now; null: it was. */
  readonly trouble: string | null;
}

export interface BranchWatchTools {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly stop: AbortSignal;
  /** Called when there is another checkout. */
  onChange(): void;
}

export class BranchWatch {
  readonly #clone: FollowedClone;
  readonly #tools: BranchWatchTools;
  #trouble: string | null = null;
  #asking: Promise<void> | null = null;
  #askedAtMs = Number.NEGATIVE_INFINITY;
  #readAtMs: number | null = null;
  #shown: string | null = null;

  constructor(clone: FollowedClone, tools: BranchWatchTools) {
    this.#clone = clone;
    this.#tools = tools;
  }

  /** When the branch could be read last, by the clock that never jumps; null: never. */
  get readAtMs(): number | null {
    return this.#readAtMs;
  }

  /** As the branch was at most so long ago, or when it could be read last. Never rejects. */
  async look(mostAgeMs: number): Promise<BranchLook> {
    if (this.#asking !== null || this.#tools.clock.monotonicMs() - this.#askedAtMs >= mostAgeMs) {
      await (this.#asking ??= this.#ask());
    }
    return { checkout: this.#clone.current, trouble: this.#trouble };
  }

  async #ask(): Promise<void> {
    try {
      const { isForced } = await this.#clone.pull();
      this.#readAtMs = this.#tools.clock.monotonicMs();
      if (this.#trouble !== null) this.#tools.logger.info("The branch can be read again");
      this.#trouble = null;
      if (isForced) {
        this.#tools.logger.warn("The branch was pushed by force: what it has now holds");
      }
    } catch (error) {
      // What was ended for that is no trouble.
      if (!this.#tools.stop.aborted) this.#noteTrouble(errorMessage(error));
    } finally {
      this.#askedAtMs = this.#tools.clock.monotonicMs();
      this.#asking = null;
    }
    this.#noteCheckout();
  }

  #noteTrouble(trouble: string): void {
    if (trouble !== this.#trouble) {
      const left =
        this.#clone.current === null
          ? "Nothing is worked on before it can be read"
          : "What it had last holds";
      this.#tools.logger.error(`${trouble}. ${left}; it is asked again and again`);
    }
    this.#trouble = trouble;
  }

  #noteCheckout(): void {
    const { current } = this.#clone;
    if (current === null || current.root === this.#shown) return;
    this.#shown = current.root;
    this.#tools.logger.info(`Specs as of commit ${current.commit.slice(0, 7)}`);
    this.#tools.onChange();
  }
}
