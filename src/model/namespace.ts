/** A collection or view by database and name. The collection part may itself contain dots. */
export interface Namespace {
  readonly db: string;
  readonly coll: string;
}

export function formatNamespace(namespace: Namespace): string {
  return `${namespace.db}.${namespace.coll}`;
}

/** Splits at the first dot: database names cannot contain one. Returns null where there is no dot or an empty part. */
export function parseNamespace(text: string): Namespace | null {
  const dot = text.indexOf(".");
  if (dot <= 0 || dot === text.length - 1) return null;
  return { db: text.slice(0, dot), coll: text.slice(dot + 1) };
}

export function isSameNamespace(a: Namespace, b: Namespace): boolean {
  return a.db === b.db && a.coll === b.coll;
}

export function compareNamespaces(a: Namespace, b: Namespace): number {
  return compareText(a.db, b.db) || compareText(a.coll, b.coll);
}

/** Orders by UTF-16 code unit, the same on every machine and in every locale. */
export function compareText(a: string, b: string): number {
  if (a < b) return -1;
  return a > b ? 1 : 0;
}

/** The collection that holds a database's stored functions. */
export const FUNCTIONS = "system.js";
