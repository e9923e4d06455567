import { errorMessage } from "../base/errors.ts";
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

/** A rule that breaks has not found that all is well: the migration is not begun, and the other rules still speak. */
export function findingsOf(rule: Rule, context: PrecheckContext): readonly Finding[] {
  try {
    return judge(rule, context);
  } catch (error) {
    return [
      {
        rule: rule.id,
        result: "failed",
        message: `could not be decided: ${errorMessage(error)}`,
        remedy: "This is a mistake in mongoferry; report it with this message",
      },
    ];
  }
}

function judge(rule: Rule, context: PrecheckContext): readonly Finding[] {
  const objections = rule.check(context);
  if (objections.length === 0) {
    const message = typeof rule.passed === "string" ? rule.passed : rule.passed(context);
    return [{ rule: rule.id, result: "passed", message, remedy: "" }];
  }
  return objections.map(({ level, message, remedy }) => ({
    rule: rule.id,
    result: level,
    message,
    remedy,
  }));
}
