import { failed, type Rule } from "../rule.ts";

/** Both ends answered every step of the connectivity test (R8). */
export const connectivity: Rule = {
  id: "connectivity",
  passed: "both ends can be reached with the rights needed",
  needsServers: false,
  check: ({ facts }) =>
    [facts.source, facts.destination].flatMap(({ connection, connectivity: result }) =>
      result.isPassed
        ? []
        : [
            failed(
              `${connection}: ${result.step}: ${result.cause} (${result.code})`,
              result.remedy,
            ),
          ],
    ),
};
