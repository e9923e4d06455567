/** One connection through the proxy: two sockets, and a pipe each way that holds bytes back as the weather says. */
import type { Socket } from "node:net";

export type Direction = "client→server" | "server→client";

/** How the network is at the moment; shared by all connections of a proxy. */
export interface Weather {
  delayMs: number;
  isStalled: boolean;
}

/** What a pipe holds before it makes the sender wait. */
const MOST_HELD_BYTES = 1024 * 1024;

export class TcpLink {
  /** Settles when both sockets are closed. */
  readonly closed: Promise<unknown>;
  isHalfClosed = false;
  readonly #sockets: readonly [client: Socket, server: Socket];
  readonly #pipes: Readonly<Record<Direction, TcpPipe>>;

  constructor(client: Socket, server: Socket, weather: Weather) {
    this.#sockets = [client, server];
    this.#pipes = {
      "client→server": new TcpPipe(client, server, weather),
      "server→client": new TcpPipe(server, client, weather),
    };
    this.closed = Promise.all(this.#sockets.map((socket) => this.#follow(socket)));
  }

  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  halfClose(direction: Direction): void {
    this.isHalfClosed = true;
    this.#pipes[direction].end();
  }

  /** Both sides stay connected, and nothing ever arrives any more. */
  silence(): void {
    for (const pipe of Object.values(this.#pipes)) pipe.silence();
  }

  /** Sends what is due. */
  flush(): void {
    for (const pipe of Object.values(this.#pipes)) pipe.flush();
  }

  /** A side that fails takes the other with it. */
  #follow(socket: Socket): Promise<void> {
    socket.setNoDelay(true);
    socket.on("error", () => this.cut());
    return new Promise((resolve) => {
      socket.on("close", (hadError) => {
        if (hadError) this.cut();
        resolve();
      });
    });
  }
}

/** Bytes from one socket to the other, in order, each at its time. */
class TcpPipe {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #weather: Weather;
  /** Null stands for the end. */
  readonly #held: { readonly chunk: Buffer | null; readonly dueAt: number }[] = [];
  #heldBytes = 0;
  #isEnded = false;
  #timer: NodeJS.Timeout | null = null;

  constructor(from: Socket, to: Socket, weather: Weather) {
    this.#from = from;
    this.#to = to;
    this.#weather = weather;
    from.on("data", (chunk: Buffer) => this.#hold(chunk));
    from.on("end", () => this.#hold(null));
    to.on("drain", () => this.flush());
    to.on("close", () => this.end());
  }

  /** Ends the receiving side; what is held or still comes gets lost. */
  end(): void {
    this.silence();
    this.#to.end();
  }

  /** What is held or still comes gets lost. */
  silence(): void {
    this.#isEnded = true;
    this.#held.length = 0;
    this.#heldBytes = 0;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    // What nobody reads would keep the sender from noticing that the other side has gone.
    this.#from.resume();
  }

  flush(): void {
    if (this.#isEnded || this.#weather.isStalled) return;
    for (let first = this.#held[0]; first !== undefined; first = this.#held[0]) {
      if (this.#to.writableNeedDrain) return;
      const waitMs = first.dueAt - performance.now();
      if (waitMs > 0) return this.#flushIn(waitMs);
      this.#held.shift();
      if (first.chunk === null) return this.end();
      this.#heldBytes -= first.chunk.length;
      this.#to.write(first.chunk);
    }
    this.#from.resume();
  }

  #hold(chunk: Buffer | null): void {
    if (this.#isEnded) return;
    this.#held.push({ chunk, dueAt: performance.now() + this.#weather.delayMs });
    this.#heldBytes += chunk?.length ?? 0;
    if (this.#heldBytes > MOST_HELD_BYTES) this.#from.pause();
    this.flush();
  }

  #flushIn(waitMs: number): void {
    if (this.#timer !== null) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.flush();
    }, Math.ceil(waitMs));
  }
}
