/** Environment variables by name, as `process.env` holds them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Settings of the user that git may see: where its configuration lies and how it reaches remotes. Others are left out,
 * above all those that name another repository or index (`GIT_DIR`, `GIT_INDEX_FILE`; set when a hook starts us) and
 * traces, which print credentials.
 */
const PASSED_ON =
  /^GIT_(?:CONFIG_(?:GLOBAL|SYSTEM|NOSYSTEM|COUNT|KEY_\d+|VALUE_\d+)|SSH|SSH_COMMAND|SSH_VARIANT|ASKPASS|SSL_\w+|HTTP_\w+|PROXY_SSL_\w+|ALLOW_PROTOCOL|CEILING_DIRECTORIES|DISCOVERY_ACROSS_FILESYSTEM|EXEC_PATH)$/;

/** Programs that would ask or show something, and a variable (PREFIX) that moves where git looks for its settings. */
const INTERACTIVE: ReadonlySet<string> = new Set([
  "EDITOR",
  "PAGER",
  "PREFIX",
  "SSH_ASKPASS",
  "VISUAL",
]);

/** The environment git runs in: never asks anything, and speaks English so that its answers can be told apart. */
export function gitEnvironment(env: Environment): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    const upper = name.toUpperCase();
    const isPassed = upper.startsWith("GIT_") ? PASSED_ON.test(upper) : !INTERACTIVE.has(upper);
    if (value !== undefined && isPassed) result[name] = value;
  }
  return {
    ...result,
    LC_ALL: "C",
    LANGUAGE: "C",
    GIT_TERMINAL_PROMPT: "0",
    GCM_INTERACTIVE: "never",
  };
}
