import { dirname, resolve } from "node:path";
import type { Connection, ConnectionAddress, TlsSettings } from "../model/migration.ts";
import { DEFAULT_VALUES } from "./default-values.ts";
import type { ConnectionDocument, ConnectionSpec } from "./schema-types.ts";
import { formatPlace, type SpecDocument } from "./spec-document.ts";

const GIB = 2 ** 30;

/** Fills in a valid Connection document. Paths are resolved against the directory of its file. */
export function normalizeConnection(document: SpecDocument): Connection {
  const { metadata, spec } = document.value as ConnectionDocument;
  const { timeouts = {} } = spec;
  const connectSeconds = timeouts.connectSeconds ?? DEFAULT_VALUES.connectSeconds;
  const selectionSeconds = timeouts.serverSelectionSeconds ?? DEFAULT_VALUES.serverSelectionSeconds;
  return {
    name: metadata.name,
    place: formatPlace(document),
    provider: spec.provider,
    address: normalizeAddress(spec),
    tls: normalizeTls(spec, dirname(document.absoluteFile)),
    timeouts: { connectMs: connectSeconds * 1000, serverSelectionMs: selectionSeconds * 1000 },
    declaredStorageBytes: spec.storageGiB === undefined ? null : spec.storageGiB * GIB,
  };
}

function normalizeAddress(spec: ConnectionSpec): ConnectionAddress {
  if (spec.uri !== undefined) return { kind: "uri", uriEnv: spec.uri.env };
  const { username } = spec;
  return {
    kind: "parts",
    host: spec.host ?? "",
    isSrv: spec.srv ?? spec.provider === "atlas",
    port: spec.port ?? DEFAULT_VALUES.port,
    replicaSet: spec.replicaSet ?? null,
    authDatabase: spec.authDatabase ?? DEFAULT_VALUES.authDatabase,
    username: username === undefined ? null : normalizeUsername(username),
    passwordEnv: spec.password?.env ?? null,
  };
}

function normalizeUsername(
  username: NonNullable<ConnectionSpec["username"]>,
): { kind: "text"; text: string } | { kind: "env"; env: string } {
  return typeof username === "string"
    ? { kind: "text", text: username }
    : { kind: "env", env: username.env };
}

function normalizeTls({ tls = {}, provider }: ConnectionSpec, directory: string): TlsSettings {
  const resolvePath = (path: string | undefined): string | null =>
    path === undefined ? null : resolve(directory, path);
  return {
    // Atlas takes no connection without TLS, also where a URI forgets to ask for it.
    isEnabled: tls.enabled ?? (provider === "atlas" ? true : null),
    caFile: resolvePath(tls.caFile),
    certificateKeyFile: resolvePath(tls.certificateKeyFile),
    allowInvalidCertificates: tls.allowInvalidCertificates ?? false,
    allowInvalidHostnames: tls.allowInvalidHostnames ?? false,
  };
}
