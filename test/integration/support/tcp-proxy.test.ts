import { once } from "node:events";
import { type Socket, connect } from "node:net";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { type PlainTcpServer, startTcpServer } from "../../support/plain-tcp-server.ts";
import { startRandomFaults } from "../../support/random-faults.ts";
import { type TcpProxy, startTcpProxy } from "../../support/tcp-proxy.ts";

const opened: Socket[] = [];
let server: PlainTcpServer;
let serverSockets: Socket[];
let proxy: TcpProxy;

beforeEach(async () => {
  serverSockets = [];
  server = await startTcpServer((socket) => {
    serverSockets.push(socket);
    socket.on("data", (chunk) => socket.write(chunk));
  });
  proxy = await startTcpProxy(server.host);
});

afterEach(async () => {
  for (const socket of opened.splice(0)) socket.destroy();
  await proxy.close();
  await server[Symbol.asyncDispose]();
  // One whose reset is still on its way would outlast the test.
  for (const socket of serverSockets) socket.destroy();
});

it("forwards both ways, also what is larger than it holds", async () => {
  const socket = await open();
  const sent = Buffer.alloc(5_000_000, "0123456789a");
  let received = 0;
  const isComplete = new Promise<void>((resolve) => {
    socket.on("data", (chunk) => {
      expect(chunk.equals(sent.subarray(received, received + chunk.length))).toBe(true);
      received += chunk.length;
      if (received === sent.length) resolve();
    });
  });
  socket.write(sent);
  await isComplete;
});

it("forwards an end, and closes when both sides have ended", async () => {
  const socket = await open();
  expect(await echo(socket, "a")).toBe("a");
  socket.end();
  await once(socket, "close");
  await vi.waitFor(() => expect(proxy.connectionCount()).toBe(0));
});

it("cuts connections with a reset, and takes new ones", async () => {
  const socket = await open();
  await echo(socket, "a");
  const errors = errorsOf(socket);
  proxy.cutAll();
  await vi.waitFor(() => expect(errors).toEqual(["ECONNRESET"]));
  await vi.waitFor(() => expect(serverSockets[0]?.destroyed).toBe(true));
  expect(await echo(await open(), "b")).toBe("b");
});

it("resets a client whose server is not there", async () => {
  await server[Symbol.asyncDispose]();
  const socket = connect(proxy.port, "127.0.0.1");
  opened.push(socket);
  const errors = errorsOf(socket);
  await vi.waitFor(() => expect(errors).toEqual(["ECONNRESET"]));
});

it("closes the server's direction only", async () => {
  const socket = await open({ allowHalfOpen: true });
  await echo(socket, "a");
  const ended = once(socket, "end");
  proxy.halfClose("server→client");
  await ended;
  const arrived = once(serverSockets[0] as Socket, "data");
  socket.write("b");
  expect(String((await arrived)[0])).toBe("b");
  proxy.restoreAll();
  await vi.waitFor(() => expect(proxy.connectionCount()).toBe(0));
});

it("closes the client's direction only", async () => {
  const socket = await open();
  await echo(socket, "a");
  const serverSocket = serverSockets[0] as Socket;
  const atServer: string[] = [];
  serverSocket.on("data", (chunk) => atServer.push(String(chunk)));
  const ended = once(serverSocket, "end");
  proxy.halfClose("client→server");
  socket.write("lost");
  await ended;
  await once(socket, "close");
  expect(atServer).toEqual([]);
});

it("delays, and keeps the order", async () => {
  const socket = await open();
  await echo(socket, "a");
  proxy.delay(100);
  const startedAt = performance.now();
  expect(await echo(socket, "b")).toBe("b");
  expect(performance.now() - startedAt).toBeGreaterThan(190);
  socket.write("1");
  proxy.delay(0);
  expect(await echo(socket, "2", 2)).toBe("12");
});

it("holds everything back while stalled", async () => {
  const before = await open();
  proxy.stall(true);
  const during = await open();
  const received: string[] = [];
  for (const socket of [before, during]) {
    socket.on("data", (chunk) => received.push(String(chunk)));
    socket.write("a");
  }
  // A connection past the proxy goes there and back in the meantime.
  const [host, port] = server.host.split(":");
  const direct = connect(Number(port), host);
  opened.push(direct);
  await echo(direct, "b");
  expect(received).toEqual([]);
  proxy.stall(false);
  await vi.waitFor(() => expect(received).toEqual(["a", "a"]));
});

it("refuses new connections and keeps the others", async () => {
  const before = await open();
  await echo(before, "a");
  proxy.refuse(true);
  const refused = connect(proxy.port, "127.0.0.1");
  opened.push(refused);
  const errors = errorsOf(refused);
  await vi.waitFor(() => expect(errors).toEqual(["ECONNRESET"]));
  expect(await echo(before, "b")).toBe("b");
  proxy.restoreAll();
  expect(await echo(await open(), "c")).toBe("c");
});

it("causes every kind of fault in turns, then restores", async () => {
  const faults = startRandomFaults(proxy, 7, { everyMs: 20 });
  const stopping = new AbortController();
  const client = sendUntil(stopping.signal);
  await vi.waitFor(() => expect(new Set(faults.caused()).size).toBe(7), 10_000);
  const caused = await faults.stop();
  stopping.abort();
  await client;
  expect([...new Set(caused)].toSorted()).toEqual([
    "close client→server",
    "close server→client",
    "cut",
    "cut and refuse",
    "delay",
    "refuse",
    "stall",
  ]);
  expect(await echo(await open(), "works")).toBe("works");
});

/** A client that takes any answer and any failure, one connection after another. */
async function sendUntil(stop: AbortSignal): Promise<void> {
  while (!stop.aborted) {
    const socket = connect(proxy.port, "127.0.0.1");
    opened.push(socket);
    socket.on("connect", () => socket.write("a"));
    socket.on("data", () => socket.destroy());
    socket.setTimeout(50, () => socket.destroy());
    await once(socket, "close").catch(() => {});
  }
}

async function open(options: { allowHalfOpen?: boolean } = {}): Promise<Socket> {
  const socket = connect({ port: proxy.port, host: "127.0.0.1", ...options });
  opened.push(socket);
  await once(socket, "connect");
  return socket;
}

/** What comes back, once that many characters have. */
function echo(socket: Socket, text: string, length = text.length): Promise<string> {
  let received = "";
  const all = new Promise<string>((resolve) => {
    const take = (chunk: Buffer): void => {
      received += String(chunk);
      if (received.length < length) return;
      socket.off("data", take);
      resolve(received);
    };
    socket.on("data", take);
  });
  socket.write(text);
  return all;
}

function errorsOf(socket: Socket): (string | undefined)[] {
  const errors: (string | undefined)[] = [];
  socket.on("error", (error: NodeJS.ErrnoException) => errors.push(error.code));
  return errors;
}
