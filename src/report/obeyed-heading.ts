/** What has become of a reviewed change, above what was reviewed. */
import { formatDuration } from "../base/format-quantity.ts";
import { markdownText } from "./escape.ts";

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
/** Of what a reason says; the whole of it is in the state files. */
const MOST_DETAIL = 2_000;

/** Puts the news between the hidden lines and the rest, in the place of earlier ones. */
export function withNews(body: string, news: ObeyedNews): string {
  const lines = withoutNews(body).split("\n");
  const hidden = lines.findIndex((line) => !line.startsWith("<!--"));
  const at = hidden === -1 ? lines.length : hidden;
  const rest = lines.slice(at).join("\n").replace(/^\n+/u, "");
  return [...lines.slice(0, at), BEGIN, renderNews(news), END, "", rest].join("\n");
}

function withoutNews(body: string): string {
  const from = body.indexOf(`${BEGIN}\n`);
  const to = body.indexOf(`\n${END}`);
  if (from === -1 || to < from) return body;
  return `${body.slice(0, from)}${body.slice(to + END.length + 1).replace(/^\n+/u, "\n")}`;
}

function renderNews({ migration, what, sinceMergeMs, detail }: ObeyedNews): string {
  const when = sinceMergeMs === null ? "" : `, ${formatDuration(sinceMergeMs)} after the merge`;
  const said = detail.length > MOST_DETAIL ? `${detail.slice(0, MOST_DETAIL)}…` : detail;
  const heading = `## 📣 ${markdownText(migration)} — ${markdownText(what)}${when}`;
  const text = said === "" ? "" : `\n\n${markdownText(said)}`;
  return `${heading}${text}\n\n*As it was reviewed:*\n`;
}
