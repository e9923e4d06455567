import type { Migration } from "./migration.ts";

/** What the repository says of a migration at the moment. */
export type SpecReading =
  | {
      readonly kind: "read";
      readonly migration: Migration;
      /** Why it may not be the newest: the branch cannot be asked. Null: it is. */
      readonly trouble: string | null;
    }
  /** Some spec beside it has a problem. */
  | { readonly kind: "unreadable"; readonly problem: string }
  /** No spec of that name is there any more. */
  | { readonly kind: "deleted" };
