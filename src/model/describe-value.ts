/** How two plain values differ, a line for each leaf: `limits.workers: 4 → 2`. */
export function diffText(path: string, before: unknown, after: unknown): readonly string[] {
  if (isRecord(before) && isRecord(after)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return names.flatMap((name) => diffText(`${path}.${name}`, before[name], after[name]));
  }
  const [old, now] = [shown(before), shown(after)];
  return old === now ? [] : [`${path}: ${old} → ${now}`];
}

function shown(value: unknown): string {
  if (value === undefined || value === null) return "unset";
  return typeof value === "string" ? value : JSON.stringify(value);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
