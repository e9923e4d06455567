import type { Command } from "commander";
import { type CommandLine, migrationCommand, type SharedOptions } from "./options.ts";

interface PrOptions extends SharedOptions {
  readonly base?: string;
  readonly list: boolean;
  readonly markdown?: string;
}

export function definePr(program: Command, cli: CommandLine): void {
  migrationCommand(program, "pr", "show what a pull request would do, where it is reviewed")
    .option("--base <commit>", "what to compare with (default: the pull request's base)")
    .option("--list", "only name the migrations that change, as the matrix of a workflow", false)
    .option("--markdown <file>", "write the comments to a file, for hosts other than GitHub")
    .action(async (name: string | undefined, options: PrOptions) => {
      const { runPr } = await import("../commands/pr.ts");
      const { base = null, list, markdown = null } = options;
      const context = await cli.createContext(name, options);
      cli.setExitCode(await runPr({ ...context, base, isList: list, markdownFile: markdown }));
    });
}
