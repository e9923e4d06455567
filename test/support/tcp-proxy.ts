/**
 * A TCP proxy on this machine that makes the network fail on demand. A client of a replica set must connect through it
 * with `directConnection=true`: otherwise it learns the members' own ports and goes past it.
 */
import { once } from "node:events";
import { type AddressInfo, type Server, type Socket, connect, createServer } from "node:net";
import { type Direction, TcpLink, type Weather } from "./tcp-link.ts";

export interface TcpProxy extends AsyncDisposable {
  readonly port: number;
  /** Number of connections that are open now. */
  connectionCount(): number;
  /** Ends every connection with a reset on both sides. */
  cutAll(): void;
  /** Ends one direction of every connection; what is sent that way afterwards gets lost. */
  halfClose(direction: Direction): void;
  /** Nothing arrives any more on the connections that are open now, which stay open; new ones are as ever. */
  silenceAll(): void;
  /** Every byte arrives that much later, both ways. */
  delay(delayMs: number): void;
  /** Takes connections and bytes but forwards nothing; what was held back arrives when it is turned off. */
  stall(isOn: boolean): void;
  /** Resets new connections at once; those that are open stay. */
  refuse(isOn: boolean): void;
  /** Ends delay, stall and refusal, and cuts the connections that were half closed. */
  restoreAll(): void;
  close(): Promise<void>;
}

/** @param target - `host:port` of the server. */
export async function startTcpProxy(target: string): Promise<TcpProxy> {
  const separator = target.lastIndexOf(":");
  const host = target.slice(0, separator);
  const port = Number(target.slice(separator + 1));
  const proxy = new LocalTcpProxy(() => connect({ host, port, allowHalfOpen: true }));
  await proxy.listen();
  return proxy;
}

class LocalTcpProxy implements TcpProxy {
  readonly #connectToServer: () => Socket;
  readonly #listener: Server;
  readonly #links = new Set<TcpLink>();
  readonly #weather: Weather = { delayMs: 0, isStalled: false };
  #isRefusing = false;

  constructor(connectToServer: () => Socket) {
    this.#connectToServer = connectToServer;
    this.#listener = createServer({ allowHalfOpen: true }, (client) => this.#accept(client));
  }

  async listen(): Promise<void> {
    this.#listener.listen(0, "127.0.0.1");
    await once(this.#listener, "listening");
  }

  get port(): number {
    return (this.#listener.address() as AddressInfo).port;
  }

  connectionCount(): number {
    return this.#links.size;
  }

  cutAll(): void {
    for (const link of this.#links) link.cut();
  }

  halfClose(direction: Direction): void {
    for (const link of this.#links) link.halfClose(direction);
  }

  silenceAll(): void {
    for (const link of this.#links) link.silence();
  }

  delay(delayMs: number): void {
    this.#weather.delayMs = delayMs;
  }

  stall(isOn: boolean): void {
    this.#weather.isStalled = isOn;
    for (const link of this.#links) link.flush();
  }

  refuse(isOn: boolean): void {
    this.#isRefusing = isOn;
  }

  restoreAll(): void {
    this.delay(0);
    this.refuse(false);
    this.stall(false);
    for (const link of this.#links) if (link.isHalfClosed) link.cut();
  }

  async close(): Promise<void> {
    if (!this.#listener.listening) return;
    const closed = once(this.#listener, "close");
    this.#listener.close();
    this.cutAll();
    await closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #accept(client: Socket): void {
    if (this.#isRefusing) {
      client.on("error", () => {});
      client.resetAndDestroy();
      return;
    }
    const link = new TcpLink(client, this.#connectToServer(), this.#weather);
    this.#links.add(link);
    void link.closed.then(() => this.#links.delete(link));
  }
}
