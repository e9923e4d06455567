/**
 * A stand-in for GitHub's REST API, as strict as that: what GitHub's own description does not know is refused and remembered as a
 * violation. The repository behind it is a real bare one.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { matchOperation } from "./api-description.ts";
import { BareRepository } from "./bare-repository.ts";
import { type Answer, answerInstead, type Fault, Faults } from "./faults.ts";
import { answerRequest } from "./operations.ts";
import { type Account, FakeState, type FakeComment, type FakePull, type NewPull } from "./state.ts";

export interface FakeGitHub extends AsyncDisposable {
  /** To be `GITHUB_API_URL`. */
  readonly url: string;
  readonly repository: string;
  /** Makes a token known. */
  addAccount(token: string, account: Account): void;
  /** The head has to be a branch, or a commit, of the repository behind it. */
  openPullRequest(pull: NewPull): Promise<number>;
  /** Moves the head to where its branch is now, as a push does. */
  refreshPullRequest(number: number): Promise<FakePull>;
  /** Merges it for real, and returns the merge's commit. */
  mergePullRequest(number: number, how?: "merge" | "squash"): Promise<string>;
  pullRequest(number: number): FakePull;
  comments(pullRequest: number): readonly FakeComment[];
  /** All that they have said, also what was replaced, oldest first. */
  texts(pullRequest: number): readonly string[];
  /** What somebody else says there. */
  addComment(pullRequest: number, login: string, body: string): void;
  statuses(commit: string): readonly Readonly<Record<string, unknown>>[];
  /** Workflows that were started, in order; each call returns those since the last one. */
  takeDispatches(): readonly Dispatch[];
  plan(fault: Fault): void;
  /** Nobody moves the branch from now on; the message is what GitHub says then. */
  protectBranch(branch: string, message: string): void;
  /** `METHOD /path`, in order. */
  requests(): readonly string[];
  /** What was asked for against GitHub's description, or was answered so. */
  violations(): readonly string[];
}

export interface Dispatch {
  readonly workflow: string;
  readonly ref: string;
  readonly inputs: Readonly<Record<string, string>>;
}

export interface FakeGitHubOptions {
  readonly repository: string;
  /** Folder of the bare repository behind it. */
  readonly bare: string;
}

export async function startFakeGitHub(options: FakeGitHubOptions): Promise<FakeGitHub> {
  const bare = new BareRepository(options.bare);
  const state = new FakeState(options.repository, bare);
  const faults = new Faults();
  const requests: string[] = [];
  const violations: string[] = [];
  const server = createServer((request, response) => {
    void handle(request, response, { state, faults, requests, violations });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  state.webUrl = `http://127.0.0.1:${port}`;
  return {
    url: state.webUrl,
    repository: options.repository,
    addAccount: (token, account) => state.accounts.set(token, account),
    openPullRequest: async (pull) => state.openPull(pull),
    refreshPullRequest: async (number) => state.refreshPull(number),
    mergePullRequest: async (number, how = "merge") => state.mergePull(number, how),
    pullRequest: (number) => state.pull(number),
    comments: (number) => state.commentsOf(number),
    texts: (number) => state.textsOf(number),
    addComment: (number, login, body) => {
      state.addComment(number, { login, type: "User", permissions: new Set() }, body);
    },
    statuses: (commit) => state.statuses.get(commit) ?? [],
    takeDispatches: () => state.dispatches.splice(0),
    plan: (fault) => faults.plan(fault),
    protectBranch: (branch, message) => state.rules.set(`refs/heads/${branch}`, message),
    requests: () => requests,
    violations: () => violations,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

interface Surroundings {
  readonly state: FakeState;
  readonly faults: Faults;
  readonly requests: string[];
  readonly violations: string[];
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  surroundings: Surroundings,
): Promise<void> {
  const { faults, requests, violations } = surroundings;
  const url = new URL(request.url ?? "/", "http://fake");
  const shown = `${request.method} ${url.pathname}`;
  requests.push(shown);
  const text = await readText(request);
  const fault = faults.take(shown);
  if (fault?.kind === "interrupt" && fault.when === "before") {
    fault.interrupt();
    request.socket.destroy();
    return;
  }
  const instead = fault === null ? null : answerInstead(fault, Date.now());
  if (instead !== null) {
    send(response, instead);
    return;
  }
  try {
    const answer = await carryOut(request, url, text, surroundings);
    if (fault?.kind === "interrupt") fault.interrupt();
    if (fault?.kind === "lost-answer" || fault?.kind === "interrupt") request.socket.destroy();
    else if (fault?.kind === "bad-gateway-afterwards") {
      send(response, { status: 502, body: { message: "Server Error" } });
    } else send(response, answer);
  } catch (error) {
    violations.push(`${shown}: ${String(error)}`);
    send(response, { status: 500, body: { message: String(error) } });
  }
}

async function carryOut(
  request: IncomingMessage,
  url: URL,
  text: string,
  { state, violations }: Surroundings,
): Promise<Answer> {
  const shown = `${request.method} ${url.pathname}`;
  if (request.headers["user-agent"] === undefined) {
    violations.push(`${shown}: no User-Agent`);
    return { status: 403, body: { message: "Request forbidden by administrative rules." } };
  }
  const token = /^(?:bearer|token) (.+)$/iu.exec(request.headers.authorization ?? "")?.[1];
  const account = token === undefined ? undefined : state.accounts.get(token);
  if (account === undefined) return { status: 401, body: { message: "Bad credentials" } };
  const match = matchOperation(request.method ?? "", url.pathname);
  if (match === null) {
    violations.push(`${shown}: GitHub has no such operation, or none that is known here`);
    return { status: 404, body: { message: "Not Found" } };
  }
  const { operation, path } = match;
  const query = Object.fromEntries(url.searchParams);
  const body: unknown = text === "" ? undefined : JSON.parse(text);
  const wrong = operation.checkRequest(path, query, body);
  if (wrong.length > 0) {
    violations.push(`${shown}: ${wrong.join("; ")}`);
    return { status: 422, body: { message: `Invalid request. ${wrong.join("; ")}` } };
  }
  const fields = (body ?? {}) as Readonly<Record<string, unknown>>;
  const answer = await answerRequest(operation.name, { state, account, path, query, body: fields });
  const isFine = answer.status < 300;
  const whole = isFine ? operation.completeAnswer(answer.status, answer.body) : answer.body;
  for (const problem of operation.checkAnswer(answer.status, whole)) {
    violations.push(`the fake's answer to ${shown}: ${problem}`);
  }
  return { ...answer, body: whole };
}

function send(response: ServerResponse, { status, body, headers = {} }: Answer): void {
  const isEmpty = status === 204;
  response.writeHead(status, {
    ...(isEmpty ? {} : { "content-type": "application/json; charset=utf-8" }),
    ...headers,
  });
  response.end(isEmpty ? undefined : JSON.stringify(body));
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
