import { execa } from "execa";
import { once } from "node:events";
import { expect, test } from "vitest";
import { isProcessAlive, waitForExit } from "../../../dev/mongod/run-directory.ts";

const END_WITH_PARENT = new URL("../../../scripts/end-with-parent.mjs", import.meta.url).href;
/** Starts a task as with-install.mjs does, prints its process id, and waits. */
const PARENT = `
  import { spawn } from "node:child_process";
  const task = "setInterval(() => {}, 60_000)";
  const child = spawn(process.execPath, ["--import", "${END_WITH_PARENT}", "--eval", task], {
    env: { ...process.env, MONGOFERRY_TASK: "test" },
    stdio: ["ignore", "ignore", "ignore", "ipc"],
    detached: true,
  });
  child.once("spawn", () => console.log(child.pid));
`;

test("a task ends when the process that started it is killed", async () => {
  const parent = execa("node", ["--input-type=module"], { input: PARENT, reject: false });
  const [line] = await once(parent.stdout, "data");
  const task = Number(String(line));
  expect(isProcessAlive(task)).toBe(true);
  parent.kill("SIGKILL");
  await parent;
  await waitForExit(task);
});
