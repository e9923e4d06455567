// node scripts/with-install.mjs <task> [arguments]: runs a task in a checkout that may be fresh from `git clone`.
import { spawn } from "node:child_process";
import { constants } from "node:os";
import {
  binary,
  ensureBuilt,
  ensureInstalled,
  projectRoot,
  requireNode,
} from "./prepare-checkout.mjs";

const tasks = {
  demo: { needsBuild: true, command: () => ["--import", "tsx", "dev/demo/demo.ts"] },
  test: { needsBuild: true, command: () => [binary("vitest", "vitest"), "run"] },
  "test:node": { needsBuild: true, command: () => ["scripts/test-on-node.mjs"] },
  "test:matrix": {
    needsBuild: false,
    command: () => [binary("vitest", "vitest"), "run", "--config", "vitest.matrix.config.ts"],
  },
  "test:e2e": {
    needsBuild: true,
    command: () => [binary("vitest", "vitest"), "run", "--config", "vitest.flow.config.ts"],
  },
  "test:soak": {
    needsBuild: true,
    command: () => [binary("vitest", "vitest"), "run", "--config", "vitest.soak.config.ts"],
  },
  bench: { needsBuild: true, command: () => ["--import", "tsx", "bench/run.ts"] },
  package: { needsBuild: true, command: () => [binary("publint", "publint"), "--strict"] },
  generate: { needsBuild: false, command: () => ["scripts/generate-spec-types.mjs"] },
};

const END_WITH_PARENT = new URL("end-with-parent.mjs", import.meta.url).href;

/** npm passes a signal on that the terminal has sent to everyone already. */
const SAME_SIGNAL_WITHIN_MS = 300;

const [name, ...args] = process.argv.slice(2);
const task = Object.hasOwn(tasks, name ?? "") ? tasks[name] : null;
if (task === null) {
  process.stderr.write(`usage: with-install.mjs ${Object.keys(tasks).join("|")} [arguments]\n`);
  process.exit(1);
}
requireNode();
ensureInstalled();
if (task.needsBuild) ensureBuilt();
// A process group of its own, so that one Ctrl-C is one signal to the task: the one passed on here.
const child = spawn(process.execPath, ["--import", END_WITH_PARENT, ...task.command(), ...args], {
  cwd: projectRoot,
  env: { ...process.env, MONGOFERRY_TASK: name },
  stdio: ["inherit", "inherit", "inherit", "ipc"],
  detached: process.platform !== "win32",
});
let signalledAt = Number.NEGATIVE_INFINITY;
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => {
    const now = performance.now();
    if (now - signalledAt > SAME_SIGNAL_WITHIN_MS) child.kill(signal);
    signalledAt = now;
  });
}
child.on("exit", (code, signal) => {
  process.exitCode = signal === null ? code : 128 + constants.signals[signal];
});
