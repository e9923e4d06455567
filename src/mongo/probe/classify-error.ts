/** From what a socket, TLS or the driver throws to a failure of the connectivity test. Pure. */
import {
  MongoCompatibilityError,
  MongoMissingDependencyError,
  MongoNetworkError,
  MongoNetworkTimeoutError,
  MongoServerError,
  MongoServerSelectionError,
} from "mongodb";
import { errorMessage } from "../../base/errors.ts";
import {
  authenticationRequired,
  type ConnectivityFailure,
  connectionClosed,
  handshakeFailed,
  hostNotFound,
  mostTelling,
  noPrimary,
  notOnAccessList,
  portClosed,
  type Target,
  timedOut,
  tlsFailure,
  unreachable,
  wrongPassword,
} from "./connectivity-failure.ts";
import { serverText } from "./server-text.ts";
import { tooOldForDriver } from "./supported-version.ts";

const NOT_FOUND = new Set(["ENOTFOUND", "EAI_AGAIN", "EAI_FAIL", "EAI_NODATA", "EAI_NONAME"]);
const UNREACHABLE = new Set([
  "EACCES",
  "EADDRNOTAVAIL",
  "EHOSTDOWN",
  "EHOSTUNREACH",
  "ENETDOWN",
  "ENETUNREACH",
  "EPERM",
]);
const CLOSED = new Set(["ECONNABORTED", "ECONNRESET", "EPIPE"]);
const UNTRUSTED = new Set([
  "CERT_UNTRUSTED",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);
const CERTIFICATE_WANTED = new Set([
  "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED",
  "ERR_SSL_TLSV1_ALERT_UNKNOWN_CA",
  "ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE",
  "ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN",
]);

const UNAUTHORIZED = 13;
const AUTHENTICATION_FAILED = 18;
/** What Atlas' own proxies answer with, whatever the reason. */
const ATLAS_ERROR = 8000;
const DEEPEST = 8;

/** Never fails: what is not known becomes `handshake-failed` with the error's own words. */
export function classifyConnectError(error: unknown, target: Target): ConnectivityFailure {
  if (error instanceof MongoServerSelectionError) return classifySelection(error, target);
  const chain = causesOf(error);
  for (const cause of chain) {
    const failure = classifyOne(cause, target);
    if (failure !== null) return failure;
  }
  // Only now: a network error of the driver says less than its cause.
  if (chain.some((cause) => cause instanceof MongoNetworkError)) return connectionClosed(target);
  return handshakeFailed(target, serverText(errorMessage(error)));
}

function classifyOne(error: unknown, target: Target): ConnectivityFailure | null {
  if (error instanceof MongoCompatibilityError) return tooOldForDriver(target.host);
  if (error instanceof MongoServerError) return classifyReply(error, target);
  if (error instanceof MongoNetworkTimeoutError) return timedOut(target, "tcp");
  if (error instanceof MongoMissingDependencyError) return missingPackage(target);
  return classifySystemCode(error, target);
}

/** What the server answered to the attempt to authenticate. */
function classifyReply(error: MongoServerError, target: Target): ConnectivityFailure {
  const isAuthentication =
    error.code === AUTHENTICATION_FAILED ||
    error.codeName === "AuthenticationFailed" ||
    (error.code === ATLAS_ERROR && /auth/i.test(error.message));
  if (isAuthentication) return wrongPassword(target);
  if (error.code === UNAUTHORIZED) return authenticationRequired(target);
  return {
    ...handshakeFailed(target, serverText(error.message)),
    step: "authentication",
    code: "auth-refused",
  };
}

function missingPackage(target: Target): ConnectivityFailure {
  return {
    step: "configuration",
    code: "unsupported-mechanism",
    cause: `an option of the connection to ${target.host} needs a package that mongoferry does not bring`,
    remedy: "Use a database user with a password (SCRAM) or a client certificate (X.509)",
  };
}

/** No server was chosen in time; the driver says for each what it last saw there. */
function classifySelection(error: MongoServerSelectionError, target: Target): ConnectivityFailure {
  const servers = [...(error.reason?.servers.values() ?? [])];
  const [first, ...rest] = servers.flatMap((server) =>
    server.error === null
      ? []
      : [classifyConnectError(server.error, { ...target, host: serverText(server.address) })],
  );
  const answering = servers.filter((server) => server.error === null);
  const isAnswered = answering.some((server) => server.type !== "Unknown");
  if (isAnswered || first === undefined) {
    const failed = servers.filter((server) => server.error !== null);
    return noPrimary(answering.map(addressOf), failed.map(addressOf));
  }
  return mostTelling([first, ...rest]);
}

function addressOf(server: { readonly address: string }): string {
  return serverText(server.address);
}

/** By the code that Node gives errors of sockets, name resolution and TLS. */
function classifySystemCode(error: unknown, target: Target): ConnectivityFailure | null {
  const code = systemCode(error);
  if (NOT_FOUND.has(code)) return hostNotFound(target);
  if (code === "ECONNREFUSED") return portClosed(target);
  if (code === "ETIMEDOUT") return timedOut(target, "tcp");
  if (UNREACHABLE.has(code)) return unreachable(target, code);
  if (CLOSED.has(code)) return connectionClosed(target);
  return classifyTlsCode(error, code, target);
}

function classifyTlsCode(error: unknown, code: string, target: Target): ConnectivityFailure | null {
  const { host } = target;
  if (UNTRUSTED.has(code)) return untrustedAuthority(target);
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") {
    return tlsFailure(
      `the certificate of ${host} is for other names (${certificateNames(error)})`,
      "Connect by a name that the certificate lists, or set tls.allowInvalidHostnames: true if the network is trusted",
    );
  }
  if (code === "CERT_HAS_EXPIRED" || code === "CERT_NOT_YET_VALID") {
    return tlsFailure(
      `the certificate of ${host} ${code === "CERT_HAS_EXPIRED" ? "has expired" : "is not valid yet"}`,
      "Renew the server's certificate; where it is valid, correct the runner's clock",
    );
  }
  if (CERTIFICATE_WANTED.has(code)) {
    return tlsFailure(
      `${host} does not accept the client's certificate, or requires one`,
      "Set tls.certificateKeyFile to a PEM file with a certificate of an authority that the server trusts, and its key",
    );
  }
  if (code === "ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR" && target.provider === "atlas") {
    return notOnAccessList(target);
  }
  if (code === "EPROTO" || code.startsWith("ERR_SSL_") || code.startsWith("ERR_TLS_")) {
    return tlsFailure(
      `the TLS handshake with ${host} failed (${code})`,
      "Check that the server talks TLS 1.2 or newer on that port",
    );
  }
  return code.startsWith("CERT_") || code.includes("_CERT")
    ? tlsFailure(
        `the certificate of ${host} is not valid (${code})`,
        "Renew the server's certificate",
      )
    : null;
}

