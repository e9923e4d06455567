import type { ErrorCode, YAMLError } from "yaml";
import type { ProblemText } from "./spec-document.ts";

/** A problem at an offset of the text, its line not yet known. */
export interface YamlIssue extends ProblemText {
  readonly offset: number;
}

/**
 * Describes what the YAML parser found. Its own messages are used only where they never quote the text, since that
 * text may be a secret (I9).
 */
export function describeYamlError(error: YAMLError): YamlIssue {
  return { offset: error.pos[0], ...(DESCRIPTIONS[error.code] ?? describeSyntax(error)) };
}

export const UNKNOWN_ANCHOR: ProblemText = {
  code: "yaml-syntax",
  message: "This alias (`*…`) names no anchor before it.",
  remedy: "Define the anchor (`&…`) first, or put a value that begins with * in quotes.",
};

const QUOTE_REMEDY = "Put the value in quotes if it is plain text.";

const DESCRIPTIONS: Partial<Record<ErrorCode, ProblemText>> = {
  TAB_AS_INDENT: {
    code: "tab-indent",
    message: "The line is indented with a tab.",
    remedy: "Indent with spaces only; YAML does not allow tabs.",
  },
  TAG_RESOLVE_FAILED: {
    code: "unresolved-tag",
    message: "This tag (`!…`) is not known.",
    remedy: "Remove the tag, or put a value that begins with ! in quotes.",
  },
  BAD_ALIAS: {
    code: "yaml-syntax",
    message: "This alias (`*…`) or anchor (`&…`) has no proper name.",
    remedy: "Put a value that begins with * or & in quotes.",
  },
  BAD_DIRECTIVE: {
    code: "yaml-syntax",
    message: "This directive (`%…`) is not known.",
    remedy: "Remove the line.",
  },
  NON_STRING_KEY: {
    code: "yaml-syntax",
    message: "A key must be plain text.",
    remedy: "Write the key as text; a template such as {{ name }} has to be filled in before.",
  },
  BAD_DQ_ESCAPE: {
    code: "yaml-syntax",
    message: "A backslash in double quotes begins an escape that does not exist.",
    remedy: "Use single quotes, or write the backslash twice.",
  },
  UNEXPECTED_TOKEN: {
    code: "yaml-syntax",
    message: "Something unexpected stands here.",
    remedy: `Check the brackets, quotes and indentation before it. ${QUOTE_REMEDY}`,
  },
  BAD_SCALAR_START: {
    code: "yaml-syntax",
    message: "A plain value cannot begin with this character.",
    remedy: QUOTE_REMEDY,
  },
  BLOCK_AS_IMPLICIT_KEY: {
    code: "yaml-syntax",
    message: "A mapping or list begins inside a line that already is one.",
    remedy: `Begin it on a new, indented line. ${QUOTE_REMEDY}`,
  },
  BAD_INDENT: {
    code: "yaml-syntax",
    message: "The indentation fits no level above.",
    remedy: "Indent the entries of one mapping or list equally, with spaces.",
  },
  MULTIPLE_TAGS: {
    code: "yaml-syntax",
    message: "A value can have one tag (`!…`) only.",
    remedy: "Remove the tags.",
  },
};

/** These codes of the parser come with fixed messages. */
const FIXED_MESSAGES: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "ALIAS_PROPS",
  "BLOCK_IN_FLOW",
  "BAD_PROP_ORDER",
  "KEY_OVER_1024_CHARS",
  "MISSING_CHAR",
  "MULTILINE_IMPLICIT_KEY",
  "MULTIPLE_ANCHORS",
]);

function describeSyntax(error: YAMLError): ProblemText {
  const reason = FIXED_MESSAGES.has(error.code) ? `: ${error.message}` : "";
  return {
    code: "yaml-syntax",
    message: `The file is not valid YAML${reason}.`,
    remedy: `Check the quotes, brackets, colons and indentation here and on the line before.`,
  };
}
