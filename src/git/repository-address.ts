import { UserError } from "../base/errors.ts";
import { safeText } from "../base/safe-text.ts";
import { hideUrlCredentials } from "./hide-url-credentials.ts";

/** Where a repository is cloned from. Holds no secret. */
export interface RepositoryAddress {
  readonly url: string;
  readonly transport: "http" | "ssh" | "local";
  /** Scheme, host and port, as in `https://github.com`; null unless `http`. */
  readonly origin: string | null;
  /** `OWNER/NAME` at github.com; null elsewhere. */
  readonly githubRepository: string | null;
}

/** `una@example.com:path`; one letter before the colon is a drive. */
const SCP_LIKE = /^(?:\w[\w.-]*@)?(?<host>\w[\w.-]+):(?<path>(?!\/\/)[^:\\][^:]*)$/u;
const LOOPBACK: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** @throws UserError for what is no address of a repository, holds a password, or would send one for all to read. */
export function parseRepositoryAddress(text: string): RepositoryAddress {
  const scpLike = SCP_LIKE.exec(text)?.groups;
  if (scpLike !== undefined) {
    const { host = "", path = "" } = scpLike;
    return { ...plain(text, "ssh"), githubRepository: atGitHub(host, path) };
  }
  if (text.startsWith("/")) return plain(text, "local");
  const url = URL.canParse(text) ? new URL(text) : null;
  switch (url?.protocol) {
    case "file:":
      return plain(text, "local");
    case "ssh:":
      if (url.password !== "" || url.hostname === "") break;
      return { ...plain(text, "ssh"), githubRepository: atGitHub(url.hostname, url.pathname) };
    case "http:":
    case "https:":
      if (url.username !== "" || url.password !== "") throw holdsCredentials(text);
      return {
        ...plain(text, "http"),
        origin: url.origin,
        githubRepository: atGitHub(url.host, url.pathname),
      };
    default:
  }
  throw noAddress(text);
}

/** Whether whoever listens on the way could read what is sent. */
export function isReadableOnTheWay({ origin }: RepositoryAddress): boolean {
  if (origin === null) return false;
  const { protocol, hostname } = new URL(origin);
  return protocol === "http:" && !LOOPBACK.has(hostname);
}

function plain(url: string, transport: RepositoryAddress["transport"]): RepositoryAddress {
  return { url, transport, origin: null, githubRepository: null };
}

function atGitHub(host: string, path: string): string | null {
  if (host.toLowerCase() !== "github.com") return null;
  return /^\/?([\w.-]+\/[\w.-]+?)(?:\.git)?\/?$/u.exec(path)?.[1] ?? null;
}

function holdsCredentials(text: string): UserError {
  return new UserError({
    code: "credentials-in-address",
    place: safeText(hideUrlCredentials(text)),
    problem:
      "the repository's address holds a user name or password, which others on this machine can read",
    remedy:
      "Leave them out, put the token into MONGOFERRY_GIT_TOKEN, and make this one invalid where it was a secret",
  });
}

function noAddress(text: string): UserError {
  return new UserError({
    code: "no-repository-address",
    place: safeText(hideUrlCredentials(text)),
    problem: "this is no address of a git repository",
    remedy: "Write https://HOST/PATH, ssh://USER@HOST/PATH, USER@HOST:PATH, or an absolute path",
  });
}
