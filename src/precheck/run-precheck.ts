import type { Facts } from "../model/facts.ts";
import type { Finding } from "../model/finding.ts";
import type { Migration } from "../model/migration.ts";
import { selectObjects } from "../model/select-objects.ts";
import type { PrecheckContext, Rule } from "./rule.ts";
import { rules } from "./rules.ts";

/** All findings, in the order of the rules. Nothing is copied while one of them has failed. */
export function runPrecheck(migration: Migration, facts: Facts): readonly Finding[] {
  const context = { migration, facts, selected: selectObjects(migration, facts) };
  const isReachable = facts.source.server !== null && facts.destination.server !== null;
  return rules
    .filter((rule) => isReachable || !rule.needsServers)
    .flatMap((rule) => findingsOf(rule, context));
}

function findingsOf(rule: Rule, context: PrecheckContext): readonly Finding[] {
  const objections = rule.check(context);
  if (objections.length === 0) {
    return [{ rule: rule.id, result: "passed", message: rule.passed, remedy: "" }];
  }
  return objections.map(({ level, message, remedy }) => ({
    rule: rule.id,
    result: level,
    message,
    remedy,
  }));
}
