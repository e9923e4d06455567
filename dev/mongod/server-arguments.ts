import { majorVersion } from "./mongod-version.ts";
import type { ServerCertificate } from "./server-certificate.ts";

/** Arguments every server of tests, benchmarks and the demo gets: small, quiet, and quick to stop. */
export function serverArguments(
  version: string,
  certificate: ServerCertificate | null,
  extra: readonly string[],
  cacheGb = 0.25,
): string[] {
  return [
    `--wiredTigerCacheSizeGB=${cacheGb}`,
    // A socket file would be left behind in the temporary directory by a server that is killed.
    "--nounixsocket",
    "--setParameter=diagnosticDataCollectionEnabled=false",
    ...quickShutdown(version),
    ...(certificate === null ? [] : tlsArguments(certificate)),
    ...extra,
  ];
}

/** From 5.0 on, a member that gets SIGTERM serves on for 15 s, so that routers find the next primary. */
function quickShutdown(version: string): readonly string[] {
  if (majorVersion(version) < 5) return [];
  return ["--setParameter=shutdownTimeoutMillisForSignaledShutdown=100"];
}

/** `preferTLS` lets the set be initiated in the clear; afterwards `requireTls` closes that door. */
function tlsArguments(certificate: ServerCertificate): readonly string[] {
  return [
    "--tlsMode=preferTLS",
    `--tlsCertificateKeyFile=${certificate.certificateKeyFile}`,
    `--tlsCAFile=${certificate.caFile}`,
    "--tlsAllowConnectionsWithoutCertificates",
  ];
}
