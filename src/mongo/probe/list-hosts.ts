import { Resolver } from "node:dns/promises";
import { type ConnectivityFailure, srvNotFound } from "./connectivity-failure.ts";
import { systemCode } from "./classify-error.ts";
import type { EffectiveOptions } from "./effective-options.ts";
import { serverText } from "./server-text.ts";

/** Answers that say that there is no such record; other errors come from servers that did not answer. */
const NO_RECORD = new Set(["ENODATA", "ENOTFOUND"]);

/**
 * The hosts to connect to as `host:port`, from the SRV record where the connection has one.
 *
 * @param nameServers - Servers to ask rather than those of the system.
 */
export async function listHosts(
  options: EffectiveOptions,
  connectMs: number,
  signal: AbortSignal,
  nameServers: readonly string[] = [],
): Promise<readonly string[] | ConnectivityFailure> {
  const { srvRecord } = options;
  if (srvRecord === null) return options.hosts;
  const resolver = new Resolver({ timeout: connectMs, tries: 1 });
  if (nameServers.length > 0) resolver.setServers(nameServers);
  const cancel = (): void => resolver.cancel();
  signal.addEventListener("abort", cancel, { once: true });
  try {
    const records = await resolver.resolveSrv(srvRecord);
    if (records.length === 0) return srvNotFound(srvRecord, true);
    return records.map(({ name, port }) => `${serverText(name)}:${port}`);
  } catch (error) {
    signal.throwIfAborted();
    return srvNotFound(srvRecord, NO_RECORD.has(systemCode(error)));
  } finally {
    signal.removeEventListener("abort", cancel);
  }
}
