/** The product's copy phase, with its state in the metadata database at the destination. */
import { copyCollections } from "../../../src/copy/copy-collections.ts";
import { migrationOf, openCopyFixture } from "../../../test/support/copy-fixture.ts";
import { type CopyJob, SOURCE_DATABASE } from "../job.ts";
import type { Measured } from "../results.ts";
import { measure } from "../stopwatch.ts";

export async function copyWithOurs(job: CopyJob): Promise<Measured> {
  await using fixture = await openCopyFixture(job.sourceUri, job.destinationUri);
  const collection = {
    name: job.collection,
    as: null,
    onExisting: "refuse",
    filter: null,
  } as const;
  const migration = migrationOf("bench-copy", [
    {
      database: SOURCE_DATABASE,
      as: null,
      collections: [collection],
      functions: false,
      exclude: [],
    },
  ]);
  const lease = await fixture.store.acquireLease(migration.name);
  try {
    const plan = await fixture.plan(migration);
    return await measure(async () => {
      await copyCollections(plan, await fixture.tools(lease, plan));
    });
  } finally {
    await lease.release();
  }
}
