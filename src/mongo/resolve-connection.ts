/** From a Connection and the environment to what the driver needs. The one place where secrets of connections are read. */
import { MongoClient, type MongoClientOptions, MongoError } from "mongodb";
import { UserError } from "../base/errors.ts";
import type { Redactor } from "../base/redact.ts";
import type {
  Connection,
  ConnectionAddress,
  SecretOrText,
  TlsSettings,
} from "../model/migration.ts";
import {
  type ConnectionUri,
  formatConnectionUri,
  listUriSecrets,
  parseConnectionUri,
  type UriParameter,
} from "./connection-uri.ts";
import { withInstalledPackages } from "./optional-packages.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** A connection with its secrets. What holds them is not enumerable, so that neither JSON nor a log shows it (I9). */
export interface ResolvedConnection {
  /** `metadata.name` of the Connection. */
  readonly name: string;
  readonly place: string;
  readonly provider: Connection["provider"];
  readonly timeouts: Connection["timeouts"];
  /** Hosts as given, without user and options. */
  readonly hosts: readonly string[];
  readonly isSrv: boolean;
  /** The user where the spec itself names it, so that it may be shown; otherwise null. */
  readonly shownUser: string | null;
  /** Where the user comes from, for messages: `the user in ATLAS_URI`. */
  readonly userOrigin: string;
  readonly redact: (text: string) => string;
  /** Secret. */
  readonly uri: string;
  /** Secret. */
  readonly options: MongoClientOptions;
}

/** Options of a URI that would weaken what the data path relies on, or that the spec or this program decides. */
const DECIDED_HERE = new Set([
  "appname",
  "connecttimeoutms",
  "journal",
  "maxstalenessseconds",
  "readconcernlevel",
  "readpreference",
  "readpreferencetags",
  "retryreads",
  "retrywrites",
  "serverselectiontimeoutms",
  "sockettimeoutms",
  "timeoutms",
  "w",
  "wtimeoutms",
]);

/** Options of a URI that need what this program does not have, or a deployment that it cannot read exactly. */
const UNSUPPORTED = new Set([
  "loadbalanced",
  "proxyhost",
  "proxypassword",
  "proxyport",
  "proxyusername",
]);

/**
 * Reads the connection's secrets from the environment and registers each with the redactor before anything else is
 * done with it.
 *
 * @throws UserError `missing-environment-variable`, `invalid-connection-string`, `unsupported-uri-option`,
 * `invalid-connection-options`, `missing-package` or `tls-files-without-tls`, none of which repeats what the variable holds; `missing-package` names an option and its value.
 */
export function resolveConnection(
  connection: Connection,
  env: Environment,
  redactor: Redactor,
): ResolvedConnection {
  const { address } = connection;
  const { uri, credentials } =
    address.kind === "uri"
      ? { uri: readUri(connection, address.uriEnv, env, redactor), credentials: {} }
      : {
          uri: uriOfParts(address),
          credentials: readCredentials(connection, address, env, redactor),
        };
  const tls: TlsSettings = {
    ...connection.tls,
    isEnabled: connection.tls.isEnabled ?? (connection.provider === "atlas" ? true : null),
  };
  const options: MongoClientOptions = {
    appName: "mongoferry",
    connectTimeoutMS: connection.timeouts.connectMs,
    serverSelectionTimeoutMS: connection.timeouts.serverSelectionMs,
    // The driver would let commands wait for a free connection for ever.
    waitQueueTimeoutMS: WAIT_QUEUE_MS,
    readPreference: "primary",
    retryReads: true,
    retryWrites: true,
    // A `w=1` from a URI would let an election lose writes that a checkpoint covers (I2).
    writeConcern: { w: "majority" },
    ...tlsOptions(tls),
    ...credentials,
  };
  const kept = keepParameters(uri.parameters, tls);
  const parameters = withInstalledPackages(connection, kept, env);
  const text = formatConnectionUri({ ...uri, parameters });
  const { hasTls } = checkWithDriver(connection, text, options);
  if (!hasTls) refuseUnusedFiles(connection);
  return describe(connection, uri, text, options, redactor);
}

