/** Makes a proxied network fail again and again, each time in another way, from a seed. */
import { setTimeout as delay } from "node:timers/promises";
import { type SeededRandom, seededRandom } from "./seeded-random.ts";
import type { TcpProxy } from "./tcp-proxy.ts";

export interface FaultSeries {
  /** Names of the faults so far, in order. */
  caused(): readonly string[];
  /** Ends the faults, restores the network, and returns the names of all. */
  stop(): Promise<readonly string[]>;
}

interface Fault {
  readonly name: string;
  cause(proxy: TcpProxy, random: SeededRandom): void;
}

const FAULTS: readonly Fault[] = [
  { name: "cut", cause: (proxy) => proxy.cutAll() },
  { name: "close client→server", cause: (proxy) => proxy.halfClose("client→server") },
  { name: "close server→client", cause: (proxy) => proxy.halfClose("server→client") },
  { name: "delay", cause: (proxy, random) => proxy.delay(5 + random.below(200)) },
  { name: "stall", cause: (proxy) => proxy.stall(true) },
  { name: "refuse", cause: (proxy) => proxy.refuse(true) },
  {
    name: "cut and refuse",
    cause: (proxy) => {
      proxy.refuse(true);
      proxy.cutAll();
    },
  },
];

/**
 * Each fault comes in every round of them once.
 *
 * @param everyMs - On average the time from one fault to the next; each lasts at most half of that.
 */
export function startRandomFaults(
  proxy: TcpProxy,
  seed: number,
  { everyMs }: { readonly everyMs: number },
): FaultSeries {
  const random = seededRandom(seed);
  const caused: string[] = [];
  const stopping = new AbortController();
  const isWaited = (waitMs: number): Promise<boolean> =>
    delay(waitMs, true, { signal: stopping.signal }).catch(() => false);
  const run = async (): Promise<void> => {
    let round: Fault[] = [];
    for (;;) {
      if (round.length === 0) round = [...FAULTS];
      const [fault] = round.splice(random.below(round.length), 1);
      const lastsMs = random.below(Math.ceil(everyMs / 2)) + 1;
      const calmMs = Math.floor(everyMs / 2) + random.below(Math.ceil(everyMs / 2));
      if (fault === undefined || !(await isWaited(calmMs))) return;
      fault.cause(proxy, random);
      caused.push(fault.name);
      if (!(await isWaited(lastsMs))) return;
      proxy.restoreAll();
    }
  };
  const running = run();
  return {
    caused: () => caused,
    async stop() {
      stopping.abort();
      await running;
      proxy.restoreAll();
      return caused;
    },
  };
}
