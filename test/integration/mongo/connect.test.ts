import { inspect } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ReplicaSet, startReplicaSet } from "../../../dev/mongod/replica-set.ts";
import { OperationError, UserError } from "../../../src/base/errors.ts";
import { Redactor } from "../../../src/base/redact.ts";
import { closeQuietly, connect } from "../../../src/mongo/connect.ts";
import { checkWireVersion } from "../../../src/mongo/probe/supported-version.ts";
import { resolveConnection } from "../../../src/mongo/resolve-connection.ts";
import { startHelloServer } from "../../support/hello-server.ts";
import { findClosedPort, startTcpServer } from "../../support/plain-tcp-server.ts";
import { resolveUri, uriConnection } from "../../support/probe-fixture.ts";

const PASSWORD = "planted:/?#[]@%ü";
const never = new AbortController().signal;

let set: ReplicaSet;

beforeAll(async () => {
  set = await startReplicaSet({ tls: true, auth: { username: "bo ss@", password: PASSWORD } });
});

afterAll(async () => {
  await set.stop();
});

async function failureOf(connecting: Promise<unknown>): Promise<OperationError> {
  const error = await connecting.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof OperationError)) throw new Error(`unexpected: ${inspect(error)}`);
  expect(inspect(error, { depth: 9, showHidden: true })).not.toContain("planted");
  return error;
}

describe("connect", () => {
  test("connects by parts, with TLS and a user and password of any characters", async () => {
    const [host = "", port] = (set.hosts[0] ?? "").split(":");
    const connection = uriConnection({
      address: {
        kind: "parts",
        host,
        isSrv: false,
        port: Number(port),
        replicaSet: "rs0",
        authDatabase: "admin",
        username: { kind: "text", text: "bo ss@" },
        passwordEnv: "PASSWORD",
      },
      tls: { isEnabled: true, caFile: set.caFile },
    });
    const resolved = resolveConnection(connection, { PASSWORD }, new Redactor());
    const client = await connect(resolved, { signal: never });
    try {
      const { authInfo } = await client.db("admin").command({ connectionStatus: 1 });
      expect(authInfo.authenticatedUsers).toEqual([{ user: "bo ss@", db: "admin" }]);
    } finally {
      await closeQuietly(client);
      await closeQuietly(client);
    }
  });

  test("connects by URI", async () => {
    const client = await connect(resolveUri(set.uri), { signal: never });
    await closeQuietly(client);
  });

  test("refuses a TLS file that does not exist as the user's error, naming it", async () => {
    const tls = { isEnabled: true, caFile: `${set.caFile}.missing` };
    const error = await connect(resolveUri(set.uri, { tls }), { signal: never }).catch(
      (reason: unknown) => reason,
    );
    if (!(error instanceof UserError)) throw new Error(`unexpected: ${inspect(error)}`);
    expect(error).toMatchObject({ code: "invalid-file", place: "migrations/test.yaml:1:1" });
    expect(error.message).toContain(`${tls.caFile} cannot be used: there is no such file`);
    expect(error.message).not.toContain("planted");
  });

  test("I9: says why a login fails, and that trying again does not help, without the password", async () => {
    const uri = set.uri.replace(/:\/\/[^@]*@/, "://boss:planted-wrong@");
    const error = await failureOf(connect(resolveUri(uri), { signal: never }));
    expect(error).toMatchObject({ object: "tested", isRetryable: false });
    expect(error.message).toContain("authentication database admin");
  });

  test("says why no server is found, and that trying again may help", async () => {
    const port = await findClosedPort();
    const resolved = resolveUri(`mongodb://boss:planted-4@127.0.0.1:${port}/`, {
      timeouts: { connectMs: 300, serverSelectionMs: 600 },
    });
    const error = await failureOf(connect(resolved, { signal: never }));
    expect(error).toMatchObject({ isRetryable: true });
    expect(error.message).toContain(`127.0.0.1:${port} refuses connections`);
  });

  test.each([
    [8, true],
    [9, false],
  ])(
    "the driver refuses wire version %i: %s, as the connectivity test says",
    async (maxWireVersion, isRefused) => {
      await using server = await startHelloServer((host) => ({
        ismaster: true,
        helloOk: true,
        setName: "rs0",
        hosts: [host],
        me: host,
        minWireVersion: 0,
        maxWireVersion,
        ok: 1,
      }));
      const resolved = resolveUri(`mongodb://u:planted-5@${server.host}/?replicaSet=rs0`, {
        timeouts: { connectMs: 300, serverSelectionMs: 600 },
      });
      const error = await failureOf(connect(resolved, { signal: never }));
      expect(error.message.includes("mongoferry needs 4.4 or newer")).toBe(isRefused);
      expect(checkWireVersion(server.host, maxWireVersion) !== null).toBe(isRefused);
    },
  );

  test("ends at once when it is aborted, with the signal's reason", async () => {
    await using server = await startTcpServer(() => {});
    const controller = new AbortController();
    const reason = new Error("stopped");
    setTimeout(() => controller.abort(reason), 50);
    const startedAt = performance.now();
    const connecting = connect(resolveUri(`mongodb://${server.host}/`), {
      signal: controller.signal,
    });
    await expect(connecting).rejects.toBe(reason);
    expect(performance.now() - startedAt).toBeLessThan(1500);
    await expect(connect(resolveUri(set.uri), { signal: controller.signal })).rejects.toBe(reason);
  });
});
