import { connect } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type HealthServer, startHealthServer } from "../../src/serve/health-server.ts";

let server: HealthServer;
let isGood: boolean;

beforeEach(async () => {
  isGood = true;
  server = await startHealthServer({
    address: "127.0.0.1",
    port: 0,
    routes: new Map([["/healthz", () => ({ isGood, text: isGood ? "ok" : "stuck" })]]),
  });
});

afterEach(async () => {
  await server[Symbol.asyncDispose]();
});

/** Sends bytes as they are, and returns all that comes until the other side ends. */
async function send(text: string): Promise<string> {
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  let answer = "";
  socket.on("data", (chunk: Buffer) => {
    answer += chunk.toString();
  });
  socket.on("error", () => {});
  const closed = new Promise((resolve) => {
    socket.once("close", resolve);
  });
  socket.write(text);
  await closed;
  return answer;
}

describe("the server for probes", () => {
  it("answers by the verdict of the moment", async () => {
    expect(await send("GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n")).toMatch(
      /^HTTP\/1.1 200 .*ok\n$/su,
    );
    isGood = false;
    expect(await send("GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n")).toMatch(
      /^HTTP\/1.1 503 .*stuck\n$/su,
    );
  });

  it.each([
    ["another path", "GET /planted HTTP/1.1\r\nhost: x\r\n\r\n", 404],
    ["a query", "GET /healthz?planted HTTP/1.1\r\nhost: x\r\n\r\n", 404],
    ["a path that climbs", "GET /../planted/healthz HTTP/1.1\r\nhost: x\r\n\r\n", 404],
    ["another method", "POST /healthz HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n", 405],
    ["a body that never comes", "DELETE / HTTP/1.1\r\nhost: x\r\ncontent-length: 99\r\n\r\n", 405],
    ["headers without an end", `GET / HTTP/1.1\r\nx: ${"planted".repeat(2_000)}`, 431],
    ["no HTTP", "planted\r\n\r\n", 400],
  ])("refuses %s, and repeats nothing of it", async (_, request, status) => {
    const answer = await send(request);
    expect(answer).toContain(`HTTP/1.1 ${status} `);
    expect(answer).not.toContain("planted");
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  });

  it("says what to do where the port is taken", async () => {
    const port = Number(new URL(server.url).port);
    const second = startHealthServer({ address: "127.0.0.1", port, routes: new Map() });
    await expect(second).rejects.toThrow(
      /nobody can listen there.*Name another --address or --port/u,
    );
  });
});
