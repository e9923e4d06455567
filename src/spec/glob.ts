type GlobToken =
  | { readonly kind: "literal"; readonly text: string }
  | { readonly kind: "any-run" }
  | { readonly kind: "any-one" };

/**
 * Whether the pattern can match more than one name. `\*` and `\?` are plain characters.
 */
export function isGlob(pattern: string): boolean {
  return tokenize(pattern).some((token) => token.kind !== "literal");
}

/** The one name that an exact pattern stands for, with its escapes taken out; null for a glob. */
export function exactName(pattern: string): string | null {
  const tokens = tokenize(pattern);
  const literals = tokens.flatMap((token) => (token.kind === "literal" ? [token.text] : []));
  return literals.length === tokens.length ? literals.join("") : null;
}

/** The pattern that matches exactly this name. */
export function escapeGlob(name: string): string {
  return name.replaceAll(/[*?\\]/gu, String.raw`\$&`);
}

/**
 * Compiles a pattern: `*` any run of characters (also none), `?` one character, `\` takes the next character
 * literally (at the end it stands for itself). Matches the whole name, case-sensitive.
 * No regular expressions, so that no pattern takes more than pattern × name steps.
 */
export function compileGlob(pattern: string): (name: string) => boolean {
  const exact = exactName(pattern);
  if (exact !== null) return (name) => name === exact;
  const tokens = tokenize(pattern);
  return (name) => matchTokens(tokens, Array.from(name));
}

/** Splits into code points, so that `?` is one character also outside the basic plane. */
function tokenize(pattern: string): GlobToken[] {
  const characters = Array.from(pattern);
  const tokens: GlobToken[] = [];
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] ?? "";
    const next = characters[at + 1];
    if (character === "\\" && next !== undefined) {
      tokens.push({ kind: "literal", text: next });
      at++;
    } else if (character === "*") {
      if (tokens.at(-1)?.kind !== "any-run") tokens.push({ kind: "any-run" });
    } else {
      tokens.push(character === "?" ? { kind: "any-one" } : { kind: "literal", text: character });
    }
  }
  return tokens;
}

/** Goes back to the latest `*` only: an earlier one can never match better, which keeps this from exploding. */
function matchTokens(tokens: readonly GlobToken[], characters: readonly string[]): boolean {
  let tokenAt = 0;
  let characterAt = 0;
  let runAt = -1;
  let runEnd = 0;
  while (characterAt < characters.length) {
    const token = tokens[tokenAt];
    if (token?.kind === "any-run") {
      runAt = tokenAt++;
      runEnd = characterAt;
    } else if (token !== undefined && matchesOne(token, characters[characterAt])) {
      tokenAt++;
      characterAt++;
    } else if (runAt >= 0) {
      tokenAt = runAt + 1;
      characterAt = ++runEnd;
    } else {
      return false;
    }
  }
  return tokens.slice(tokenAt).every((token) => token.kind === "any-run");
}

function matchesOne(token: GlobToken, character: string | undefined): boolean {
  return token.kind === "any-one" || (token.kind === "literal" && token.text === character);
}
