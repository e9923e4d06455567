import { safeJson, safeText } from "./safe-text.ts";

const REPLACEMENT = "[redacted]";

/**
 * Hides known secrets in text that leaves the process (I9): logs, errors, JSON, state files.
 * Each secret is also hidden in the forms that it takes in addresses, in JSON and where text is made harmless.
 */
export class Redactor {
  readonly #needles = new Set<string>();
  #longestFirst: readonly string[] = [];

  /** Registers a secret; strings under three characters are ignored, as hiding them would make any text unreadable. */
  add(secret: string): void {
    if (secret.length < 3 || this.#needles.has(secret)) return;
    for (const form of formsOf(secret)) this.#needles.add(form);
    this.#longestFirst = [...this.#needles].toSorted((a, b) => b.length - a.length);
  }

  redact(text: string): string {
    return this.#longestFirst.reduce(
      (result, needle) => result.replaceAll(needle, REPLACEMENT),
      text,
    );
  }

  /**
   * The same in every text of a value: for what is rendered in a way that changes texts. Classes other than maps stay as they are.
   *
   * @param except - Names of fields that stay as they are.
   */
  redactAll<T>(value: T, except: ReadonlySet<string> = new Set()): T {
    return this.#redactValue(value, except) as T;
  }

  #redactValue(value: unknown, except: ReadonlySet<string>): unknown {
    if (typeof value === "string") return this.redact(value);
    if (Array.isArray(value)) return value.map((item) => this.#redactValue(item, except));
    const redactEntry = ([name, item]: readonly [unknown, unknown]): [unknown, unknown] => [
      typeof name === "string" ? this.redact(name) : name,
      typeof name === "string" && except.has(name) ? item : this.#redactValue(item, except),
    ];
    if (value instanceof Map) return new Map([...value].map(redactEntry));
    if (!isPlain(value)) return value;
    return Object.fromEntries(Object.entries(value).map(redactEntry));
  }
}

function isPlain(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Definitions are JSON in texts, which are in JSON again where a program reads them. */
function formsOf(secret: string): readonly string[] {
  const once = inJson(secret);
  const shown = [secret, ...once, ...once.flatMap(inJson)];
  return [...shown, ...shown.map(safeText), encodeURIComponent(secret)];
}

function inJson(text: string): readonly string[] {
  return [JSON.stringify(text).slice(1, -1), safeJson(text).slice(1, -1)];
}
