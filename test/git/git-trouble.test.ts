import { describe, expect, it } from "vitest";
import { classifyGitFailure, toOperationError } from "../../src/git/git-trouble.ts";
import { GitFailure } from "../../src/git/run-git.ts";

function failure(stderr: string, stdout = ""): GitFailure {
  return new GitFailure("push", { exitCode: 1, stderr, stdout });
}

describe("classifyGitFailure", () => {
  it.each([
    [
      "protected",
      "remote: error: GH006: Protected branch update failed for refs/heads/main.",
      "!\tabc:refs/heads/main\t[remote rejected] (protected branch hook declined)",
    ],
    ["protected", "", "!\tabc:refs/heads/main\t[remote rejected] (pre-receive hook declined)"],
    [
      "protected",
      "remote: error: GH013: Repository rule violations found for refs/heads/main.",
      "!\tabc:refs/heads/main\t[remote rejected] (push declined due to repository rule violations)",
    ],
    ["protected", "remote: GitLab: You are not allowed to push code to protected branches", ""],
    ["race", "", "!\tabc:refs/heads/main\t[rejected] (fetch first)"],
    ["race", "", "!\tabc:refs/heads/main\t[rejected] (non-fast-forward)"],
    ["race", "", "!\tabc:refs/heads/main\t[remote rejected] (failed to update ref)"],
    ["race", "", "!\tabc:refs/heads/main\t[remote rejected] (reference already exists)"],
    ["race", "error: cannot lock ref 'refs/heads/main': is at aaa but expected bbb", ""],
    ["race", "fatal: Unable to create '/r/.git/index.lock': File exists.", ""],
    [
      "auth",
      "fatal: unable to access 'https://github.com/o/r/': The requested URL returned error: 403",
      "",
    ],
    ["auth", "remote: Permission to o/r.git denied to github-actions[bot].", ""],
    [
      "auth",
      "fatal: could not read Username for 'https://github.com': terminal prompts disabled",
      "",
    ],
    [
      "auth",
      "git@github.com: Permission denied (publickey).\nfatal: Could not read from remote",
      "",
    ],
    [
      "unreachable",
      "fatal: unable to access 'https://x/': Could not resolve host: x; repository offline",
      "",
    ],
    ["unreachable", "fatal: '/gone.git' does not appear to be a git repository", ""],
    ["unreachable", "fatal: unable to access: The requested URL returned error: 503", ""],
    ["other", "fatal: bad object", ""],
  ] as const)("tells %s by %j %j", (trouble, stderr, stdout) => {
    expect(classifyGitFailure(failure(stderr, stdout))).toBe(trouble);
  });

  it("knows nothing about errors that are not git's", () => {
    expect(classifyGitFailure(new Error("GH006"))).toBe("other");
  });
});

describe("toOperationError", () => {
  it("says operation, object, git's reason and what to do", () => {
    const error = toOperationError(failure("fatal: Authentication failed"), "push", "main");
    expect(error.message).toBe(
      "push failed on main: git push: fatal: Authentication failed. Check the credentials git uses for this remote; a GitHub workflow needs `permissions: contents: write`",
    );
    expect(error.isRetryable).toBe(false);
  });

  it("is retryable where time alone may help", () => {
    const error = toOperationError(failure("fatal: Could not resolve host: x"), "push", "main");
    expect(error.isRetryable).toBe(true);
  });

  it("leaves out git's hints and falls back on the exit code", () => {
    expect(failure("hint: try pull\nfatal: no\n").message).toBe("git push: fatal: no");
    expect(failure("").message).toBe("git push: exit code 1");
  });
});
