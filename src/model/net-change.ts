/**
 * What is to become of a document key after all changes of a window (I4). One of:
 * - *insert*: it is new since the window began, and its document came with the change;
 * - *put*: it may be there already, and its whole document came with the change;
 * - *fetch*: what it has now is read at the source;
 * - *delete*.
 *
 * Each of them can be done again, and in any order with those of other keys (I3). Several forms of what may be one key to a server
 * (1 and 1.0) have a net change each: of those that are one, all but one have been deleted, since no two can be there at a time. So
 * deletions come first where there are such. What is fetched is in one form only, whichever was asked for: what is there in another has
 * to go before.
 */
import type { ChangedCollection } from "./change.ts";
import type { DocumentKey } from "./document-key.ts";

export type NetChange =
  | { readonly kind: "insert" | "put"; readonly key: DocumentKey; readonly document: Uint8Array }
  | {
      readonly kind: "fetch";
      readonly key: DocumentKey;
      /** Whether it is one of several forms. */
      readonly isForm?: true;
    }
  | { readonly kind: "delete"; readonly key: DocumentKey };

export interface CollectionWindow {
  /** As the first change named it. */
  readonly collection: ChangedCollection;
  /** In the order in which the keys have changed first. */
  readonly changes: readonly NetChange[];
  /** Whether some keys may be one to a server, and differ in their bytes. */
  readonly hasForms: boolean;
}
