import { lookup } from "node:dns/promises";
import type { AddressScope, NetworkFacts } from "../../model/server-state.ts";
import type { EffectiveOptions } from "../probe/effective-options.ts";
import { serverText } from "../probe/server-text.ts";
import { raceAbort } from "../race-abort.ts";
import { scopeOfAddress, widestScope } from "./address-scope.ts";

/** Multicast DNS: such a name never leaves the local network (RFC 6762). */
const LOCAL_NAME = /\.local\.?$/i;

/** @param hosts - `host:port` of every server that the connection talks to. */
export async function readNetwork(
  options: EffectiveOptions,
  hosts: readonly string[],
  timeoutMs: number,
): Promise<NetworkFacts> {
  const stop = AbortSignal.timeout(timeoutMs);
  return {
    hasTls: options.hasTls,
    allowsInvalidCertificates: options.allowsInvalidCertificates,
    allowsInvalidHostnames: options.allowsInvalidHostnames,
    hosts: await Promise.all(
      [...new Set(hosts)].map(async (host) => ({
        host: serverText(host),
        scope: await scopeOfHost(nameOf(host), stop),
      })),
    ),
  };
}

async function scopeOfHost(name: string, stop: AbortSignal): Promise<AddressScope> {
  if (LOCAL_NAME.test(name)) return "private";
  try {
    const addresses = await raceAbort(lookup(name, { all: true }), stop);
    return widestScope(addresses.map(({ address }) => scopeOfAddress(address)));
  } catch {
    // Whatever the reason: there is nothing to say about a name without an address.
    return "unknown";
  }
}

function nameOf(host: string): string {
  return host.slice(0, host.lastIndexOf(":")).replace(/^\[(.*)\]$/, "$1");
}
