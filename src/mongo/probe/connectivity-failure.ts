/** Failures of the connectivity test (R8): what each means and what to do, in one place. Pure. */
import type { ConnectivityResult, ConnectivityStep } from "../../model/facts.ts";
import type { Connection } from "../../model/migration.ts";

/** What makes a failure: the same fields as in the facts, without the verdict. */
export type ConnectivityFailure = Omit<
  Extract<ConnectivityResult, { isPassed: false }>,
  "isPassed"
>;

/** What is known about an attempt, for cause and remedy. Nothing in it is secret. */
export interface Target {
  /** `host:port`, or the hosts of the connection. */
  readonly host: string;
  readonly provider: Connection["provider"];
  readonly hasTls: boolean;
  readonly hasCaFile: boolean;
  readonly authDatabase: string;
  /** `the user in ATLAS_URI`, or the name where the spec gives it. */
  readonly user: string;
  readonly connectMs: number;
}

/** The steps in the order in which they are taken. */
const STEPS: readonly ConnectivityStep[] = [
  "configuration",
  "name-resolution",
  "tcp",
  "tls",
  "handshake",
  "authentication",
  "topology",
  "primary",
  "version",
  "authorization",
];

/**
 * Of failures on several hosts, the one that says most: the one that got farthest. The first, where several did.
 * Its cause says how many others failed, and why.
 */
export function mostTelling(
  failures: readonly [ConnectivityFailure, ...ConnectivityFailure[]],
): ConnectivityFailure {
  const [first, ...rest] = failures.toSorted((a, b) => stepIndex(b) - stepIndex(a));
  if (first === undefined || rest.length === 0) return failures[0];
  const others = [...new Set(rest.map(({ code }) => code))].join(", ");
  return {
    ...first,
    cause: `${first.cause} (${rest.length} more ${rest.length === 1 ? "host" : "hosts"} failed: ${others})`,
  };
}

function stepIndex({ step }: ConnectivityFailure): number {
  return STEPS.indexOf(step);
}

export function hostNotFound(target: Target): ConnectivityFailure {
  return {
    step: "name-resolution",
    code: "host-not-found",
    cause: `the name of ${target.host} cannot be resolved to an address`,
    remedy: {
      atlas:
        "Check the spelling; compare with Connect in Atlas. A deleted or paused cluster has no address",
      apsaradb:
        "Check the spelling; compare with Database Connections in the ApsaraDB console. Private endpoints resolve inside their VPC only: from outside, apply for a public endpoint",
      mongodb: "Check the spelling of the host, and that the runner's DNS knows it",
    }[target.provider],
  };
}

export function srvNotFound(srvName: string, isAnswered: boolean): ConnectivityFailure {
  return {
    step: "name-resolution",
    code: "host-not-found",
    cause: isAnswered
      ? `there is no SRV record ${srvName}`
      : `the runner's DNS server did not answer the query for the SRV record ${srvName}`,
    remedy: isAnswered
      ? "Check the spelling. Where the host is the endpoint of one server rather than an SRV name, write srv: false (or mongodb:// instead of mongodb+srv:// in a connection string)"
      : "Let the runner's DNS server resolve SRV records, or use the mongodb:// form of the connection string, which lists all hosts",
  };
}

export function portClosed(target: Target): ConnectivityFailure {
  return {
    step: "tcp",
    code: "port-closed",
    cause: `${target.host} refuses connections: nothing listens on that port`,
    remedy: {
      atlas: "Check host and port (Atlas: 27017), and that the cluster is not paused",
      apsaradb: "Check host and port (ApsaraDB: usually 3717), and that the instance is running",
      mongodb:
        "Check host and port, that mongod is running, and that its net.bindIp includes the address you connect to",
    }[target.provider],
  };
}

