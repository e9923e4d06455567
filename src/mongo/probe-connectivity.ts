/**
 * The connectivity test (R8): connects as far as it gets and says at which step it failed, why, and what to do.
 * Changes nothing at the server. Closes all it opens. Never throws, but for an abort.
 */
import type { MongoClient } from "mongodb";
import type { DeploymentFacts, ServerFacts } from "../model/facts.ts";
import { closeQuietly, tryConnect } from "./connect.ts";
import { checkRights } from "./probe/check-rights.ts";
import { classifyConnectError } from "./probe/classify-error.ts";
import { type ConnectivityFailure, type Target, timedOut } from "./probe/connectivity-failure.ts";
import {
  describeTarget,
  type EffectiveOptions,
  effectiveOptions,
  loadTlsParameters,
  type TlsParameters,
} from "./probe/effective-options.ts";
import { type Judgement, judgeMembers, unprobedMembers } from "./probe/judge-members.ts";
import { listHosts } from "./probe/list-hosts.ts";
import { probeHost } from "./probe/probe-host.ts";
import { type EndRole, requiredRights } from "./probe/privileges.ts";
import { readNetwork } from "./facts/read-network.ts";
import { raceAbort } from "./race-abort.ts";
import type { ResolvedConnection } from "./resolve-connection.ts";
import { readServerFacts } from "./server-facts.ts";

export interface ProbeRequest {
  readonly role: EndRole;
  /** Databases that are read (source) or written (destination). */
  readonly databases: readonly string[];
  readonly metadataDatabase: string;
  /** Whether databases are also selected by pattern, which takes a list of all. */
  readonly needsDatabaseList: boolean;
  readonly signal: AbortSignal;
}

type Findings = { readonly server: ServerFacts; readonly summary: string } | ConnectivityFailure;

/** @throws only the signal's reason, when it aborts. */
export async function probeConnectivity(
  resolved: ResolvedConnection,
  request: ProbeRequest,
): Promise<DeploymentFacts> {
  request.signal.throwIfAborted();
  const findings = await takeSteps(resolved, request);
  const connection = resolved.name;
  if ("server" in findings) {
    const { server, summary } = findings;
    return { connection, connectivity: { isPassed: true, summary }, server };
  }
  const { step, code, cause, remedy } = findings;
  return {
    connection,
    connectivity: {
      isPassed: false,
      step,
      code,
      // The texts are this program's own; what servers said in them is hidden all the same if it is secret.
      cause: resolved.redact(cause),
      remedy: resolved.redact(remedy),
    },
    server: null,
  };
}

async function takeSteps(resolved: ResolvedConnection, request: ProbeRequest): Promise<Findings> {
  const options = effectiveOptions(resolved);
  const target = describeTarget(resolved, options);
  const tls = await loadTlsParameters(options);
  if (tls !== null && "code" in tls) return tls;
  const members = await probeMembers(options, target, tls, request.signal);
  if ("code" in members) return members;
  const { client, failure } = await tryConnect(resolved, request.signal);
  try {
    return failure === null
      ? await askServer(client, resolved, request, { ...members, options, target })
      : classifyConnectError(failure.error, target);
  } finally {
    await closeQuietly(client);
  }
}

interface Members {
  readonly judgement: Judgement;
  /** Every host that was looked at. */
  readonly hosts: readonly string[];
}

/** Hosts are probed side by side, then the members that they name. */
async function probeMembers(
  options: EffectiveOptions,
  target: Target,
  tls: TlsParameters | null,
  signal: AbortSignal,
): Promise<Members | ConnectivityFailure> {
  const hosts = await listHosts(options, target.connectMs, signal);
  if ("code" in hosts) return hosts;
  const probeAll = async (names: readonly string[]) =>
    Promise.all(names.map(async (name) => probeHost(name, target, tls, signal)));
  const given = await probeAll(hosts);
  const named = await probeAll(unprobedMembers(given, options));
  const reports = [...given, ...named];
  const judgement = judgeMembers(reports, options);
  return "code" in judgement ? judgement : { judgement, hosts: reports.map(({ host }) => host) };
}

interface Reached {
  readonly options: EffectiveOptions;
  readonly target: Target;
}

/** Of the time for all questions, what one of them may take that can do without an answer. */
const SHARE_OF_TIME = 1 / 6;

/** The steps after login. Together they have as long as the choice of a server may take. */
async function askServer(
  client: MongoClient,
  resolved: ResolvedConnection,
  request: ProbeRequest,
  { judgement, hosts, options, target }: Members & Reached,
): Promise<Findings> {
  const { topology, chosen } = judgement;
  const { role, databases, metadataDatabase, signal } = request;
  const timeout = AbortSignal.timeout(resolved.timeouts.serverSelectionMs);
  const ask = async (): Promise<Findings> => {
    const required = requiredRights(request);
    const admission = await checkRights(client, role, required, target, resolved.shownUser);
    if ("code" in admission) return admission;
    const asked = role === "source" ? databases : [...databases, metadataDatabase];
    const timeoutMs = Math.ceil(resolved.timeouts.serverSelectionMs * SHARE_OF_TIME);
    const [facts, network] = await Promise.all([
      readServerFacts(client, { topology, databases: [...asked, "admin"], timeoutMs }),
      readNetwork(options, hosts, timeoutMs),
    ]);
    const server = { ...facts, network, account: admission.account };
    return { server, summary: summarize(server, chosen.host, chosen.tlsProtocol) };
  };
  try {
    return await raceAbort(ask(), AbortSignal.any([signal, timeout]));
  } catch (error) {
    signal.throwIfAborted();
    return timeout.aborted
      ? timedOut({ ...target, connectMs: resolved.timeouts.serverSelectionMs }, "handshake")
      : classifyConnectError(error, target);
  }
}

function summarize(server: ServerFacts, host: string, tlsProtocol: string | null): string {
  const what =
    server.topology === "sharded" ? "sharded cluster" : `replica set ${server.replicaSet ?? ""}`;
  const tls = tlsProtocol === null ? "no TLS" : tlsProtocol.replace("TLSv", "TLS ");
  return `${what}, MongoDB ${server.version}, ${server.topology === "sharded" ? "router" : "primary"} ${host}, ${tls}`;
}
