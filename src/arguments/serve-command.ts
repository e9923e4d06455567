import { type Command, InvalidArgumentError, Option } from "commander";
import {
  type CommandLine,
  DEFAULT_PARALLEL,
  fileOption,
  parseCount,
  parseDuration,
  type SharedOptions,
  withLogOptions,
} from "./options.ts";

interface ServeOptions extends Omit<SharedOptions, "output"> {
  readonly repository: string;
  readonly branch: string;
  readonly path?: string;
  readonly sshKey?: string;
  readonly knownHosts?: string;
  readonly address: string;
  readonly port: number;
  readonly interval: number;
  readonly parallel: number;
  readonly requireApproval: boolean;
}

const DEFAULT_INTERVAL_MS = 15_000;
const DEFAULT_PORT = 8_080;

export function defineServe(program: Command, cli: CommandLine): void {
  const command = program
    .command("serve")
    .description("follow a branch, and keep every migration as its spec there wants")
    .addOption(
      variable(
        "--repository <address>",
        "to follow, over https, ssh or a path",
      ).makeOptionMandatory(),
    )
    .addOption(variable("--branch <branch>", "of it that holds").default("main"))
    .addOption(fileOption())
    .addOption(
      variable(
        "--path <folder>",
        "for the clone, of this process alone (default: a temporary one)",
      ),
    )
    .addOption(variable("--ssh-key <file>", "private key that may read and push"))
    .addOption(variable("--known-hosts <file>", "keys of the repository's host"))
    .addOption(variable("--address <address>", "to answer probes at").default("127.0.0.1"))
    .addOption(
      variable("--port <port>", "to answer probes at").argParser(parsePort).default(DEFAULT_PORT),
    )
    .addOption(
      variable("--interval <duration>", "how often the branch is asked, and who waits tries again")
        .argParser(parseDuration)
        .default(DEFAULT_INTERVAL_MS, "15s"),
    )
    .addOption(
      variable("--parallel <number>", "migrations at the same time")
        .argParser(parseCount)
        .default(DEFAULT_PARALLEL),
    )
    .addOption(
      variable(
        "--require-approval",
        "begin nothing whose plan no merged pull request has shown",
      ).default(false),
    );
  withLogOptions(command).action(async ({ path, interval, address, ...options }: ServeOptions) => {
    const { runServe } = await import("../commands/serve.ts");
    const createReporter = await cli.loadReporters();
    const { sshKey = null, knownHosts = null, requireApproval, logFormat } = options;
    cli.leave(
      await runServe({
        ...(await cli.createContext(undefined, { ...options, output: "text" })),
        ...options,
        folder: path ?? null,
        listenAddress: address,
        sshKey,
        knownHosts,
        intervalMs: interval,
        isApprovalRequired: requireApproval,
        createReporter: (context) => createReporter(context, logFormat, false),
      }),
    );
  });
}

/** An option that may also be given as `MONGOFERRY_` and its name. */
function variable(flags: string, description: string): Option {
  const option = new Option(flags, description);
  return option.env(`MONGOFERRY_${option.name().replaceAll("-", "_").toUpperCase()}`);
}

function parsePort(text: string): number {
  const port = /^\d{1,5}$/u.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw new InvalidArgumentError("A whole number up to 65535; 0 takes any that is free.");
}