export function timedOut(target: Target, step: "tcp" | "tls" | "handshake"): ConnectivityFailure {
  const seconds = target.connectMs / 1000;
  if (step === "tcp") {
    return {
      step,
      code: "timeout",
      cause: `${target.host} did not answer within ${seconds} s, as if a firewall dropped the packets`,
      remedy: openAccess(target.provider),
    };
  }
  return {
    step,
    code: "timeout",
    cause: `${target.host} accepted the connection but did not answer the ${step === "tls" ? "TLS" : "MongoDB"} handshake within ${seconds} s`,
    remedy: `Check that a MongoDB server listens on that port and is not overloaded, and whether it expects TLS. ${openAccess(target.provider)}`,
  };
}

export function unreachable(target: Target, systemCode: string): ConnectivityFailure {
  return {
    step: "tcp",
    code: "unreachable",
    cause: `there is no route from the runner to ${target.host} (${systemCode})`,
    remedy: `Check the runner's network, VPC peering and firewall. ${openAccess(target.provider)}`,
  };
}

export function connectionClosed(target: Target): ConnectivityFailure {
  return {
    step: "handshake",
    code: "connection-closed",
    cause: `${target.host} closed the connection during the handshake`,
    remedy: `Check that a MongoDB server listens on that port, and that the number of its connections is below its limit. ${openAccess(target.provider)}`,
  };
}

export function notMongodb(target: Target): ConnectivityFailure {
  return {
    step: "handshake",
    code: "not-mongodb",
    cause: `what listens on ${target.host} does not answer as a MongoDB server`,
    remedy: "Check host and port",
  };
}

export function handshakeFailed(target: Target, detail: string): ConnectivityFailure {
  return {
    step: "handshake",
    code: "handshake-failed",
    cause: `${target.host} did not accept the connection: ${detail}`,
    remedy: "Check the connection's address and options against those of the deployment",
  };
}

export function tlsFailure(cause: string, remedy: string): ConnectivityFailure {
  return { step: "tls", code: "tls-failure", cause, remedy };
}

export function tlsExpected(target: Target): ConnectivityFailure {
  return tlsFailure(
    `${target.host} talks TLS only, and the connection does not use it`,
    "Set tls.enabled: true (or tls=true in the connection string), and tls.caFile where the server's certificate is not of a public authority",
  );
}

export function tlsNotSpoken(target: Target): ConnectivityFailure {
  return tlsFailure(
    `the connection uses TLS, and ${target.host} does not`,
    target.provider === "apsaradb"
      ? "Switch on SSL for the instance in the ApsaraDB console (Data Security, SSL), or set tls.enabled: false on a private network"
      : "Switch on TLS at the server, or set tls.enabled: false on a private network",
  );
}

/** Atlas ends the TLS handshake with this alert for addresses that are not on the list. */
export function notOnAccessList(target: Target): ConnectivityFailure {
  return {
    step: "tls",
    code: "not-on-access-list",
    cause: `${target.host} ended the TLS handshake with an internal error, which is how Atlas turns away addresses that are not on the project's access list`,
    remedy: openAccess(target.provider),
  };
}

export function wrongPassword(target: Target): ConnectivityFailure {
  const { authDatabase, provider, user } = target;
  const where = `${user} was looked up in the authentication database ${authDatabase}`;
  const isRootElsewhere = provider === "apsaradb" && authDatabase !== "admin";
  return {
    step: "authentication",
    code: "wrong-password",
    cause: `${target.host} does not accept user and password; ${where}`,
    remedy: {
      atlas:
        "Use a database user (Database Access), not the login of the Atlas website. Atlas keeps all users in admin, and takes a minute to apply a new password",
      apsaradb: isRootElsewhere
        ? "Set authDatabase: admin (authSource=admin in a connection string): ApsaraDB's root user is there"
        : "Check the password, which the ApsaraDB console can reset; the user root is in admin, other users where they were created",
      mongodb:
        "Check user and password, and that authDatabase (authSource in a connection string) is the database in which the user was created, usually admin",
    }[provider],
  };
}

export function authenticationRequired(target: Target): ConnectivityFailure {
  return {
    step: "authentication",
    code: "auth-required",
    cause: `${target.host} requires authentication, and the connection has no user`,
    remedy:
      "Give username and password: {env: NAME} in the Connection, or a user in the connection string",
  };
}

