/**
 * How git gets at a repository: with a token or with a key. A token is in the environment of processes and nowhere else (I9): git is
 * told of a helper that reads it there, and asks that one for the repository's own host only.
 */
import { UserError } from "../base/errors.ts";
import type { Environment } from "./git-environment.ts";
import { isReadableOnTheWay, type RepositoryAddress } from "./repository-address.ts";

export interface AccessOptions {
  readonly address: RepositoryAddress;
  readonly env: Environment;
  /** File with a private key; null: what ssh takes by itself. */
  readonly sshKey: string | null;
  /** File with the keys of hosts; null: what ssh takes by itself. */
  readonly knownHosts: string | null;
}

export interface RemoteAccess {
  /** Everything there was, and what git needs beside it. */
  readonly env: Environment;
  /** To be hidden wherever it might appear; null: none is used. */
  readonly token: string | null;
}

/** Variables that git's helper reads; ones of our own, so that it is the same whatever the token was found in. */
const TOKEN = "MONGOFERRY_GIT_TOKEN";
const USER = "MONGOFERRY_GIT_USERNAME";
/** GitHub takes any name beside a token, GitLab and Gitea too. */
const ANY_USER = "x-access-token";

/** Git hands what it wants to be done as the last argument; it stores and erases nothing here. */
const HELPER = `!f() { test "$1" = get && printf 'username=%s\\npassword=%s\\n' "$${USER}" "$${TOKEN}"; }; f`;

/** @throws UserError where a token would be sent unencrypted. */
export function accessRemote(options: AccessOptions): RemoteAccess {
  const { address, env } = options;
  if (address.transport === "ssh") return { env: withSsh(options), token: null };
  const token = findToken(address, env);
  if (token === null || address.origin === null) return { env, token: null };
  if (isReadableOnTheWay(address)) throw readableOnTheWay(address);
  const helper = `credential.${address.origin}.helper`;
  const user = env[USER] ?? "";
  return {
    env: {
      // The empty one comes first: helpers of the user's own configuration would store the token.
      ...withGitConfig(env, [
        [helper, ""],
        [helper, HELPER],
      ]),
      [TOKEN]: token,
      [USER]: user === "" ? ANY_USER : user,
    },
    token,
  };
}

/** GitHub's own token goes to GitHub only. */
function findToken({ origin }: RepositoryAddress, env: Environment): string | null {
  if (origin === null) return null;
  const own = env[TOKEN];
  if (own) return own;
  const github = env["GITHUB_SERVER_URL"] ?? "https://github.com";
  if (!URL.canParse(github) || new URL(github).origin !== origin) return null;
  return (env["GITHUB_TOKEN"] || env["GH_TOKEN"]) ?? null;
}

/** Adds settings behind those that the environment holds already. */
function withGitConfig(
  env: Environment,
  settings: readonly (readonly [key: string, value: string])[],
): Environment {
  const before = Number.parseInt(env["GIT_CONFIG_COUNT"] ?? "0", 10) || 0;
  const added = settings.flatMap(([key, value], position) => [
    [`GIT_CONFIG_KEY_${before + position}`, key],
    [`GIT_CONFIG_VALUE_${before + position}`, value],
  ]);
  return {
    ...env,
    GIT_CONFIG_COUNT: String(before + settings.length),
    ...Object.fromEntries(added),
  };
}

function withSsh({ env, sshKey, knownHosts }: AccessOptions): Environment {
  if (sshKey === null && knownHosts === null) return env;
  const options = ["BatchMode=yes", "StrictHostKeyChecking=yes"];
  if (sshKey !== null) options.push("IdentitiesOnly=yes");
  // Quoted for ssh itself, which takes several files there.
  if (knownHosts !== null) options.push(`UserKnownHostsFile="${knownHosts}"`);
  const words = [
    "ssh",
    ...(sshKey === null ? [] : ["-i", sshKey]),
    ...options.flatMap((option) => ["-o", option]),
  ];
  return { ...env, GIT_SSH_COMMAND: words.map(quoteForShell).join(" ") };
}

function quoteForShell(word: string): string {
  return /^[\w./=@-]+$/u.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

function readableOnTheWay({ url }: RepositoryAddress): UserError {
  return new UserError({
    code: "token-unencrypted",
    place: url,
    problem: "a token would be sent unencrypted to this address",
    remedy:
      "Use https://, or unset the token where the repository is for everybody to read and write",
  });
}