/**
 * Registers the secrets of a connection that is not going to be used, as far as they are there: something else may have been
 * called after them.
 */
export function registerSecrets(
  { address }: Connection,
  env: Environment,
  redactor: Redactor,
): void {
  if (address.kind === "parts") {
    redactor.add(address.passwordEnv === null ? "" : valueOf(env[address.passwordEnv]));
    return;
  }
  const text = valueOf(env[address.uriEnv]).trim();
  for (const secret of listUriSecrets(text, parseConnectionUri(text))) redactor.add(secret);
}

/** Hosts of the connection, without anything secret, for messages. */
export function displayHost(resolved: ResolvedConnection): string {
  return resolved.hosts.join(",");
}

function describe(
  connection: Connection,
  uri: ConnectionUri,
  text: string,
  options: MongoClientOptions,
  redactor: Redactor,
): ResolvedConnection {
  const { name, place, provider, timeouts, address } = connection;
  const resolved = {
    name,
    place,
    provider,
    timeouts,
    hosts: uri.hosts,
    isSrv: uri.isSrv,
    shownUser: shownUser(address),
    userOrigin: userOrigin(address),
    redact: (message: string) => redactor.redact(message),
  };
  const secret = { enumerable: false, writable: false, configurable: false };
  return Object.defineProperties(resolved, {
    uri: { value: text, ...secret },
    options: { value: options, ...secret },
  }) as ResolvedConnection;
}

function shownUser(address: ConnectionAddress): string | null {
  return address.kind === "parts" && address.username?.kind === "text"
    ? address.username.text
    : null;
}

function userOrigin(address: ConnectionAddress): string {
  if (address.kind === "uri") return `the user in ${address.uriEnv}`;
  const { username } = address;
  if (username === null) return "no user";
  return username.kind === "env" ? `the user in ${username.env}` : username.text;
}

function readUri(
  connection: Connection,
  variable: string,
  env: Environment,
  redactor: Redactor,
): ConnectionUri {
  const text = readVariable(connection, variable, env).trim();
  const uri = parseConnectionUri(text);
  for (const secret of listUriSecrets(text, uri)) redactor.add(secret);
  if (uri === null) {
    throw new UserError({
      code: "invalid-connection-string",
      place: connection.place,
      problem: `what ${variable} holds is not a connection string`,
      remedy:
        "It has to look like mongodb://USER:PASSWORD@HOST:PORT/?OPTIONS or mongodb+srv://USER:PASSWORD@HOST/; percent-encode the characters : / ? # [ ] @ % in user and password",
    });
  }
  const unsupported = uri.parameters.find(({ name }) => UNSUPPORTED.has(name.toLowerCase()));
  if (unsupported === undefined) return uri;
  throw new UserError({
    code: "unsupported-uri-option",
    place: connection.place,
    problem: `the connection string in ${variable} has the option ${unsupported.name}, which mongoferry does not support`,
    remedy: "Remove the option; proxies and load-balanced deployments cannot be migrated through",
  });
}

function uriOfParts(address: Extract<ConnectionAddress, { kind: "parts" }>): ConnectionUri {
  const { host, isSrv, port, replicaSet } = address;
  return {
    isSrv,
    userInfo: null,
    hosts: [isSrv ? host : `${host}:${port}`],
    database: "",
    parameters:
      replicaSet === null ? [] : [{ name: "replicaSet", value: encodeURIComponent(replicaSet) }],
  };
}

function readCredentials(
  connection: Connection,
  address: Extract<ConnectionAddress, { kind: "parts" }>,
  env: Environment,
  redactor: Redactor,
): MongoClientOptions {
  const { username, passwordEnv, authDatabase } = address;
  if (username === null || passwordEnv === null) return {};
  const password = readVariable(connection, passwordEnv, env);
  redactor.add(password);
  return {
    auth: { username: readUsername(connection, username, env), password },
    authSource: authDatabase,
  };
}

