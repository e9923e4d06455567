import type { ServerFacts } from "../../model/facts.ts";
import { failed, type Rule } from "../rule.ts";

/** Source and destination are two deployments, whatever names they are reached by. */
export const sameDeployment: Rule = {
  id: "same-deployment",
  passed: "source and destination are different deployments",
  needsServers: true,
  check: ({ facts }) => {
    const source = facts.source.server;
    const destination = facts.destination.server;
    if (source === null || destination === null || !isSame(source, destination)) return [];
    return [
      failed(
        `${facts.source.connection} and ${facts.destination.connection} are the same deployment`,
        "Check the addresses of both connections",
      ),
    ];
  },
};

function isSame(a: ServerFacts, b: ServerFacts): boolean {
  if (a.processId !== null && a.processId === b.processId) return true;
  const isSameSet = a.replicaSet !== null && a.replicaSet === b.replicaSet;
  return isSameSet && a.hosts.some((host) => b.hosts.includes(host));
}
