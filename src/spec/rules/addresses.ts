import type { SpecProblem } from "../../model/problem.ts";
import { hasValueAt, problemAtKey } from "../spec-document.ts";
import { valueAt } from "../spec-path.ts";
import type { SpecSet } from "../spec-set.ts";

/** An SRV record gives hosts and ports itself; the driver refuses a port beside it. */
export function findPortsOfSrvNames(specs: SpecSet): SpecProblem[] {
  return specs.connections.flatMap((document) => {
    const { value } = document;
    const isAtlas = valueAt(value, ["spec", "provider"]) === "atlas";
    const isSrv = valueAt(value, ["spec", "srv"]) ?? isAtlas;
    const path = ["spec", "port"];
    if (isSrv !== true || !hasValueAt(document, path) || hasValueAt(document, ["spec", "uri"])) {
      return [];
    }
    return problemAtKey(document, path, {
      code: "srv-with-port",
      message: `A port is given for an SRV name${hasValueAt(document, ["spec", "srv"]) ? "" : " (the default for provider atlas)"}.`,
      remedy: "Remove port, or set srv: false where host is the endpoint of one server.",
    });
  });
}
