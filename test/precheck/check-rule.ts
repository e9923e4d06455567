import type { Facts } from "../../src/model/facts.ts";
import type { Migration } from "../../src/model/migration.ts";
import { selectObjects } from "../../src/model/select-objects.ts";
import type { Objection, Rule } from "../../src/precheck/rule.ts";

/** What one rule objects to, each as `level: message`. */
export function checkRule(rule: Rule, migration: Migration, facts: Facts): readonly string[] {
  return objectionsOf(rule, migration, facts).map(({ level, message }) => `${level}: ${message}`);
}

export function objectionsOf(rule: Rule, migration: Migration, facts: Facts): readonly Objection[] {
  return rule.check({ migration, facts, selected: selectObjects(migration, facts) });
}
