/** Reads markdown as GitHub does, so that tests see what became of it and not what it looks like. */
import type { Nodes, Parents } from "mdast";
import { fromMarkdown } from "mdast-util-from-markdown";
import { gfmFromMarkdown } from "mdast-util-gfm";
import { gfm } from "micromark-extension-gfm";

/** The last text and its tree: a test asks several questions of one text, and parsing is what takes time. */
let last: { readonly markdown: string; readonly tree: Parents } | undefined;

export function parseMarkdown(markdown: string): Parents {
  if (last?.markdown !== markdown) {
    const tree = fromMarkdown(markdown, {
      extensions: [gfm()],
      mdastExtensions: [gfmFromMarkdown()],
    });
    last = { markdown, tree };
  }
  return last.tree;
}

/**
 * The structure without texts, such as `(root (heading2 text) (paragraph text inlineCode))`. Lines of code are counted, and HTML
 * stands for itself.
 */
export function shapeOf(markdown: string): string {
  return shapeOfNode(parseMarkdown(markdown));
}

function shapeOfNode(node: Nodes): string {
  if (node.type === "code") return `code:${node.lang ?? ""}:${node.value.split("\n").length}`;
  if (node.type === "html") return `html:${node.value.replaceAll(/\d[\d,]*/gu, "N")}`;
  if (!("children" in node)) return node.type;
  const depth = node.type === "heading" ? node.depth : "";
  return `(${[`${node.type}${depth}`, ...node.children.map(shapeOfNode)].join(" ")})`;
}

/** What a reader sees of it, without the zero-width spaces that keep references apart. */
export function visibleText(markdown: string): string {
  return textOf(parseMarkdown(markdown)).replaceAll("\u200b", "");
}

function textOf(node: Nodes): string {
  if ("children" in node) return node.children.map(textOf).join("");
  return "value" in node ? node.value : "";
}

/**
 * What is alive: links but those to the given address, images, HTML but the given, and what GitHub turns into references
 * once the page is made, or GitLab does: mentions, issues, commits, addresses and emojis in texts outside of code.
 */
export function liveParts(
  markdown: string,
  own: { readonly links?: readonly string[]; readonly html?: RegExp } = {},
): readonly string[] {
  const { links = [], html } = own;
  const walk = (node: Nodes): readonly string[] => {
    if (node.type === "link" && links.includes(node.url)) return [];
    if (node.type === "html" && html?.test(node.value) === true) return [];
    if (ALIVE.has(node.type)) return [`${node.type}: ${textOf(node) || JSON.stringify(node)}`];
    if (node.type === "text") return referencesIn(node.value);
    return "children" in node ? node.children.flatMap(walk) : [];
  };
  return walk(parseMarkdown(markdown));
}

const ALIVE: ReadonlySet<string> = new Set([
  "link",
  "linkReference",
  "image",
  "imageReference",
  "definition",
  "footnoteDefinition",
  "footnoteReference",
  "html",
  "delete",
]);

/** As GitHub documents them under "Autolinked references and URLs" and "Basic writing and formatting syntax". */
const REFERENCES: readonly RegExp[] = [
  /(?<![\w`])@[a-z\d]/iu,
  /[\w.-]+@[a-z\d]/iu,
  /#\d/u,
  /(?<!\w)GH-\d/iu,
  /\b[\da-f]{7,40}\b/iu,
  /\bwww\./iu,
  /:\/\//u,
  // GitLab's.
  /[!&$]\d/u,
  /[~%]["\w]/u,
  /:(?:[a-z+-][\w+-]*|\d{3,4}):/iu,
];

function referencesIn(text: string): readonly string[] {
  return REFERENCES.flatMap((reference) => reference.exec(text)?.slice(0, 1) ?? []).map(
    (found) => `reference: ${found}`,
  );
}
