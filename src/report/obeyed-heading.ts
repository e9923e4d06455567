/** What has become of a reviewed change, above what was reviewed. */
import { formatDuration } from "../base/format-quantity.ts";
import { markdownLines, markdownText, renderedWithin } from "./escape.ts";

export interface ObeyedNews {
  readonly migration: string;
  /** Such as `Paused`, or `limits are obeyed`; untrusted. */
  readonly what: string;
  /** Since the merge; null where that is not known. */
  readonly sinceMergeMs: number | null;
  /** A sentence or more; untrusted. */
  readonly detail: string;
}

const BEGIN = "<!-- mongoferry:news:begin -->";
const END = "<!-- mongoferry:news:end -->";
/** Of what a reason says; the whole of it is in the state files. A comment has so much room above what was reviewed. */
const MOST_DETAIL_BYTES = 4_000;

/** Puts the news between the hidden lines and the rest, in the place of earlier ones. */
export function withNews(body: string, news: ObeyedNews): string {
  const { hidden, rest } = withoutNews(body);
  return [...hidden, BEGIN, renderNews(news), END, "", ...rest].join("\n");
}

interface Parts {
  readonly hidden: readonly string[];
  readonly rest: readonly string[];
}

/** Only what stands directly below the hidden lines is news: names further down may look like it. */
function withoutNews(body: string): Parts {
  const lines = body.split("\n");
  const from = lines.findIndex((line) => !line.startsWith("<!--") || line === BEGIN);
  const at = from === -1 ? lines.length : from;
  const hidden = lines.slice(0, at);
  const end = lines[at] === BEGIN ? lines.indexOf(END, at) : -1;
  const rest = lines.slice(end === -1 ? at : end + 1);
  const first = rest.findIndex((line) => line !== "");
  return { hidden, rest: first === -1 ? [] : rest.slice(first) };
}

function renderNews({ migration, what, sinceMergeMs, detail }: ObeyedNews): string {
  const when = sinceMergeMs === null ? "" : `, ${formatDuration(sinceMergeMs)} after the merge`;
  const heading = `## 📣 ${markdownText(migration)} — ${markdownText(what)}${when}`;
  const text = renderedWithin(detail, MOST_DETAIL_BYTES, markdownLines);
  return `${heading}${text === "" ? "" : `\n\n${text}`}\n\n*As it was reviewed:*\n`;
}