function untrustedAuthority(target: Target): ConnectivityFailure {
  const cause = `the certificate of ${target.host} is of an authority that the runner does not trust`;
  if (target.provider === "apsaradb") {
    return tlsFailure(
      cause,
      "Download the CA certificate in the ApsaraDB console (Data Security, SSL) and name the PEM file in tls.caFile",
    );
  }
  return tlsFailure(
    cause,
    target.hasCaFile
      ? "The authority in tls.caFile is another one: name the file with the authority that signed the server's certificate"
      : "Name a PEM file with the authority that signed it in tls.caFile",
  );
}

function certificateNames(error: unknown): string {
  const { cert } = error as { readonly cert?: { readonly subjectaltname?: unknown } };
  return serverText(cert?.subjectaltname ?? "none listed");
}

export function systemCode(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string"
    ? error.code
    : "";
}

/** The error, its causes, and where several addresses were tried, the error of each. Innermost last. */
function causesOf(error: unknown): unknown[] {
  const found: unknown[] = [];
  const visit = (current: unknown, depth: number): void => {
    if (depth > DEEPEST || !(current instanceof Error)) return;
    found.push(current);
    if (current instanceof AggregateError) current.errors.forEach((part) => visit(part, depth + 1));
    visit(current.cause, depth + 1);
  };
  visit(error, 0);
  return found;
}
