import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";

export interface PlainTcpServer extends AsyncDisposable {
  /** `127.0.0.1:port`. */
  readonly host: string;
}

/** A server on a free port of this machine that does with each connection what the test says. */
export async function startTcpServer(serve: (socket: Socket) => void): Promise<PlainTcpServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    serve(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    host: `127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** A port of this machine on which nothing listens. */
export async function findClosedPort(): Promise<number> {
  await using server = await startTcpServer(() => {});
  return Number(server.host.split(":")[1]);
}
