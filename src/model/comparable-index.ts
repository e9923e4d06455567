import { asNumber } from "./exact-document.ts";

/** Of 2d indexes: kept as they were given up to 4.4, as doubles from 5.0 on (tried on 4.4.2, 5.0.4 and 6.0.27). */
const NUMBERS: ReadonlySet<string> = new Set(["bits", "max", "min"]);

/**
 * An index's fields in a form that is equal where only releases differ: numbers of 2d indexes without their type, and a
 * wildcard projection without an order and as yes and no. Up to 4.4 it is listed as it was given, from 5.0 on with
 * booleans, with `_id: false`, which is the default, and in any order (tried on 4.4.2, 5.0.4 and 6.0.27).
 */
export function comparableIndex(
  fields: ReadonlyMap<string, unknown>,
): ReadonlyMap<string, unknown> {
  return new Map([...fields].map(([name, value]) => [name, comparableValue(name, value)]));
}

function comparableValue(name: string, value: unknown): unknown {
  if (NUMBERS.has(name)) return asNumber(value) ?? value;
  if (name !== "wildcardProjection" || !(value instanceof Map)) return value;
  const paths = projectedPaths(value as ReadonlyMap<string, unknown>, "");
  return new Map(
    paths
      .filter(([path, isIncluded]) => path !== "_id" || isIncluded !== false)
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
}

/** `{a: {b: 1}}` means the same as `{"a.b": 1}`. */
function projectedPaths(fields: ReadonlyMap<string, unknown>, prefix: string): [string, unknown][] {
  return [...fields].flatMap(([name, value]): [string, unknown][] => {
    const path = `${prefix}${name}`;
    if (value instanceof Map) {
      return projectedPaths(value as ReadonlyMap<string, unknown>, `${path}.`);
    }
    const number = asNumber(value);
    return [[path, number === null ? value : number !== 0]];
  });
}
