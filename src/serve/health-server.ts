/** Two routes for probes. Answers hold nothing of the request, and no request is read beyond its first line and headers. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { errorMessage, UserError } from "../base/errors.ts";
import type { Verdict } from "./judge-health.ts";

export interface HealthServer extends AsyncDisposable {
  /** `http://127.0.0.1:8080`; the port is the one that was found where any would do. */
  readonly url: string;
}

export interface HealthServerOptions {
  readonly address: string;
  /** Zero: any that is free. */
  readonly port: number;
  readonly routes: ReadonlyMap<string, () => Verdict>;
}

/** Of a slow or hostile client. */
const REQUEST_WITHIN_MS = 5_000;
const MOST_CONNECTIONS = 64;
const MOST_HEADER_BYTES = 4_096;

/** @throws UserError where nobody can listen there. */
export async function startHealthServer(options: HealthServerOptions): Promise<HealthServer> {
  const limits = {
    maxHeaderSize: MOST_HEADER_BYTES,
    headersTimeout: REQUEST_WITHIN_MS,
    requestTimeout: REQUEST_WITHIN_MS,
    connectionsCheckingInterval: 1_000,
  };
  const server = createServer(limits, (request, response) => {
    answer(request, response, options.routes);
  });
  server.maxConnections = MOST_CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => {
      reject(cannotListen(options, error));
    });
    server.listen(options.port, options.address, resolve);
  });
  const { address, port, family } = server.address() as AddressInfo;
  return {
    url: `http://${family === "IPv6" ? `[${address}]` : address}:${port}`,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => {
        server.close(resolve);
      });
      server.closeAllConnections();
      await closed;
    },
  };
}

function answer(
  { method, url }: IncomingMessage,
  response: ServerResponse,
  routes: HealthServerOptions["routes"],
): void {
  if (method !== "GET" && method !== "HEAD") return send(response, 405, "only GET");
  const judge = routes.get(url ?? "");
  if (judge === undefined) return send(response, 404, "nothing here");
  const { isGood, text } = judge();
  return send(response, isGood ? 200 : 503, text);
}

function send(response: ServerResponse, status: number, text: string): void {
  const body = `${text}\n`;
  response.writeHead(status, {
    "content-length": Buffer.byteLength(body),
    "content-type": "text/plain; charset=utf-8",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    connection: "close",
    ...(status === 405 ? { allow: "GET, HEAD" } : {}),
  });
  response.end(body);
}

function cannotListen({ address, port }: HealthServerOptions, error: Error): UserError {
  return new UserError({
    code: "cannot-listen",
    place: `${address}:${port}`,
    problem: `nobody can listen there: ${errorMessage(error)}`,
    remedy: "Name another --address or --port",
    cause: error,
  });
}
