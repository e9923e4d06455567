import { failed, type Rule, serversOf } from "../rule.ts";

/** Both ends are replica sets. A standalone keeps no history; of sharded clusters only reading a part would be exact. */
export const topology: Rule = {
  id: "topology",
  passed: "both ends are replica sets",
  needsServers: true,
  check: ({ facts }) =>
    serversOf(facts)
      .filter(({ server }) => server.topology !== "replica-set")
      .map(({ deployment, server }) =>
        server.topology === "sharded"
          ? failed(
              `${deployment.connection} is a sharded cluster, which this version does not migrate`,
              "Use a replica set",
            )
          : failed(
              `${deployment.connection} is a standalone server, which has no history to read consistently from`,
              "Restart it as a replica set of one member (mongod --replSet NAME, then rs.initiate())",
            ),
      ),
};
