import { printableKey } from "./printable-text.ts";

/** The way from a document's root to a value: keys of mappings and positions in lists. */
export type SpecPath = readonly (string | number)[];

const PLAIN_KEY = /^[A-Za-z_][\w-]*$/u;
const SENSITIVE_KEYS: ReadonlySet<string> = new Set(["password", "uri", "env"]);
const KEYS_BELOW_SENSITIVE: ReadonlySet<string> = new Set(["env"]);

/** Whether values (and unexpected keys) below this path may be secrets, which no message shows (I9). */
export function isSensitivePath(path: SpecPath): boolean {
  return path.some((part) => typeof part === "string" && SENSITIVE_KEYS.has(part));
}

/** Writes a path as `spec.objects[0].as`; unusual keys as `["a key"]`. */
export function formatSpecPath(path: SpecPath): string {
  return path.reduce<string>((text, part, at) => {
    if (typeof part === "number") return `${text}[${part}]`;
    const isHidden = isSensitivePath(path.slice(0, at)) && !KEYS_BELOW_SENSITIVE.has(part);
    const key = isHidden ? "[hidden]" : printableKey(part);
    if (!PLAIN_KEY.test(key)) return `${text}[${JSON.stringify(key)}]`;
    return text === "" ? key : `${text}.${key}`;
  }, "");
}

/** Reads ajv's JSON pointer; numbers count as positions where the value there is a list. */
export function parsePointer(pointer: string, root: unknown): SpecPath {
  const path: (string | number)[] = [];
  let value = root;
  for (const escaped of pointer.split("/").slice(1)) {
    const part = escaped.replaceAll("~1", "/").replaceAll("~0", "~");
    path.push(Array.isArray(value) ? Number(part) : part);
    value = childOf(value, path.at(-1) ?? "");
  }
  return path;
}

/** The value at a path; undefined where there is none. */
export function valueAt(root: unknown, path: SpecPath): unknown {
  return path.reduce(childOf, root);
}

function childOf(value: unknown, part: string | number): unknown {
  if (Array.isArray(value))
    return typeof part === "number" ? (value as unknown[])[part] : undefined;
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, part)) return undefined;
  return (value as Record<string | number, unknown>)[part];
}
