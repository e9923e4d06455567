/** Processes that publish to one remote at the same time. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { publications } from "./publisher-processes.ts";
import { openPublishingFixture, type PublishingFixture } from "./publishing-fixture.ts";

/** Defines the tests. A quarter of the processes share a migration with another one where they take it from each other. */
export function definePublishingRaces(processes: number): void {
  let fixture: PublishingFixture;

  beforeAll(async () => {
    fixture = await openPublishingFixture();
  });

  afterAll(async () => fixture?.[Symbol.asyncDispose]());

  beforeEach(async () => fixture.renew());

  afterEach(async () => {
    expect(await fixture.box.git("hub.git", "fsck", "--strict", "--no-dangling")).toBe("");
  });

  describe(`${processes} processes that publish to one remote`, () => {
    it("all come through where they begin together", async () => {
      const names = await cloneForEach((n) => `shop-${n}`);
      const runs = await Promise.all(names.map(async (name, n) => publish(name, n, 1)));
      const said = runs.flatMap(({ stdout }) => publications(stdout));
      expect(said.map(({ status }) => status)).toEqual(names.map(() => "true"));
      expect(await fixture.faultsOf("main", names)).toEqual([]);
      expect(await fixture.countCommits("main")).toBe(1 + processes);
    }, 300_000);

    it("leave each of several transitions once, also where two of them take a migration from each other", async () => {
      const names = await cloneForEach((n) => `shop-${n % Math.floor(processes * 0.75)}`);
      const runs = await Promise.all(names.map(async (name, n) => publish(name, n, 4)));
      const said = runs.flatMap(({ stdout }) => publications(stdout));
      const failed = said.filter(({ status }) => status === "false");
      const overtaken = failed.filter(({ message }) => message.includes("has taken"));
      const lost = failed.length - overtaken.length;
      process.stdout.write(
        `${said.length} publications, left to the next: ${overtaken.length} of processes that were overtaken, ${lost} after 8 lost races\n`,
      );
      expect(lost, "publications that 8 tries were too few for").toBeLessThan(5);
      // What the next apply does for the last one.
      const shared = [...new Set(names)];
      const rest = await Promise.all(shared.map(async (name, n) => publish(name, n, 4)));
      expect(rest.map(({ exitCode, stderr }) => `${exitCode}${stderr}`)).toEqual(
        shared.map(() => "0"),
      );
      expect(await fixture.faultsOf("main", shared)).toEqual([]);
      const last = await Promise.all(shared.map(async (name) => fixture.store.readRun(name)));
      expect(last.map((run) => run?.seq)).toEqual(shared.map(() => 4));
    }, 600_000);
  });

  /** A clone for each process, and the migration that each works on. */
  async function cloneForEach(migrationOf: (n: number) => string): Promise<readonly string[]> {
    const numbers = Array.from({ length: processes }, (_, n) => n);
    for (const n of numbers) await fixture.box.clone("hub.git", `clone-${n}`);
    return numbers.map(migrationOf);
  }

  function publish(migration: string, n: number, upTo: number) {
    const { storeUri } = fixture;
    const job = { folder: `clone-${n}`, storeUri, migration, upTo, canOvertake: true };
    return fixture.startPublishing(job);
  }
}
