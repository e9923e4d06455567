import { isAlias, isMap, isScalar, isSeq, type Document, type Node, type Pair } from "yaml";
import { isSensitivePath } from "./spec-path.ts";
import { quoteText } from "./printable-text.ts";
import type { PositionNode } from "./spec-document.ts";
import { UNKNOWN_ANCHOR, type YamlIssue } from "./yaml-problems.ts";

/** How often a document may use an anchor, and how many values that may add up to. */
const ALIASES_MAX = 100;
const ALIASED_VALUES_MAX = 10_000;

export interface PlainTree {
  readonly value: unknown;
  readonly positions: PositionNode;
}

export interface ConversionResult {
  /** Null where aliases name nothing, or multiply beyond all measure. */
  readonly root: PlainTree | null;
  readonly issues: readonly YamlIssue[];
}

/**
 * Turns a composed document, not nested deeper than parse-yaml.ts allows, into plain values with their places.
 * Objects have no prototype, so that a key such as `__proto__` is a key like any other. Of duplicate keys the first
 * counts.
 */
export function convertTree(document: Document.Parsed): ConversionResult {
  const conversion = new Conversion();
  try {
    const root = conversion.convert(document.contents, document.range[0], []);
    return { root, issues: conversion.issues };
  } catch (error) {
    if (!(error instanceof ExpansionError)) throw error;
    return { root: null, issues: [...conversion.issues, error.issue] };
  }
}

/** Ends the conversion where an alias can't be replaced by what it names. */
class ExpansionError extends Error {
  readonly issue: YamlIssue;

  constructor(issue: YamlIssue) {
    super(issue.message);
    this.issue = issue;
  }
}

class Conversion {
  readonly issues: YamlIssue[] = [];
  readonly #anchors = new Map<string, Node>();
  /** What an alias means is settled when it is first met, in the order of the text. */
  readonly #targets = new Map<Node, Node>();
  readonly #open = new Set<Node>();
  #aliasCount = 0;
  #aliasedValueCount = 0;
  #aliasDepth = 0;

  convert(
    node: Node | null | undefined,
    fallback: number,
    path: readonly string[],
    keyStart: number | null = null,
  ): PlainTree {
    const [start, end] = node?.range ?? [fallback, fallback];
    const children = new Map<string | number, PositionNode>();
    const positions = { keyStart, start, end, children };
    if (node === null || node === undefined) return { value: null, positions };
    if (isAlias(node)) return this.#expandAlias(node, path, keyStart);
    this.#countAliased(start);
    if (this.#aliasDepth === 0 && "anchor" in node && typeof node.anchor === "string") {
      this.#anchors.set(node.anchor, node);
    }
    if (isScalar(node)) return { value: node.value, positions };
    this.#open.add(node);
    const value = isMap<Node, Node | null>(node)
      ? this.#convertMap(node.items, children, path, end)
      : this.#convertList(isSeq<Node>(node) ? node.items : [], children, path, end);
    this.#open.delete(node);
    return { value, positions };
  }

  #convertMap(
    pairs: readonly Pair<Node, Node | null>[],
    children: Map<string | number, PositionNode>,
    path: readonly string[],
    fallback: number,
  ): Record<string, unknown> {
    const object = Object.create(null) as Record<string, unknown>;
    for (const { key: keyNode, value: valueNode } of pairs) {
      const key = isScalar(keyNode) ? String(keyNode.value ?? "") : "";
      const keyStart = keyNode?.range?.[0] ?? fallback;
      const keyEnd = keyNode?.range?.[1] ?? fallback;
      const child = this.convert(valueNode, keyEnd, [...path, key], keyStart);
      if (children.has(key)) {
        this.issues.push(describeDuplicate(keyStart, isSensitivePath(path) ? null : key));
      } else {
        object[key] = child.value;
        children.set(key, child.positions);
      }
    }
    return object;
  }

  #convertList(
    items: readonly Node[],
    children: Map<string | number, PositionNode>,
    path: readonly string[],
    fallback: number,
  ): unknown[] {
    return items.map((item, at) => {
      const child = this.convert(item, fallback, path);
      children.set(at, child.positions);
      return child.value;
    });
  }

  #expandAlias(alias: Node, path: readonly string[], keyStart: number | null): PlainTree {
    const offset = alias.range?.[0] ?? 0;
    const source = isAlias(alias) ? alias.source : "";
    const target = this.#targets.get(alias) ?? this.#anchors.get(source);
    if (target === undefined) throw new ExpansionError({ offset, ...UNKNOWN_ANCHOR });
    // An alias inside the value it names would never end.
    if (this.#open.has(target) || ++this.#aliasCount > ALIASES_MAX)
      throw new ExpansionError(describeBomb(offset));
    this.#targets.set(alias, target);
    this.#aliasDepth++;
    const expanded = this.convert(target, offset, path, keyStart);
    this.#aliasDepth--;
    return expanded;
  }

  #countAliased(offset: number): void {
    if (this.#aliasDepth === 0) return;
    if (++this.#aliasedValueCount > ALIASED_VALUES_MAX)
      throw new ExpansionError(describeBomb(offset));
  }
}

function describeDuplicate(offset: number, key: string | null): YamlIssue {
  return {
    offset,
    code: "duplicate-key",
    message:
      key === null
        ? "A key is written twice here."
        : `The key ${quoteText(key)} is written twice here.`,
    remedy: "Keep one of the two.",
  };
}

function describeBomb(offset: number): YamlIssue {
  return {
    offset,
    code: "alias-bomb",
    message: "The document's aliases (`*…`) multiply without measure.",
    remedy: `Write the values out; at most ${ALIASES_MAX} uses of anchors are expanded.`,
  };
}
