import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ReplicaSet, startReplicaSet } from "../../../dev/mongod/replica-set.ts";
import {
  startStandalone,
  startUninitiatedReplicaSetMember,
} from "../../../dev/mongod/single-server.ts";
import { findClosedPort, startTcpServer } from "../../support/plain-tcp-server.ts";
import { startHelloServer } from "../../support/hello-server.ts";
import { probe } from "../../support/probe-fixture.ts";

const QUICK = { timeouts: { connectMs: 500, serverSelectionMs: 1500 } };

let set: ReplicaSet;

beforeAll(async () => {
  set = await startReplicaSet({ members: 3 });
});

afterAll(async () => {
  await set.stop();
});

function uriOf(host: string, options = ""): string {
  return `mongodb://someone:planted-3e5@${host}/?${options}`;
}

describe("probeConnectivity, step by step", () => {
  test("tells host-not-found", async () => {
    const { connectivity } = await probe(uriOf("no-such-host.invalid"), {});
    expect(connectivity).toMatchObject({
      step: "name-resolution",
      code: "host-not-found",
      cause: "the name of no-such-host.invalid:27017 cannot be resolved to an address",
    });
  });

  test("tells host-not-found for an SRV name", async () => {
    const uri = "mongodb+srv://someone:planted-3e5@no-such-cluster.example.invalid/";
    const { connectivity } = await probe(uri, {});
    expect(connectivity).toMatchObject({
      step: "name-resolution",
      code: "host-not-found",
      cause: expect.stringContaining("_mongodb._tcp.no-such-cluster.example.invalid"),
    });
  });

  test("tells port-closed", async () => {
    const port = await findClosedPort();
    const { connectivity } = await probe(uriOf(`127.0.0.1:${port}`), {});
    expect(connectivity).toMatchObject({ step: "tcp", code: "port-closed" });
  });

  test("tells timeout for a server that accepts and says nothing, within its time", async () => {
    await using server = await startTcpServer(() => {});
    const startedAt = performance.now();
    const { connectivity } = await probe(uriOf(server.host), QUICK);
    expect(connectivity).toMatchObject({ step: "handshake", code: "timeout" });
    expect(performance.now() - startedAt).toBeLessThan(4 * QUICK.timeouts.connectMs);
  });

  test("tells timeout in the TLS handshake", async () => {
    await using server = await startTcpServer(() => {});
    const { connectivity } = await probe(uriOf(server.host, "tls=true"), QUICK);
    expect(connectivity).toMatchObject({ step: "tls", code: "timeout" });
  });

  test("tells connection-closed for a server that hangs up", async () => {
    await using server = await startTcpServer((socket) => socket.destroy());
    const { connectivity } = await probe(uriOf(server.host), QUICK);
    expect(connectivity).toMatchObject({ step: "handshake", code: "connection-closed" });
  });

  test("tells not-mongodb for another protocol", async () => {
    await using server = await startTcpServer((socket) => {
      socket.end("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n");
    });
    const { connectivity } = await probe(uriOf(server.host), QUICK);
    expect(connectivity).toMatchObject({ step: "handshake", code: "not-mongodb" });
  });

  test("tells not-a-replica-set for a standalone", async () => {
    await using server = await startStandalone();
    const { connectivity } = await probe(server.uri, {});
    expect(connectivity).toMatchObject({ step: "topology", code: "not-a-replica-set" });
  });

  test("tells no-primary for a member that was never initiated", async () => {
    await using server = await startUninitiatedReplicaSetMember();
    const { connectivity } = await probe(`mongodb://${server.host}/`, {});
    expect(connectivity).toMatchObject({
      step: "primary",
      code: "no-primary",
      remedy: expect.stringContaining("rs.initiate()"),
    });
  });

  test("tells wrong-replica-set with both names", async () => {
    const { connectivity } = await probe(`mongodb://${set.hosts.join(",")}/?replicaSet=other`, {});
    expect(connectivity).toMatchObject({
      step: "topology",
      code: "wrong-replica-set",
      cause: expect.stringContaining("the replica set rs0, not to other"),
    });
  });

  test.each(["3.6", "4.0", "4.2"])("tells server-too-old for %s", async (release) => {
    const maxWireVersion = { "3.6": 6, "4.0": 7, "4.2": 8 }[release];
    await using server = await startHelloServer((host) => ({
      ismaster: true,
      setName: "rs0",
      hosts: [host],
      me: host,
      primary: host,
      minWireVersion: 0,
      maxWireVersion,
      ok: 1,
    }));
    const { connectivity } = await probe(uriOf(server.host), QUICK);
    expect(connectivity).toMatchObject({
      step: "version",
      code: "server-too-old",
      cause: `${server.host} runs MongoDB ${release}; mongoferry needs 4.4 or newer`,
    });
  });

  test("finds the primary from a secondary alone, and with a host that is down", async () => {
    const primary = await set.primaryHost();
    const secondary = set.hosts.find((host) => host !== primary);
    const down = `127.0.0.1:${await findClosedPort()}`;
    const { connectivity, server } = await probe(`mongodb://${down},${secondary}/`, {
      databases: ["shop"],
    });
    expect(connectivity).toMatchObject({ isPassed: true });
    expect(server?.hosts.toSorted()).toEqual([...set.hosts].toSorted());
  });

  test("tells no-primary on a direct connection to a secondary", async () => {
    const primary = await set.primaryHost();
    const secondary = set.hosts.find((host) => host !== primary);
    const { connectivity } = await probe(`mongodb://${secondary}/?directConnection=true`, {});
    expect(connectivity).toMatchObject({
      step: "primary",
      code: "no-primary",
      remedy: expect.stringContaining("directConnection"),
    });
  });

  test("tells members-unreachable where the set knows its members by other names", async () => {
    await using server = await startHelloServer(() => ({
      ismaster: true,
      setName: "rs0",
      hosts: ["db-0.private.invalid:27017"],
      me: "db-0.private.invalid:27017",
      minWireVersion: 0,
      maxWireVersion: 17,
      ok: 1,
    }));
    const { connectivity } = await probe(uriOf(server.host), QUICK);
    expect(connectivity).toMatchObject({
      step: "name-resolution",
      code: "members-unreachable",
      cause: expect.stringContaining("db-0.private.invalid:27017"),
    });
  });

  test("shows nothing that a hostile server could control a terminal with", async () => {
    await using server = await startHelloServer((host) => ({
      ismaster: true,
      setName: `\u001b[2Jrs0\n::error::${"x".repeat(5000)}`,
      hosts: [host],
      maxWireVersion: 17,
      ok: 1,
    }));
    const { connectivity } = await probe(uriOf(server.host, "replicaSet=rs0"), QUICK);
    if (connectivity.isPassed) throw new Error("passed");
    expect(connectivity.code).toBe("wrong-replica-set");
    expect(connectivity.cause).not.toMatch(/\p{Cc}/u);
    expect(connectivity.cause.length).toBeLessThan(500);
  });

  test("ends at once when it is aborted", async () => {
    await using server = await startTcpServer(() => {});
    const controller = new AbortController();
    const reason = new Error("stopped");
    const startedAt = performance.now();
    setTimeout(() => controller.abort(reason), 100);
    const probing = probe(uriOf(server.host), { signal: controller.signal });
    await expect(probing).rejects.toBe(reason);
    expect(performance.now() - startedAt).toBeLessThan(1500);
  });

  test("tells no-primary while a majority is down", async () => {
    const primary = await set.primaryHost();
    const [survivor, ...others] = [...set.hosts].toSorted((host) => (host === primary ? 1 : -1));
    await Promise.all(others.map((host) => set.killMember(host)));
    const { connectivity } = await probe(`mongodb://${set.hosts.join(",")}/?replicaSet=rs0`, {});
    expect(connectivity).toMatchObject({ step: "primary", code: "no-primary" });
    if (connectivity.isPassed) throw new Error("passed");
    expect(connectivity.cause).toContain(survivor);
    expect(connectivity.cause).toContain("not reachable");
  });
});
