import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { generate } from "selfsigned";

export interface ServerCertificate {
  /** The authority's certificate, which clients have to trust. */
  readonly caFile: string;
  /** Certificate and key of the server, also valid for a member that connects to another one. */
  readonly certificateKeyFile: string;
}

/** Makes a certificate authority and a certificate of it for 127.0.0.1 and localhost. */
export async function createServerCertificate(directory: string): Promise<ServerCertificate> {
  const authority = await generate([{ name: "commonName", value: "mongoferry test authority" }], {
    algorithm: "sha256",
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const server = await generate([{ name: "commonName", value: "localhost" }], {
    algorithm: "sha256",
    ca: { key: authority.private, cert: authority.cert },
    extensions: [
      { name: "basicConstraints", cA: false },
      { name: "keyUsage", digitalSignature: true, keyEncipherment: true },
      { name: "extKeyUsage", serverAuth: true, clientAuth: true },
      {
        name: "subjectAltName",
        altNames: [
          { type: 2, value: "localhost" },
          { type: 7, ip: "127.0.0.1" },
        ],
      },
    ],
  });
  const caFile = join(directory, "ca.pem");
  const certificateKeyFile = join(directory, "server.pem");
  await writeFile(caFile, authority.cert);
  await writeFile(certificateKeyFile, `${server.cert}\n${server.private}`, { mode: 0o600 });
  return { caFile, certificateKeyFile };
}
