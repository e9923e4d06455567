import type { CostRates } from "./costs.ts";
import type { CutoverSettings } from "./cutover.ts";
import type { Limits } from "./limits.ts";
import type { VerificationSettings } from "./verification.ts";

/** A migration as the rest of the program sees it: validated, defaults filled in, connections resolved by name. */
export interface Migration {
  /** `metadata.name`: the key of the migration everywhere. */
  readonly name: string;
  /** Free-form display name (R14); the name where the spec gives none. */
  readonly title: string;
  /** The spec's place, for messages: `file:line:column`, relative to the working directory. */
  readonly place: string;
  /** Path of the file that holds the spec, absolute. */
  readonly file: string;
  readonly desiredState: DesiredState;
  readonly mode: MigrationMode;
  readonly source: Connection;
  readonly destination: Connection;
  /** For the way back: those of the migration that is turned around, with its mapping turned around. */
  readonly objects: readonly ObjectSelection[];
  /** The migration whose cutover this one goes back behind; null for all others. */
  readonly reverse: ReverseOf | null;
  readonly metadataDatabase: string;
  readonly limits: Limits;
  readonly verification: VerificationSettings;
  readonly journal: JournalMode;
  readonly cutover: CutoverSettings;
  readonly costs: CostRates;
  readonly git: GitSettings;
}

export type DesiredState = "running" | "paused" | "stopped" | "cutover";

/** Whether a migration is to be gone on with, be it towards its cutover. */
export function isToWork(desired: DesiredState): boolean {
  return desired === "running" || desired === "cutover";
}

export type MigrationMode = "full" | "full-and-incremental";
/** When changes are kept during the copy; `auto`: where it may take longer than the source remembers them. */
export type JournalMode = "auto" | "always" | "never";

export interface ReverseOf {
  readonly of: string;
  /** Where that one keeps its state, at what is the source now. */
  readonly metadataDatabase: string;
}

/** One database (or a glob of databases) of the source, and what of it is wanted. */
export interface ObjectSelection {
  /** Exact name or glob (`*` any run of characters, `?` one, `\` takes the next character literally). */
  readonly database: string;
  /** New database name at the destination; only with an exact `database`. */
  readonly as: string | null;
  /** Null selects all collections and views, an empty list none. */
  readonly collections: readonly CollectionSelection[] | null;
  /** Whether the database's stored functions (`system.js`) are selected. */
  readonly functions: boolean;
  /** Globs of collections to leave out; wins over `collections`. */
  readonly exclude: readonly string[];
}

export interface CollectionSelection {
  /** Exact name or glob, as in `ObjectSelection.database`. */
  readonly name: string;
  /** New collection name; only with an exact `name`. */
  readonly as: string | null;
  readonly onExisting: OnExisting;
  /** Copies only the documents that match: a query in canonical extended JSON; null copies all. */
  readonly filter: string | null;
}

/**
 * What is done where the target exists: `replace` drops it, `keep` leaves it as it is and copies nothing. Both only with
 * exact names of database and collection.
 */
export type OnExisting = "refuse" | "replace" | "keep";

export interface GitSettings {
  /** Branch for state files; null means the branch that is checked out. */
  readonly stateBranch: string | null;
  /** Who makes the commits: git, or GitHub through its API, which signs them. */
  readonly commits: "git" | "github";
}

/** How to reach a deployment. Names of environment variables only, never a secret. */
export interface Connection {
  readonly name: string;
  readonly place: string;
  readonly provider: "atlas" | "apsaradb" | "mongodb";
  readonly address: ConnectionAddress;
  readonly tls: TlsSettings;
  readonly timeouts: { readonly connectMs: number; readonly serverSelectionMs: number };
  /** Storage the user says the deployment has; null where nothing is said. */
  readonly declaredStorageBytes: number | null;
}

export type ConnectionAddress =
  | { readonly kind: "uri"; readonly uriEnv: string }
  | {
      readonly kind: "parts";
      /** A host name, or an SRV name when `isSrv`. */
      readonly host: string;
      readonly isSrv: boolean;
      readonly port: number;
      readonly replicaSet: string | null;
      readonly authDatabase: string;
      readonly username: SecretOrText | null;
      readonly passwordEnv: string | null;
    };

export type SecretOrText =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "env"; readonly env: string };

export interface TlsSettings {
  /** Null leaves it to the URI (or to the provider's default: on for Atlas). */
  readonly isEnabled: boolean | null;
  /** PEM file of certificate authorities, absolute path. */
  readonly caFile: string | null;
  /** PEM file with client certificate and key, absolute path. */
  readonly certificateKeyFile: string | null;
  readonly allowInvalidCertificates: boolean;
  readonly allowInvalidHostnames: boolean;
}
