import { execa } from "execa";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type GitProcess, runGitProcess } from "../../src/git/run-git-process.ts";

const env = { PATH: process.env["PATH"] ?? "", GIT_CONFIG_GLOBAL: "/dev/null" };

/** As git runs an alias that is a shell command. */
async function runShell(command: string, more: Partial<GitProcess> = {}) {
  const process = { directory: tmpdir(), env, input: "", stop: null, ...more };
  return runGitProcess(["-c", `alias.try=!${command}; true`, "try"], process);
}

afterEach(() => {
  vi.useRealTimers();
});

describe("a git process", () => {
  it("gives all of a large output, and what was written to it", async () => {
    const { stdout, exitCode } = await runShell("head -c 20000000 /dev/zero | tr '\\0' x; cat", {
      input: "the end",
    });
    expect([exitCode, stdout.length, stdout.slice(-7)]).toEqual([0, 20_000_007, "the end"]);
  });

  it("gives exit code and errors of one that fails", async () => {
    expect(await runShell("echo gone wrong >&2; exit 3")).toEqual({
      exitCode: 3,
      stdout: "",
      stderr: "gone wrong\n",
    });
  });

  it("does not wait for what git has started and left behind with its pipes", async () => {
    const { stdout } = await runShell("sleep 30 & echo $!");
    const pid = Number(stdout);
    expect(() => process.kill(pid, 0), "it still runs").not.toThrow();
    process.kill(pid);
  });

  it("is ended by the signal, also by one that has come before", async () => {
    const stop = new AbortController();
    const running = runShell("exec sleep 30", { stop: stop.signal });
    stop.abort();
    const interrupted = { exitCode: -1, stderr: "it was interrupted" };
    expect(await running).toMatchObject(interrupted);
    expect(await runShell("exec sleep 30", { stop: stop.signal })).toMatchObject(interrupted);
  });

  it("is ended when it says nothing for two minutes", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const running = runShell("exec sleep 30");
    await vi.advanceTimersByTimeAsync(120_000);
    expect(await running).toMatchObject({
      exitCode: -1,
      stderr: "it said nothing for 120 s: timeout reached",
    });
  });

  it("is a remote that cannot be reached when it hangs, whatever it has said before", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const running = runShell("echo From example.com >&2; exec sleep 30");
    await new Promise((resolve) => setImmediate(resolve));
    await vi.advanceTimersByTimeAsync(200_000);
    const { exitCode, stderr } = await running;
    expect(exitCode).toBe(-1);
    expect(stderr).toContain("timeout reached");
  });

  it("has ended well where it is interrupted afterwards", async () => {
    const stop = new AbortController();
    const running = runShell("sleep 30 & echo $!", { stop: stop.signal });
    setTimeout(() => stop.abort(), 40);
    const { exitCode, stdout } = await running;
    process.kill(Number(stdout));
    expect(exitCode).toBe(0);
  });

  it("says so where the process has no room for pipes", async () => {
    const script = `
      import { openSync } from "node:fs";
      const { runGitProcess } = await import(process.argv[1]);
      try { for (;;) openSync("/dev/null"); } catch {}
      const result = await runGitProcess(["--version"], { directory: "/", env: process.env, input: "", stop: null });
      console.log(JSON.stringify(result));`;
    const file = fileURLToPath(new URL("../../src/git/run-git-process.ts", import.meta.url));
    const node = `${process.execPath} --import tsx --input-type=module --eval "$SCRIPT" ${file}`;
    const { stdout, stderr } = await execa("sh", ["-c", `ulimit -n 60; ${node}`], {
      env: { SCRIPT: script },
    });
    expect(JSON.parse(stdout), stderr).toMatchObject({ exitCode: -1, stderr: "spawn git EMFILE" });
  });

  it("says why it could not be started", async () => {
    const nowhere = await runShell("true", { directory: `${tmpdir()}/there-is-no-such-folder` });
    expect(nowhere).toEqual({ exitCode: -1, stdout: "", stderr: "spawn git ENOENT" });
    const impossible = await runGitProcess(["a\0b"], {
      directory: tmpdir(),
      env,
      input: "",
      stop: null,
    });
    expect(impossible.exitCode).toBe(-1);
    expect(impossible.stderr).toContain("null bytes");
  });
});
