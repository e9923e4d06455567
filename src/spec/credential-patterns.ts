/** A credential found in text: what it is and where, never its value. */
export interface CredentialMatch {
  /** Such as `an Alibaba Cloud access key`. */
  readonly what: string;
  readonly start: number;
  readonly end: number;
}

interface CredentialPattern {
  readonly what: string;
  /** Repetitions are bounded, so that a long hostile text takes linear time. */
  readonly pattern: RegExp;
}

const URL_WITH_PASSWORD: CredentialPattern = {
  what: "a connection string with a password",
  pattern: /[a-z][a-z0-9+.-]{0,31}:\/\/[^\s:@/]{0,256}:[^\s@]{1,256}@/gi,
};

const TOKENS: readonly CredentialPattern[] = [
  { what: "a private key", pattern: /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----/g },
  { what: "an AWS access key", pattern: /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g },
  { what: "an Alibaba Cloud access key", pattern: /\bLTAI[A-Za-z0-9]{12,30}\b/g },
  { what: "a GitHub token", pattern: /\b(?:gh[pousr]_[A-Za-z0-9]{20,255}|github_pat_\w{20,255})/g },
  { what: "an Atlas service account secret", pattern: /\bmdb_sa_sk_[\w-]{20,255}/g },
];

const USER_AND_PASSWORD: CredentialPattern = {
  what: "a user with a password",
  pattern: /(?<![^\s/:@])[^\s/:@]{1,128}:[^\s/@]{1,256}@/g,
};

/** A password that is plainly none: `<password>`, `$PASSWORD`, `***`, `…`. */
const PLACEHOLDER = /:(?:<[^@]*|\$[^@]*|\*+|\.+|…)@$/u;

/** The first credential in a value of a spec; null where there is none. */
export function findCredential(text: string): CredentialMatch | null {
  return findMatches(text, [URL_WITH_PASSWORD, ...TOKENS, USER_AND_PASSWORD])[0] ?? null;
}

/**
 * Credentials anywhere in a file's text: comments, keys, text that is no valid YAML. Only patterns that are certain
 * without knowing what the text is; placeholders such as `<password>` are let pass.
 */
export function findCredentialsInSource(text: string): CredentialMatch[] {
  return findMatches(text, [URL_WITH_PASSWORD, ...TOKENS])
    .filter((match) => !PLACEHOLDER.test(text.slice(match.start, match.end)))
    .toSorted((a, b) => a.start - b.start);
}

function findMatches(text: string, patterns: readonly CredentialPattern[]): CredentialMatch[] {
  return patterns.flatMap(({ what, pattern }) =>
    Array.from(text.matchAll(pattern), (match) => ({
      what,
      start: match.index,
      end: match.index + match[0].length,
    })),
  );
}
