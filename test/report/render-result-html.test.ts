import { describe, expect, it } from "vitest";
import { renderResultHtml } from "../../src/report/render-result-html.ts";
import { compared, hostileResult, sampleResult } from "./sample-result.ts";

const VOID = new Set(["meta", "br"]);

describe("renderResultHtml", () => {
  it("is one well-formed page with language, title and verdict", () => {
    const html = renderResultHtml(sampleResult());
    expect(html.startsWith('<!doctype html>\n<html lang="en">')).toBe(true);
    expect(html).toContain("<title>Source and destination are equal – Shop to ApsaraDB</title>");
    expect(unclosedTags(html)).toEqual([]);
  });

  it("needs nothing from anywhere, and forbids scripts", () => {
    const html = renderResultHtml(sampleResult());
    expect(html).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
    expect(html).not.toMatch(/<script|\bsrc=|\bhref=|url\(|@import|\bon\w+=/i);
  });

  it("gives tables a caption and headers, and reaches them by keyboard", () => {
    const html = renderResultHtml(sampleResult());
    const tables = html.match(/<table>.*?<\/table>/gs) ?? [];
    expect(tables).toHaveLength(4);
    for (const table of tables) {
      expect(table).toContain("<caption>");
      expect(table).toContain('<th scope="col">');
      expect(table).toContain('<th scope="row">');
    }
    expect(html.match(/tabindex="0"/g)).toHaveLength(4);
    expect(html.match(/<h1>/g)).toHaveLength(1);
  });

  it("shows counts of both sides, sizes, indexes and durations", () => {
    const html = renderResultHtml(sampleResult());
    expect(html).toContain(
      '<code>store.customers</code><br><small>from <code>shop.customers</code></small></th><td class="number">1,204</td><td class="number">1,204</td><td class="number">41 MiB</td><td class="number">1</td><td><span class="badge good">Equal</span></td>',
    );
    expect(html).toContain('<td class="number">2 h</td><td>left Prechecking</td>');
  });

  it("shows differences in words, not by colour alone", () => {
    const results = [compared("a.b", "c.d", { isEqual: false, extraDocuments: 1 })];
    const html = renderResultHtml(sampleResult({ results }));
    expect(html).toContain("<h2>Differences</h2>");
    expect(html).toContain("<li>1 document at the destination only</li>");
    expect(html).toContain('<span class="badge bad">Different</span>');
  });

  it("shows nothing where there is nothing", () => {
    const html = renderResultHtml(
      sampleResult({ plan: null, progress: [], results: [], findings: [], transitions: [] }),
    );
    expect(html).not.toContain("<h2>Namespaces</h2>");
    expect(unclosedTags(html)).toEqual([]);
  });

  it("lets no name or message come alive", () => {
    const hostile = `</code></style><script>alert(1)</script>"'><img src=x onerror=alert(1)>\u202e`;
    const html = renderResultHtml(hostileResult(hostile));
    expect(html).not.toMatch(/<script|<img|\u202e/);
    expect(html).not.toContain(`"'>`);
    expect(unclosedTags(html)).toEqual([]);
  });
});

/** Names of elements that are opened and not closed, or the other way round. */
function unclosedTags(html: string): readonly string[] {
  const open: string[] = [];
  for (const [, slash, name = ""] of html.matchAll(/<(\/?)([a-z][a-z0-9]*)[^>]*>/g)) {
    if (VOID.has(name)) continue;
    if (slash === "") open.push(name);
    else if (open.pop() !== name) return [`</${name}>`];
  }
  return open;
}
