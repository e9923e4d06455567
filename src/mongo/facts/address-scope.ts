import { BlockList, isIP } from "node:net";
import type { AddressScope } from "../../model/server-state.ts";

const LOOPBACK = listOf([
  ["127.0.0.0", 8],
  ["::1", 128],
]);

/**
 * Networks that the internet does not route: RFC 1918 and RFC 4193 (private), RFC 3927 and RFC 4291 (link-local), RFC 6598
 * (shared, which clouds use inside).
 */
const PRIVATE = listOf([
  ["10.0.0.0", 8],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
  ["169.254.0.0", 16],
  ["100.64.0.0", 10],
  ["fc00::", 7],
  ["fe80::", 10],
]);

const MAPPED_IPV4 = /^::ffff:(?=\d+\.)/i;

/** @param address - An IP address. */
export function scopeOfAddress(address: string): AddressScope {
  const plain = address.replace(MAPPED_IPV4, "").replace(/%.*$/, "");
  const version = isIP(plain);
  if (version === 0) return "unknown";
  const family = version === 6 ? "ipv6" : "ipv4";
  if (LOOPBACK.check(plain, family)) return "loopback";
  return PRIVATE.check(plain, family) ? "private" : "public";
}

/** The widest of several: a name with one public address may be reached by it. */
export function widestScope(scopes: readonly AddressScope[]): AddressScope {
  const order: readonly AddressScope[] = ["public", "private", "loopback"];
  return order.find((scope) => scopes.includes(scope)) ?? "unknown";
}

function listOf(ranges: readonly (readonly [string, number])[]): BlockList {
  const list = new BlockList();
  for (const [network, prefix] of ranges) {
    list.addSubnet(network, prefix, network.includes(":") ? "ipv6" : "ipv4");
  }
  return list;
}
