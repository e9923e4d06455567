import { expect, it } from "vitest";
import { gitEnvironment } from "../../src/git/git-environment.ts";

it("keeps what reaches remotes, and nothing that names another repository, asks, or traces", () => {
  const env = gitEnvironment({
    PATH: "/bin",
    HOME: "/home/una",
    GIT_SSH_COMMAND: "ssh -i key",
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: "http.extraHeader",
    GIT_CONFIG_VALUE_0: "x",
    GIT_DIR: "/other/.git",
    GIT_INDEX_FILE: "/other/.git/index",
    GIT_TRACE_CURL: "1",
    GIT_AUTHOR_NAME: "Una",
    EDITOR: "vi",
    SSH_ASKPASS: "ask",
    LC_ALL: "de_DE.UTF-8",
    UNSET: undefined,
  });
  expect(env).toEqual({
    PATH: "/bin",
    HOME: "/home/una",
    GIT_SSH_COMMAND: "ssh -i key",
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: "http.extraHeader",
    GIT_CONFIG_VALUE_0: "x",
    LC_ALL: "C",
    LANGUAGE: "C",
    GIT_TERMINAL_PROMPT: "0",
    GCM_INTERACTIVE: "never",
  });
});
