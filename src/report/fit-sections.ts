/** A text of sections that has to fit into so many bytes: whole ones are left out, never a part of one. */

export interface Section {
  readonly text: string;
  /** The higher, the sooner it is left out; 0 never is. */
  readonly rank: number;
  /** What stands there instead; empty: nothing. */
  readonly instead?: string;
}

/** Joined by empty lines. */
export function fitSections(sections: readonly Section[], mostBytes: number): string {
  const ranks = [...new Set(sections.map(({ rank }) => rank))].toSorted((a, b) => b - a);
  const left = new Set<number>();
  for (const rank of ranks) {
    const text = join(sections, left);
    if (byteLength(text) <= mostBytes || rank === 0) return text;
    left.add(rank);
  }
  return join(sections, left);
}

function join(sections: readonly Section[], left: ReadonlySet<number>): string {
  return sections
    .map(({ text, rank, instead = "" }) => (left.has(rank) ? instead : text))
    .filter((text) => text !== "")
    .join("\n\n");
}

const encoder = new TextEncoder();

export function byteLength(text: string): number {
  return encoder.encode(text).length;
}
