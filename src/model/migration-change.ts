import type { Migration } from "./migration.ts";

/**
 * What a pull request changes of a migration. `settings`: only what holds without another approval, such as the desired state and the
 * limits; `changed`: what an approval covers.
 */
export type MigrationChange =
  | { readonly kind: "deleted"; readonly name: string }
  | {
      readonly kind: "added" | "changed" | "settings";
      readonly name: string;
      /** In words, such as `desiredState: running → paused`; untrusted. */
      readonly settings: readonly string[];
      /** Null for one that is new. */
      readonly before: Migration | null;
      /** Names of its connections that the base branch does not have as they are here: no secret may be used for them. */
      readonly untrusted: readonly string[];
      /** Whether the base branch has agreed to the metadata database, so that it may be written to. */
      readonly isStoreKnown: boolean;
    };
