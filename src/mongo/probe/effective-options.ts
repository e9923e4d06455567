/** What the driver makes of a connection: where URI, options and defaults leave it. */
import { readFile } from "node:fs/promises";
import { createSecureContext } from "node:tls";
import { MongoClient } from "mongodb";
import { errorMessage } from "../../base/errors.ts";
import type { ResolvedConnection } from "../resolve-connection.ts";
import { displayHost } from "../resolve-connection.ts";
import { type ConnectivityFailure, invalidFile, type Target } from "./connectivity-failure.ts";
import { systemCode } from "./classify-error.ts";

/** For `tls.connect`; files are read already. */
export interface TlsParameters {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
  readonly passphrase?: string;
  readonly rejectUnauthorized: boolean;
  readonly checkServerIdentity?: () => undefined;
}

export interface EffectiveOptions {
  /** `host:port`; empty for an SRV name. */
  readonly hosts: readonly string[];
  /** Such as `_mongodb._tcp.cluster0.example.net`; null without SRV. */
  readonly srvRecord: string | null;
  readonly hasCredentials: boolean;
  readonly authDatabase: string;
  readonly replicaSet: string | null;
  readonly isDirect: boolean;
  readonly hasTls: boolean;
  readonly caFile: string | null;
  readonly certificateKeyFile: string | null;
  readonly passphrase: string | null;
  readonly allowsInvalidCertificates: boolean;
  readonly allowsInvalidHostnames: boolean;
}

export function effectiveOptions(resolved: ResolvedConnection): EffectiveOptions {
  // Nothing is opened before connect(), so there is nothing to close.
  const { options } = new MongoClient(resolved.uri, resolved.options);
  return {
    hosts: options.hosts.map((host) => host.toString()),
    srvRecord:
      options.srvHost === undefined ? null : `_${options.srvServiceName}._tcp.${options.srvHost}`,
    hasCredentials: options.credentials !== undefined,
    authDatabase: options.credentials?.source ?? "admin",
    replicaSet: options.replicaSet ?? null,
    isDirect: options.directConnection === true,
    hasTls: options.tls === true,
    caFile: options.tlsCAFile ?? null,
    certificateKeyFile: options.tlsCertificateKeyFile ?? null,
    passphrase: options.passphrase ?? null,
    allowsInvalidCertificates: options.rejectUnauthorized === false,
    allowsInvalidHostnames: options.checkServerIdentity !== undefined,
  };
}

export function describeTarget(resolved: ResolvedConnection, options: EffectiveOptions): Target {
  return {
    host: displayHost(resolved),
    provider: resolved.provider,
    hasTls: options.hasTls,
    hasCaFile: options.caFile !== null,
    authDatabase: options.authDatabase,
    user: resolved.userOrigin,
    connectMs: resolved.timeouts.connectMs,
  };
}

/** Null without TLS. */
export async function loadTlsParameters(
  options: EffectiveOptions,
): Promise<TlsParameters | ConnectivityFailure | null> {
  if (!options.hasTls) return null;
  const { caFile, certificateKeyFile, passphrase } = options;
  const ca = caFile === null ? null : await readPem("the CA file", caFile);
  const pair =
    certificateKeyFile === null
      ? null
      : await readPem("the certificate and key file", certificateKeyFile);
  if (ca !== null && "code" in ca) return ca;
  if (pair !== null && "code" in pair) return pair;
  const parameters: TlsParameters = {
    ...(ca !== null && { ca }),
    ...(pair !== null && { cert: pair, key: pair }),
    ...(passphrase !== null && { passphrase }),
    rejectUnauthorized: !options.allowsInvalidCertificates,
    ...(options.allowsInvalidHostnames && { checkServerIdentity: () => undefined }),
  };
  return checkParameters(parameters);
}

async function readPem(what: string, path: string): Promise<Buffer | ConnectivityFailure> {
  try {
    const content = await readFile(path);
    // OpenSSL takes any text for a list of no certificates, and then trusts nobody.
    if (content.includes("-----BEGIN ")) return content;
    return invalidFile(`${what} ${path}`, "it is not PEM");
  } catch (error) {
    const reason = systemCode(error) === "ENOENT" ? "there is no such file" : systemCode(error);
    return invalidFile(`${what} ${path}`, reason);
  }
}

function checkParameters(parameters: TlsParameters): TlsParameters | ConnectivityFailure {
  try {
    createSecureContext(parameters);
    return parameters;
  } catch (error) {
    return invalidFile("a TLS file of the connection", systemCode(error) || errorMessage(error));
  }
}
