import { findMongod } from "../../dev/mongod/find-mongod.ts";

/** Finds a mongod once for all workers, so that at most one of them downloads it; without one the run fails. */
export async function setup(): Promise<void> {
  const mongod = await findMongod();
  process.env["MONGOMS_SYSTEM_BINARY"] = mongod.path;
}
