import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TokenBucket } from "../../src/base/token-bucket.ts";

/** A clock that somebody moves. */
class Hand {
  nowMs = 1_000;
  monotonicMs(): number {
    return this.nowMs;
  }
}

describe("TokenBucket", () => {
  it("lets everything through without a rate", () => {
    const bucket = new TokenBucket(new Hand());
    bucket.take(1e9);
    expect(bucket.waitMs()).toBe(0);
  });

  it("has the next one wait for what was taken in advance", () => {
    const clock = new Hand();
    const bucket = new TokenBucket(clock);
    bucket.setRate(100);
    expect(bucket.waitMs()).toBe(0);
    bucket.take(50);
    expect(bucket.waitMs()).toBeCloseTo(500);
    clock.nowMs += 200;
    expect(bucket.waitMs()).toBeCloseTo(300);
    clock.nowMs += 300;
    expect(bucket.waitMs()).toBeCloseTo(0);
  });

  it("has what was taken in advance take the same time at another rate", () => {
    const clock = new Hand();
    const bucket = new TokenBucket(clock);
    bucket.setRate(1_000_000);
    bucket.take(100_000);
    bucket.setRate(10);
    expect(bucket.waitMs()).toBeCloseTo(100);
    bucket.setRate(null);
    expect(bucket.waitMs()).toBe(0);
    bucket.setRate(1);
    expect(bucket.waitMs()).toBe(0);
  });

  it("holds the rate within half a second's worth, whatever is taken and however late timers are", () => {
    const step = fc.record({
      amount: fc.integer({ min: 1, max: 400 }),
      lateMs: fc.integer({ min: 0, max: 300 }),
    });
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 50, maxLength: 200 }),
        fc.integer({ min: 50, max: 5_000 }),
        (steps, rate) => {
          const clock = new Hand();
          const bucket = new TokenBucket(clock);
          bucket.setRate(rate);
          const beganAtMs = clock.nowMs;
          let taken = 0;
          for (const { amount, lateMs } of steps) {
            const waitMs = bucket.waitMs();
            if (waitMs > 0) clock.nowMs += waitMs + lateMs;
            bucket.take(amount);
            taken += amount;
          }
          const seconds = (clock.nowMs + bucket.waitMs() - beganAtMs) / 1000;
          expect(taken).toBeLessThanOrEqual(rate * (seconds + 0.5) + 1e-6);
          expect(taken).toBeGreaterThanOrEqual(rate * (seconds - 0.5) - 1e-6);
        },
      ),
    );
  });
});
