/** `publishAll` as a process, started by `publisher-processes.ts` and made to be killed. It is bundled, so that it starts in a fraction of the time. */
import { publishAll, type PublishArguments } from "./publish-all.ts";

const job = JSON.parse(process.argv[2] ?? "") as PublishArguments;
if (job.github !== null) hurryOctokit();
await publishAll(job, process.env, (what) => process.stdout.write(`${JSON.stringify(what)}\n`));

/** Octokit keeps a second between two writes, whatever it is told. */
function hurryOctokit(): void {
  const { setTimeout: plain } = globalThis;
  const hurried = (run: (...args: unknown[]) => void, ms = 0, ...args: unknown[]): NodeJS.Timeout =>
    plain(run, ms <= 8_000 ? ms / 20 : ms, ...args);
  globalThis.setTimeout = Object.assign(hurried, plain) as typeof plain;
}