export function notAReplicaSet(host: string): ConnectivityFailure {
  return {
    step: "topology",
    code: "not-a-replica-set",
    cause: `${host} is a standalone server, which keeps no history to read consistently from`,
    remedy:
      "Restart it as a replica set of one member: mongod --replSet NAME, then rs.initiate() in mongosh",
  };
}

export function wrongReplicaSet(host: string, found: string, wanted: string): ConnectivityFailure {
  return {
    step: "topology",
    code: "wrong-replica-set",
    cause: `${host} belongs to the replica set ${found}, not to ${wanted}`,
    remedy: `Set replicaSet to ${found}, or leave it out; if another deployment was meant, correct the host`,
  };
}

/** The driver would take whichever answers first. */
export function severalReplicaSets(
  hosts: readonly string[],
  names: readonly string[],
): ConnectivityFailure {
  return {
    step: "topology",
    code: "wrong-replica-set",
    cause: `the hosts ${hosts.join(", ")} belong to different replica sets: ${names.join(", ")}`,
    remedy:
      "Remove the hosts of the other deployment, or set replicaSet to the name of the right one",
  };
}

export function notInitiated(host: string): ConnectivityFailure {
  return {
    step: "primary",
    code: "no-primary",
    cause: `${host} was started as a member of a replica set that was never initiated, or is still starting`,
    remedy: "Run rs.initiate() in mongosh on one member, then wait until it is primary",
  };
}

export function noPrimary(
  reachable: readonly string[],
  failed: readonly string[],
): ConnectivityFailure {
  const others = failed.length === 0 ? "" : `; not reachable: ${failed.join(", ")}`;
  return {
    step: "primary",
    code: "no-primary",
    cause: `none of the members that answer is primary (${reachable.join(", ")}${others})`,
    remedy:
      "A set elects a primary while a majority of its members is up: start the missing ones, see rs.status(); during an election, try again in a few seconds",
  };
}

export function directToSecondary(host: string): ConnectivityFailure {
  return {
    step: "primary",
    code: "no-primary",
    cause: `the connection goes directly to ${host}, which is not the primary`,
    remedy: "Remove directConnection=true, so that the primary is found, or name the primary",
  };
}

/** The host given answers, but the driver uses the names by which the set knows its members. */
export function membersUnreachable(
  names: readonly string[],
  reason: ConnectivityFailure,
): ConnectivityFailure {
  return {
    step: reason.step,
    code: "members-unreachable",
    cause: `the host given answers, but the set says that its members are ${names.join(", ")}, and of these the primary cannot be reached from here: ${reason.cause}`,
    remedy:
      "Let the runner resolve and reach these names (DNS, VPC, access list), or connect to the primary alone with directConnection=true in a connection string, which does not survive an election",
  };
}

export function serverTooOld(host: string, found: string, oldest: string): ConnectivityFailure {
  return {
    step: "version",
    code: "server-too-old",
    cause: `${host} runs MongoDB ${found}; mongoferry needs ${oldest} or newer`,
    remedy: `Upgrade the deployment to MongoDB ${oldest} or newer first`,
  };
}

export function invalidFile(what: string, detail: string): ConnectivityFailure {
  return {
    step: "configuration",
    code: "invalid-file",
    cause: `${what} cannot be used: ${detail}`,
    remedy:
      "Check the path, which is relative to the file with the Connection, that the runner may read it, and that it is PEM",
  };
}

function openAccess(provider: Connection["provider"]): string {
  return {
    atlas:
      "In Atlas, under Network Access, add the runner's egress address to the project's IP access list",
    apsaradb:
      "In the ApsaraDB console, under Whitelist Settings, add the runner's egress address to the instance's IP whitelist; from outside the VPC, use the public endpoint",
    mongodb:
      "Let the runner's egress address through the firewalls and security groups in front of the server",
  }[provider];
}
