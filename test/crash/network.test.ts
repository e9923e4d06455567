/** A network between the program and both servers that fails in every way. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type FollowFixture, openFollowFixture } from "../support/following/follow-fixture.ts";
import { startTcpProxy, type TcpProxy } from "../support/tcp-proxy.ts";
import { hasPrinted } from "../support/cli-fixture.ts";

let fixture: FollowFixture;

beforeAll(async () => {
  fixture = await openFollowFixture();
});

afterAll(async () => {
  await fixture?.[Symbol.asyncDispose]();
});

function through(proxy: TcpProxy): string {
  return `mongodb://127.0.0.1:${proxy.port}/?directConnection=true&socketTimeoutMS=3000`;
}

/** Without a limit of its own: the driver finds out by looking after the server. */
function watched(proxy: TcpProxy): string {
  return `mongodb://127.0.0.1:${proxy.port}/?directConnection=true&heartbeatFrequencyMS=1000`;
}

describe("a network that fails while changes are followed", () => {
  it("I2 I3 ends equal, in the same process, after connections are cut, delayed, held up and half closed", async () => {
    await using source = await startTcpProxy(fixture.source.hosts[0] ?? "");
    await using destination = await startTcpProxy(fixture.destination.hosts[0] ?? "");
    const filling = await fixture.load({ seed: 31, schemaPauseMs: null });
    await sleep(1_500);
    await filling.stop();
    const load = await fixture.load({ seed: 32, schemaPauseMs: 500 });
    const run = fixture.start({ source: through(source), destination: through(destination) });
    // Whoever cannot reach an end to begin with is told so, and ends.
    await hasPrinted(run, "→ Copying");
    await sleep(1_500);
    for (const proxy of [source, destination, source, destination]) {
      proxy.cutAll();
      await sleep(700);
      proxy.delay(300);
      await sleep(1_000);
      proxy.halfClose("client→server");
      await sleep(1_000);
      proxy.stall(true);
      await sleep(2_000);
      proxy.refuse(true);
      proxy.cutAll();
      await sleep(1_500);
      proxy.restoreAll();
      await sleep(500);
    }
    await load.stop();
    expect(await fixture.waitUntilEqual(run)).toEqual([]);
    run.kill("SIGTERM");
    expect((await run).exitCode).toBe(75);
  }, 300_000);

  it("I2 ends equal after all connections to either end have gone silent without being closed", async () => {
    await using source = await startTcpProxy(fixture.source.hosts[0] ?? "");
    await using destination = await startTcpProxy(fixture.destination.hosts[0] ?? "");
    const run = fixture.start({ source: watched(source), destination: watched(destination) });
    const load = await fixture.load({ seed: 33, schemaPauseMs: 1_000 });
    await hasPrinted(run, "Follows the changes of");
    await sleep(1_500);
    for (const proxy of [source, destination]) {
      proxy.silenceAll();
      await sleep(3_000);
    }
    await load.stop();
    expect(await fixture.waitUntilEqual(run)).toEqual([]);
    run.kill("SIGTERM");
    expect((await run).exitCode).toBe(75);
  }, 300_000);
});
