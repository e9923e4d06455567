/** Serves bare repositories over HTTP by git's own `git http-backend`, on this machine only. */
import { spawn } from "node:child_process";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { isolateGit } from "./isolate-git.ts";

export interface GitHttpServer extends AsyncDisposable {
  /** A repository's address is this, a slash, and its folder's name. */
  readonly url: string;
}

export interface GitHttpServerOptions {
  /** Folder that holds the bare repositories. */
  readonly root: string;
  /** Password that is asked for, with any user name; null: anybody may read and write. */
  readonly token: string | null;
}

export async function startGitHttpServer(options: GitHttpServerOptions): Promise<GitHttpServer> {
  const server = createServer((request, response) => {
    if (isAllowed(request, options.token)) serve(request, response, options.root);
    else response.writeHead(401, { "www-authenticate": 'Basic realm="git"' }).end();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

function isAllowed({ headers }: IncomingMessage, token: string | null): boolean {
  if (token === null) return true;
  const [, encoded = ""] = (headers.authorization ?? "").split(" ");
  return Buffer.from(encoded, "base64").toString().endsWith(`:${token}`);
}

function serve(request: IncomingMessage, response: ServerResponse, root: string): void {
  const url = new URL(request.url ?? "/", "http://git");
  const backend = spawn("git", ["-c", "http.receivepack=true", "http-backend"], {
    env: {
      ...isolateGit(process.env),
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: "1",
      REMOTE_ADDR: "127.0.0.1",
      REMOTE_USER: "git",
      REQUEST_METHOD: request.method,
      PATH_INFO: decodeURIComponent(url.pathname),
      QUERY_STRING: url.search.slice(1),
      CONTENT_TYPE: request.headers["content-type"],
      CONTENT_LENGTH: request.headers["content-length"],
      HTTP_CONTENT_ENCODING: request.headers["content-encoding"],
      GIT_PROTOCOL: request.headers["git-protocol"] as string | undefined,
    },
    stdio: ["pipe", "pipe", "ignore"],
  });
  request.pipe(backend.stdin);
  // Whoever has gone away takes nothing more.
  backend.stdin.on("error", () => {});
  let head = Buffer.alloc(0);
  backend.stdout.on("data", (chunk: Buffer) => {
    if (response.headersSent) {
      response.write(chunk);
      return;
    }
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf("\r\n\r\n");
    if (end === -1) return;
    const { status, headers } = parseHead(head.subarray(0, end).toString());
    response.writeHead(status, headers);
    response.write(head.subarray(end + 4));
  });
  backend.stdout.on("end", () => response.end());
}

/** As CGI has it: the status is one of the lines. */
function parseHead(text: string): { status: number; headers: Record<string, string> } {
  const lines = text.split("\r\n").map((line) => line.split(/:\s*/u) as [string, string]);
  const status = lines.find(([name]) => name.toLowerCase() === "status")?.[1] ?? "200";
  const headers = lines.filter(([name]) => name.toLowerCase() !== "status");
  return { status: Number.parseInt(status, 10), headers: Object.fromEntries(headers) };
}
