/** Connection strings as text: taken apart, changed and put together without decoding what is passed on. */

export interface ConnectionUri {
  readonly isSrv: boolean;
  /** `user:password`, percent-encoded as given; null without a user. */
  readonly userInfo: string | null;
  /** `host:port` as given. */
  readonly hosts: readonly string[];
  /** The database, percent-encoded as given; empty without one. */
  readonly database: string;
  /** Options in their order, values percent-encoded as given. */
  readonly parameters: readonly UriParameter[];
}

export interface UriParameter {
  readonly name: string;
  readonly value: string;
}

const SHAPE =
  /^mongodb(?<srv>\+srv)?:\/\/(?:(?<userInfo>[^/?#@]*)@)?(?<hosts>[^/?#@]+)(?:\/(?<database>[^?#@/]*))?(?:\?(?<query>[^#@]*))?$/;
const HOST = /^(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.-]+)(?::\d{1,5})?$/;
const SECRET_PARAMETER = /password|token|secret|mechanismproperties/i;

/** Null for a text that is no connection string; a reserved character left unencoded in a password is the usual reason. */
export function parseConnectionUri(text: string): ConnectionUri | null {
  const parts = SHAPE.exec(text)?.groups;
  if (parts === undefined) return null;
  const isSrv = parts["srv"] !== undefined;
  const hosts = (parts["hosts"] ?? "").split(",");
  if (!hosts.every((host) => HOST.test(host))) return null;
  if (isSrv && (hosts.length !== 1 || hosts[0]?.includes(":") === true)) return null;
  return {
    isSrv,
    userInfo: parts["userInfo"] ?? null,
    hosts,
    database: parts["database"] ?? "",
    parameters: parseParameters(parts["query"] ?? ""),
  };
}

export function formatConnectionUri(uri: ConnectionUri): string {
  const scheme = uri.isSrv ? "mongodb+srv" : "mongodb";
  const user = uri.userInfo === null ? "" : `${uri.userInfo}@`;
  const query = uri.parameters.map(({ name, value }) => `${name}=${value}`).join("&");
  return `${scheme}://${user}${uri.hosts.join(",")}/${uri.database}${query === "" ? "" : `?${query}`}`;
}

/**
 * Everything in a connection string that must not be shown (I9). One that is malformed is secret as a whole; one
 * without credentials holds nothing secret.
 *
 * @param uri - What it was parsed to; null where it is malformed.
 */
export function listUriSecrets(text: string, uri: ConnectionUri | null): string[] {
  const userInfos = [/:\/\/(.*)@/s, /:\/\/([^/?#]*)@/].flatMap(
    (shape) => shape.exec(text)?.[1] ?? [],
  );
  const passwords = userInfos.flatMap((userInfo) => {
    const colon = userInfo.indexOf(":");
    return colon < 0 ? [] : [userInfo.slice(colon + 1)];
  });
  const query = text.slice(text.indexOf("?") + 1);
  const values = parseParameters(query)
    .filter(({ name }) => SECRET_PARAMETER.test(name))
    .flatMap(({ value }) => [value, ...secretProperties(decode(value))]);
  const encoded = [...userInfos.filter((info) => info.includes(":")), ...passwords, ...values];
  const secrets = [...encoded, ...encoded.map(decode)].filter((secret) => secret !== "");
  return [...new Set(uri !== null && secrets.length === 0 ? [] : [text, ...secrets])];
}

function parseParameters(query: string): UriParameter[] {
  return query
    .split("&")
    .filter((pair) => pair !== "")
    .map((pair) => {
      const equals = pair.indexOf("=");
      return equals < 0
        ? { name: pair, value: "" }
        : { name: pair.slice(0, equals), value: pair.slice(equals + 1) };
    });
}

/** Of `KEY:value,KEY:value`, the values whose key says that they are secret. */
function secretProperties(properties: string): string[] {
  return properties.split(",").flatMap((property) => {
    const [key = "", ...rest] = property.split(":");
    return /password|token|secret/i.test(key) ? [rest.join(":")] : [];
  });
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
