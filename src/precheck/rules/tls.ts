import { type Objection, type Rule, serversOf, undecided, warning } from "../rule.ts";
import type { NetworkFacts } from "../../model/server-state.ts";

const TURN_ON = "Set tls.enabled: true, and let the server have a certificate";

/** Nothing crosses the internet in the clear or to whoever answers. Private networks and this machine are the user's own. */
export const tls: Rule = {
  id: "tls",
  passed: ({ facts }) =>
    serversOf(facts)
      .map(({ deployment, server }) => `${deployment.connection} ${describe(server.network)}`)
      .join(", "),
  needsServers: true,
  check: ({ facts }) =>
    serversOf(facts).flatMap(({ deployment, server }) =>
      judge(deployment.connection, server.network),
    ),
};

function describe({ hasTls, hosts }: NetworkFacts): string {
  if (hasTls) return "uses TLS";
  return hosts.every(({ scope }) => scope === "loopback")
    ? "is on this machine"
    : "is in a private network";
}

function judge(connection: string, network: NetworkFacts): readonly Objection[] {
  return network.hasTls ? judgeCertificates(connection, network) : judgeClear(connection, network);
}

function judgeClear(connection: string, { hosts }: NetworkFacts): readonly Objection[] {
  const open = hosts.filter(({ scope }) => scope === "public").map(({ host }) => host);
  if (open.length > 0) {
    return [
      warning(
        `${connection} is reached without TLS at public addresses (${open.join(", ")}): its documents cross the internet readable and changeable for everyone between`,
        TURN_ON,
      ),
    ];
  }
  const unknown = hosts.filter(({ scope }) => scope === "unknown").map(({ host }) => host);
  if (unknown.length === 0 && hosts.length > 0) return [];
  return [
    undecided(
      `${connection} is reached without TLS, and whether ${unknown.join(", ") || "its address"} is in a private network is not known here`,
      TURN_ON,
    ),
  ];
}

function judgeCertificates(connection: string, network: NetworkFacts): readonly Objection[] {
  const unchecked = [
    ...(network.allowsInvalidCertificates ? ["who signed its certificate"] : []),
    ...(network.allowsInvalidHostnames ? ["whose name is in its certificate"] : []),
  ];
  if (unchecked.length === 0) return [];
  return [
    warning(
      `${connection} is reached without checking ${unchecked.join(" and ")}: whoever gets between can answer in its place`,
      "Give the certificate authority with tls.caFile, and take tls.allowInvalidCertificates and tls.allowInvalidHostnames (or tlsInsecure in the connection string) away",
    ),
  ];
}
