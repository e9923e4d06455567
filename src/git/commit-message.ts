import type { StateCommit } from "../ports.ts";

/**
 * Message of a state commit: a subject that CI leaves alone, and trailers for `git interpret-trailers` and people who
 * search. Line breaks in the values would forge trailers, so there are none.
 */
export function formatCommitMessage(commit: StateCommit): string {
  return [
    `${oneLine(commit.subject)} [skip ci]`,
    "",
    `Mongoferry-Migration: ${oneLine(commit.migration)}`,
    `Mongoferry-Epoch: ${commit.epoch}`,
    `Mongoferry-Seq: ${commit.seq}`,
    "",
  ].join("\n");
}

function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029\s]+/gu, " ").trim();
}
