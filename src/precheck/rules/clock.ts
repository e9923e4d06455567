import { formatDuration } from "../../base/format-quantity.ts";
import type { ClockFacts } from "../../model/server-state.ts";
import { type Objection, type Rule, serversOf, undecided, warning } from "../rule.ts";

/** What machines that follow a time server are never apart. */
const NOTICEABLE_MS = 5_000;
/** From here on certificates, tokens and time stamps go wrong. */
const HARMFUL_MS = 60_000;

/** The runner's clock agrees with both servers'. Leases go by the destination's clock alone, so that this is never fatal. */
export const clock: Rule = {
  id: "clock",
  passed: ({ facts }) => {
    const widest = Math.max(
      ...serversOf(facts).map(({ server }) => Math.abs(server.state.clock?.aheadMs ?? 0)),
    );
    return `the clocks of the runner and both ends are within ${formatDuration(Math.max(widest, 100))}`;
  },
  needsServers: true,
  check: ({ facts }) =>
    serversOf(facts).flatMap(({ deployment, server }) =>
      judge(deployment.connection, server.state.clock),
    ),
};

function judge(connection: string, facts: ClockFacts | null): readonly Objection[] {
  if (facts === null) {
    return [
      undecided(
        `${connection} did not tell its time`,
        "Check that the runner and the server follow a time server (NTP)",
      ),
    ];
  }
  const apartMs = Math.abs(facts.aheadMs) - facts.uncertaintyMs;
  if (apartMs < NOTICEABLE_MS) return [];
  const direction = facts.aheadMs > 0 ? "behind" : "ahead of";
  const consequence =
    apartMs < HARMFUL_MS
      ? "times in the history are off by that much"
      : "TLS certificates and access tokens may be refused, and times in the history mislead";
  return [
    warning(
      `the runner's clock is ${formatDuration(apartMs)} ${direction} ${connection}'s: ${consequence}`,
      "Let both follow a time server (NTP)",
    ),
  ];
}