/** Not hidden by the redactor: with a user called `admin` or `root` it would make every message unreadable. */
function readUsername(connection: Connection, username: SecretOrText, env: Environment): string {
  return username.kind === "text" ? username.text : readVariable(connection, username.env, env);
}

/** A line break at the end comes from how the variable was set (`echo`, a file), never from the secret. */
function valueOf(given = ""): string {
  return given.replace(/(\r?\n)+$/, "");
}

function readVariable(connection: Connection, variable: string, env: Environment): string {
  const value = valueOf(env[variable]);
  if (value === "") {
    throw new UserError({
      code: "missing-environment-variable",
      place: connection.place,
      problem: `connection ${connection.name} takes what it needs from the environment variable ${variable}, which is ${env[variable] === undefined ? "not set" : "empty"}`,
      remedy: `Set ${variable} for the process that runs mongoferry; in GitHub Actions, add it as a secret and pass it under env:`,
    });
  }
  return value;
}

function tlsOptions(tls: TlsSettings): MongoClientOptions {
  return {
    ...(tls.isEnabled !== null && { tls: tls.isEnabled }),
    ...(tls.caFile !== null && { tlsCAFile: tls.caFile }),
    ...(tls.certificateKeyFile !== null && { tlsCertificateKeyFile: tls.certificateKeyFile }),
    ...(tls.allowInvalidCertificates && { tlsAllowInvalidCertificates: true }),
    ...(tls.allowInvalidHostnames && { tlsAllowInvalidHostnames: true }),
  };
}

const WAIT_QUEUE_MS = 60_000;

/** Leaves out what is decided elsewhere: the driver refuses options that contradict each other. */
function keepParameters(parameters: readonly UriParameter[], tls: TlsSettings): UriParameter[] {
  const decided = new Set([
    ...DECIDED_HERE,
    ...(tls.isEnabled === null ? [] : ["tls", "ssl"]),
    ...(tls.caFile === null ? [] : ["tlscafile"]),
    ...(tls.certificateKeyFile === null ? [] : ["tlscertificatekeyfile"]),
    ...(tls.allowInvalidCertificates || tls.allowInvalidHostnames
      ? ["tlsinsecure", "tlsallowinvalidcertificates", "tlsallowinvalidhostnames"]
      : []),
  ]);
  return parameters.filter(({ name }) => !decided.has(name.toLowerCase()));
}

/** The driver checks all options when a client is made, which opens nothing yet. */
function checkWithDriver(
  connection: Connection,
  uri: string,
  options: MongoClientOptions,
): { readonly hasTls: boolean } {
  try {
    return { hasTls: new MongoClient(uri, options).options.tls === true };
  } catch (error) {
    throw new UserError({
      code: "invalid-connection-options",
      place: connection.place,
      problem: `the driver refuses the address or options of connection ${connection.name}${nameOptions(error)}`,
      remedy:
        "Compare the options of the connection string with https://www.mongodb.com/docs/manual/reference/connection-string-options/",
    });
  }
}

/** The driver would leave the files unread and send everything in the clear, which whoever names them does not expect. */
function refuseUnusedFiles({ place, name, tls }: Connection): void {
  const isNamed = tls.caFile !== null || tls.certificateKeyFile !== null;
  if (!isNamed || tls.isEnabled !== null) return;
  throw new UserError({
    code: "tls-files-without-tls",
    place,
    problem: `connection ${name} names files for TLS, but TLS is not on`,
    remedy:
      "Set tls.enabled: true; or, where the network is trusted and TLS is not wanted, tls.enabled: false",
  });
}

/** Of the driver's message only the names of options, since the rest may quote the connection string. */
function nameOptions(error: unknown): string {
  if (!(error instanceof MongoError)) return "";
  const names = /^options? ([A-Za-z, ]{1,80}) (?:is|are) not supported$/.exec(error.message)?.[1];
  return names === undefined ? "" : ` (unknown: ${names})`;
}
