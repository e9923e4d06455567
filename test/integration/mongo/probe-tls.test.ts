import { generate } from "selfsigned";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer } from "node:tls";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ReplicaSet, startReplicaSet } from "../../../dev/mongod/replica-set.ts";
import { probe } from "../../support/probe-fixture.ts";

let secure: ReplicaSet;
let plain: ReplicaSet;
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "mongoferry-tls-"));
  [secure, plain] = await Promise.all([
    startReplicaSet({ tls: true, auth: { username: "boss", password: "planted-5b0" } }),
    startReplicaSet(),
  ]);
});

afterAll(async () => {
  await Promise.all([secure.stop(), plain.stop()]);
  await rm(directory, { recursive: true, force: true });
});

function uriOf(set: ReplicaSet, host = set.hosts[0]): string {
  return `mongodb://boss:planted-5b0@${host}/`;
}

describe("probeConnectivity and TLS", () => {
  test("passes with the right authority, and says which TLS", async () => {
    const tls = { isEnabled: true, caFile: secure.caFile };
    const { connectivity } = await probe(uriOf(secure), { tls });
    expect(connectivity).toMatchObject({
      isPassed: true,
      summary: expect.stringMatching(/, TLS 1\.[23]$/),
    });
  });

  test("tells tls-failure where the server expects TLS and the connection has none", async () => {
    const { connectivity } = await probe(uriOf(secure), {});
    expect(connectivity).toMatchObject({
      step: "tls",
      code: "tls-failure",
      cause: expect.stringContaining("talks TLS only"),
      remedy: expect.stringContaining("tls.enabled: true"),
    });
  });

  test("tells tls-failure where the connection has TLS and the server none", async () => {
    const { connectivity } = await probe(`mongodb://${plain.hosts[0]}/`, {
      tls: { isEnabled: true },
    });
    expect(connectivity).toMatchObject({
      step: "tls",
      code: "tls-failure",
      cause: expect.stringMatching(/the connection uses TLS, and .* does not/),
    });
  });

  test("tells tls-failure for an authority that is not trusted, by provider", async () => {
    const generic = await probe(uriOf(secure), { tls: { isEnabled: true } });
    expect(generic.connectivity).toMatchObject({
      step: "tls",
      code: "tls-failure",
      cause: expect.stringContaining("does not trust"),
      remedy: expect.stringContaining("tls.caFile"),
    });
    const apsara = await probe(uriOf(secure), { provider: "apsaradb", tls: { isEnabled: true } });
    expect(apsara.connectivity).toMatchObject({
      remedy: expect.stringContaining("ApsaraDB console"),
    });
  });

  test("allowInvalidCertificates connects all the same", async () => {
    const tls = { isEnabled: true, allowInvalidCertificates: true };
    const { connectivity } = await probe(uriOf(secure), { tls });
    expect(connectivity).toMatchObject({ isPassed: true });
  });

  test("tells tls-failure for a certificate of other names, and allowInvalidHostnames takes it", async () => {
    await using server = await startOtherNameServer();
    const { caFile } = server;
    const strict = await probe(`mongodb://${server.host}/`, { tls: { isEnabled: true, caFile } });
    expect(strict.connectivity).toMatchObject({
      step: "tls",
      code: "tls-failure",
      cause: expect.stringContaining("for other names (DNS:elsewhere.example)"),
    });
    const lenient = await probe(`mongodb://${server.host}/`, {
      tls: { isEnabled: true, caFile, allowInvalidHostnames: true },
    });
    expect(lenient.connectivity).toMatchObject({ step: "handshake", code: "connection-closed" });
  });

  test("tells tls-failure for an expired certificate", async () => {
    await using server = await startOtherNameServer({
      notBeforeDate: new Date("2020-01-01"),
      notAfterDate: new Date("2020-02-01"),
    });
    const tls = { isEnabled: true, caFile: server.caFile };
    const { connectivity } = await probe(`mongodb://${server.host}/`, { tls });
    expect(connectivity).toMatchObject({
      code: "tls-failure",
      cause: expect.stringContaining("has expired"),
    });
  });

  test("tells invalid-file for an authority that is missing or not PEM", async () => {
    const notPem = join(directory, "not.pem");
    await writeFile(notPem, "planted nothing");
    for (const caFile of [join(directory, "missing.pem"), notPem]) {
      const { connectivity } = await probe(uriOf(secure), { tls: { isEnabled: true, caFile } });
      expect(connectivity).toMatchObject({ step: "configuration", code: "invalid-file" });
    }
  });
});

/** A TLS server with a certificate of its own making for elsewhere.example, which hangs up after the handshake. */
async function startOtherNameServer(dates: { notBeforeDate?: Date; notAfterDate?: Date } = {}) {
  const made = await generate([{ name: "commonName", value: "elsewhere.example" }], {
    algorithm: "sha256",
    ...dates,
    extensions: [
      { name: "basicConstraints", cA: true },
      { name: "subjectAltName", altNames: [{ type: 2, value: "elsewhere.example" }] },
    ],
  });
  const caFile = join(directory, `${made.fingerprint.replaceAll(":", "")}.pem`);
  await writeFile(caFile, made.cert);
  const server = createServer({ cert: made.cert, key: made.private }, (socket) => socket.end());
  server.on("tlsClientError", () => {});
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    host: `127.0.0.1:${port}`,
    caFile,
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      await closed;
    },
  };
}
