const REPLACEMENT = "[redacted]";

/**
 * Hides known secrets in text that leaves the process (I9): logs, errors, JSON, state files.
 * Each secret is also hidden in its percent-encoded and JSON-escaped form.
 */
export class Redactor {
  readonly #needles = new Set<string>();

  /** Registers a secret; strings under three characters are ignored, as hiding them would make any text unreadable. */
  add(secret: string): void {
    if (secret.length < 3) return;
    this.#needles.add(secret);
    this.#needles.add(encodeURIComponent(secret));
    this.#needles.add(JSON.stringify(secret).slice(1, -1));
  }

  redact(text: string): string {
    const longestFirst = [...this.#needles].toSorted((a, b) => b.length - a.length);
    return longestFirst.reduce((result, needle) => result.replaceAll(needle, REPLACEMENT), text);
  }
}
