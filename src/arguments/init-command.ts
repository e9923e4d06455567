import { type Command, InvalidArgumentError, Option } from "commander";
import type { Provider } from "../commands/init.ts";
import { type CommandLine, outputOption, type SharedOptions } from "./options.ts";

interface InitArguments extends Pick<SharedOptions, "output"> {
  readonly name: string;
  readonly database: string;
  readonly source: Provider;
  readonly destination: Provider;
  readonly action?: string;
  readonly branch?: string;
}

export function defineInit(program: Command, cli: CommandLine): void {
  program
    .command("init")
    .description("write a first spec and the workflows into this repository")
    .option("--name <name>", "of the migration", parseName, "first-migration")
    .option("--database <database>", "to move", "shop")
    .addOption(providerOption("--source", "atlas"))
    .addOption(providerOption("--destination", "apsaradb"))
    .option("--action <action>", "OWNER/NAME@COMMIT to run (default: this release)", parseAction)
    .option("--branch <branch>", "that pull requests are merged into (default: the remote's)")
    .addOption(outputOption())
    .action(async ({ action, branch, ...options }: InitArguments) => {
      const { runInit } = await import("../commands/init.ts");
      const shared = { ...options, file: [], logFormat: "text", logLevel: "info" } as const;
      const context = await cli.createContext(undefined, shared);
      cli.setExitCode(
        await runInit({ ...context, ...options, action: action ?? null, branch: branch ?? null }),
      );
    });
}

function providerOption(flag: string, standard: Provider): Option {
  return new Option(`${flag} <provider>`, "who runs that end")
    .choices(["atlas", "apsaradb", "mongodb"])
    .default(standard);
}

/** As the schema has it for `metadata.name`. */
function parseName(text: string): string {
  if (/^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/u.test(text)) return text;
  throw new InvalidArgumentError("Small letters, digits and hyphens, up to 63.");
}

function parseAction(text: string): string {
  if (/^[\w.-]+\/[\w.-]+@[0-9a-f]{40}$/u.test(text)) return text;
  throw new InvalidArgumentError("OWNER/NAME@COMMIT with all 40 digits of the commit.");
}
