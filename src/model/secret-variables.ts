import type { Connection } from "./migration.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** The environment for programs that have nothing to do with connections: without the variables that hold their secrets (I9). */
export function withoutSecrets(env: Env, connections: readonly Connection[]): Env {
  const named = new Set(connections.flatMap(variablesOf));
  return Object.fromEntries(
    Object.entries(env).filter(([name, value]) => !named.has(name) && !isConnectionString(value)),
  );
}

function variablesOf({ address }: Connection): readonly string[] {
  if (address.kind === "uri") return [address.uriEnv];
  const { username, passwordEnv } = address;
  return [
    ...(username?.kind === "env" ? [username.env] : []),
    ...(passwordEnv === null ? [] : [passwordEnv]),
  ];
}

/** Also those of other migrations. */
function isConnectionString(value: string | undefined): boolean {
  return value !== undefined && /^\s*mongodb(?:\+srv)?:\/\//iu.test(value);
}
