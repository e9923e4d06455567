/**
 * One host, step by step: name, TCP, TLS, hello. Sends no credentials. Every step ends within the connect timeout, and
 * at once when the signal aborts; no socket outlives the call.
 */
import { lookup } from "node:dns/promises";
import { once } from "node:events";
import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { raceAbort } from "../race-abort.ts";
import { classifyConnectError } from "./classify-error.ts";
import {
  type ConnectivityFailure,
  connectionClosed,
  hostNotFound,
  notMongodb,
  type Target,
  timedOut,
  tlsExpected,
  tlsNotSpoken,
} from "./connectivity-failure.ts";
import type { TlsParameters } from "./effective-options.ts";
import { decodeHello, encodeHello, type Hello } from "./hello-message.ts";

export type HostReport =
  | {
      readonly host: string;
      readonly hello: Hello;
      /** Such as `TLSv1.3`; null without TLS. */
      readonly tlsProtocol: string | null;
      readonly failure: null;
    }
  | { readonly host: string; readonly hello: null; readonly failure: ConnectivityFailure };

interface Attempt {
  readonly name: string;
  readonly port: number;
  readonly target: Target;
  readonly signal: AbortSignal;
}

type Outcome<T> = { readonly value: T } | { readonly failure: ConnectivityFailure };

const ANY_CERTIFICATE: TlsParameters = {
  rejectUnauthorized: false,
  checkServerIdentity: () => undefined,
};
/** Failures behind which may be a server that expects, or doesn't speak, TLS. */
const MAY_BE_TLS_MISMATCH = new Set(["connection-closed", "not-mongodb", "timeout", "tls-failure"]);

/** @param host - `host:port`. */
export async function probeHost(
  host: string,
  target: Target,
  tls: TlsParameters | null,
  signal: AbortSignal,
): Promise<HostReport> {
  const { name, port } = splitHost(host);
  const attempt: Attempt = { name, port, target: { ...target, host }, signal };
  const failed = (failure: ConnectivityFailure): HostReport => ({ host, hello: null, failure });
  const address = await resolveName(attempt);
  if ("failure" in address) return failed(address.failure);
  const answer = await sayHello(attempt, tls);
  if ("value" in answer) return { host, ...answer.value, failure: null };
  return failed(await explainWithTls(attempt, tls, answer.failure));
}

/** Whatever keeps a name from being resolved, a silent name server too: there is no address to connect to. */
async function resolveName(attempt: Attempt): Promise<Outcome<unknown>> {
  const address = await step(attempt, "tcp", (stop) => raceAbort(lookup(attempt.name), stop));
  return "failure" in address ? { failure: hostNotFound(attempt.target) } : address;
}

interface Answer {
  readonly hello: Hello;
  readonly tlsProtocol: string | null;
}

async function sayHello(attempt: Attempt, tls: TlsParameters | null): Promise<Outcome<Answer>> {
  const opened: Socket[] = [];
  try {
    const tcp = await step(attempt, "tcp", (stop) => openTcp(attempt, opened, stop));
    if ("failure" in tcp) return tcp;
    if (tls === null) return await askHello(attempt, tcp.value, null);
    const secure = await step(attempt, "tls", (stop) => openTls(attempt, tcp.value, tls, stop));
    if ("failure" in secure) return secure;
    return await askHello(attempt, secure.value, secure.value.getProtocol());
  } finally {
    for (const socket of opened) socket.destroy();
  }
}

/** A wrong guess about TLS shows as a closed connection, as silence, or as nonsense: try it the other way round. */
async function explainWithTls(
  attempt: Attempt,
  tls: TlsParameters | null,
  failure: ConnectivityFailure,
): Promise<ConnectivityFailure> {
  const { target } = attempt;
  if (failure.step === "tcp" || !MAY_BE_TLS_MISMATCH.has(failure.code)) return failure;
  if (tls === null) {
    return (await completesTls(attempt)) ? tlsExpected(target) : failure;
  }
  if (failure.step !== "tls" && failure.step !== "handshake") return failure;
  return "value" in (await sayHello(attempt, null)) ? tlsNotSpoken(target) : failure;
}

async function completesTls(attempt: Attempt): Promise<boolean> {
  const opened: Socket[] = [];
  try {
    const tcp = await step(attempt, "tcp", (stop) => openTcp(attempt, opened, stop));
    if ("failure" in tcp) return false;
    const secure = await step(attempt, "tls", (stop) =>
      openTls(attempt, tcp.value, ANY_CERTIFICATE, stop),
    );
    return "value" in secure;
  } finally {
    for (const socket of opened) socket.destroy();
  }
}

async function askHello(
  attempt: Attempt,
  socket: Socket,
  tlsProtocol: string | null,
): Promise<Outcome<Answer>> {
  const answer = await step(attempt, "handshake", (stop) => exchangeHello(socket, stop));
  if ("failure" in answer) return answer;
  if (answer.value === null) return { failure: connectionClosed(attempt.target) };
  if (answer.value === "not-mongodb") return { failure: notMongodb(attempt.target) };
  return { value: { hello: answer.value, tlsProtocol } };
}

/** Runs one step within its time; an abort from outside is thrown, everything else is classified. */
async function step<T>(
  { target, signal }: Attempt,
  name: "tcp" | "tls" | "handshake",
  run: (stop: AbortSignal) => Promise<T>,
): Promise<Outcome<T>> {
  const timeout = AbortSignal.timeout(target.connectMs);
  try {
    return { value: await run(AbortSignal.any([signal, timeout])) };
  } catch (error) {
    signal.throwIfAborted();
    if (timeout.aborted) return { failure: timedOut(target, name) };
    const failure = classifyConnectError(error, target);
    // What breaks a TLS handshake off is no fault of the steps before it.
    const isBrokenOff = name === "tls" && failure.code === "connection-closed";
    return { failure: isBrokenOff ? { ...failure, step: "tls" } : failure };
  }
}

async function openTcp(
  { name, port }: Attempt,
  opened: Socket[],
  stop: AbortSignal,
): Promise<Socket> {
  const socket = connectTcp({ host: name, port });
  opened.push(socket);
  // Errors after the step that waits for them have nobody to tell.
  socket.on("error", () => {});
  await once(socket, "connect", { signal: stop });
  return socket;
}

async function openTls(
  { name }: Attempt,
  socket: Socket,
  parameters: TlsParameters,
  stop: AbortSignal,
) {
  // As the driver does: SNI for names, none for addresses.
  const servername = isIP(name) === 0 ? { servername: name } : {};
  const secure = connectTls({ socket, host: name, ...servername, ...parameters });
  secure.on("error", () => {});
  await once(secure, "secureConnect", { signal: stop });
  return secure;
}

/** Null when the server closed the connection instead of answering. */
async function exchangeHello(
  socket: Socket,
  stop: AbortSignal,
): Promise<Hello | "not-mongodb" | null> {
  socket.write(encodeHello());
  const chunks: Buffer[] = [];
  const read = async (): Promise<Hello | "not-mongodb" | null> => {
    for await (const chunk of socket) {
      chunks.push(chunk as Buffer);
      const hello = decodeHello(Buffer.concat(chunks));
      if (hello !== null) return hello;
    }
    return null;
  };
  return raceAbort(read(), stop);
}

function splitHost(host: string): { readonly name: string; readonly port: number } {
  const colon = host.lastIndexOf(":");
  return {
    name: host.slice(0, colon).replace(/^\[(.*)\]$/, "$1"),
    port: Number(host.slice(colon + 1)),
  };
}
