import type { Logger } from "../base/log.ts";
import type { Surroundings } from "../wire.ts";

/** What every command that works on a migration is given. */
export interface CommandContext extends Surroundings {
  readonly cwd: string;
  /** Files and directories with specs; none means `migrations/`. */
  readonly specPaths: readonly string[];
  /** Null where the repository holds just one. */
  readonly migrationName: string | null;
  readonly output: "text" | "json";
  readonly useColor: boolean;
  readonly columns: number;
  readonly logger: Logger;
  /** Receives results, with their line breaks. */
  readonly stdout: (text: string) => void;
  /** Receives commands to GitHub Actions, such as annotations; forgets them elsewhere. */
  readonly annotate: (commands: string) => void;
}
