/** Rules about deployments warn of what this machine is like, such as its disk; scenarios say nothing about that. */
const DEPLOYMENT_RULES: ReadonlySet<string> = new Set([
  "atlas-shared-tier",
  "clock",
  "connections",
  "connectivity",
  "free-space",
  "load",
  "mode",
  "oplog-window",
  "privileges",
  "same-deployment",
  "storage-engine",
  "tls",
  "topology",
  "users-and-roles",
  "versions",
]);

export function isObjectRule(rule: string): boolean {
  return !DEPLOYMENT_RULES.has(rule);
}
