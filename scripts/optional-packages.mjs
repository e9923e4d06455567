/** What the driver loads only if a connection asks for it. It is native code, or large, and stays outside of the bundle. */
export const OPTIONAL_PACKAGES = [
  "@aws-sdk/credential-providers",
  "@mongodb-js/zstd",
  "gcp-metadata",
  "kerberos",
  "mongodb-client-encryption",
  "snappy",
  "socks",
];

/** As semantic versions are written; a range would be another package tomorrow. */
const EXACT_VERSION = /^\d+\.\d+\.\d+(?:-[\dA-Za-z-]+(?:\.[\dA-Za-z-]+)*)?$/u;

/**
 * Packages with their versions, separated by white space.
 *
 * @throws Error for anything but packages that a connection can ask for, each once and with its exact version: no address, path or
 *   option gets to npm.
 */
export function parsePackages(text) {
  const packages = text.split(/\s+/u).filter(Boolean).map(parsePackage);
  const names = packages.map(({ name }) => name);
  const repeated = names.find((name, at) => names.indexOf(name) !== at);
  if (repeated !== undefined) throw new Error(`packages: ${repeated} is named twice`);
  return packages;
}

function parsePackage(text) {
  const at = text.lastIndexOf("@");
  const [name, version] = at > 0 ? [text.slice(0, at), text.slice(at + 1)] : [text, ""];
  if (!OPTIONAL_PACKAGES.includes(name)) {
    throw new Error(
      `packages: ${JSON.stringify(text)} is none that a connection can ask for. These are: ${OPTIONAL_PACKAGES.join(", ")}`,
    );
  }
  if (!EXACT_VERSION.test(version)) {
    throw new Error(`packages: name ${name} with its exact version, as in ${name}@1.2.3`);
  }
  return { name, version };
}
