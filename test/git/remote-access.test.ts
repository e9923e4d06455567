import { describe, expect, it } from "vitest";
import type { Environment } from "../../src/git/git-environment.ts";
import { accessRemote, type RemoteAccess } from "../../src/git/remote-access.ts";
import { parseRepositoryAddress } from "../../src/git/repository-address.ts";

function access(
  url: string,
  env: Environment,
  files: { readonly sshKey?: string; readonly knownHosts?: string } = {},
): RemoteAccess {
  const { sshKey = null, knownHosts = null } = files;
  return accessRemote({ address: parseRepositoryAddress(url), env, sshKey, knownHosts });
}

describe("a token", () => {
  it("is told by a helper, for the repository's own host, in the place of all others", () => {
    const { env, token } = access("https://git.example.com/shop", {
      MONGOFERRY_GIT_TOKEN: "planted",
      GIT_CONFIG_COUNT: "1",
      GIT_CONFIG_KEY_0: "http.proxy",
      GIT_CONFIG_VALUE_0: "http://proxy",
    });
    expect(token).toBe("planted");
    expect(env).toMatchObject({
      GIT_CONFIG_COUNT: "3",
      GIT_CONFIG_KEY_0: "http.proxy",
      GIT_CONFIG_KEY_1: "credential.https://git.example.com.helper",
      GIT_CONFIG_VALUE_1: "",
      GIT_CONFIG_KEY_2: "credential.https://git.example.com.helper",
      MONGOFERRY_GIT_USERNAME: "x-access-token",
    });
    const settings = Object.entries(env).filter(([name]) => name.startsWith("GIT_"));
    expect(JSON.stringify(settings)).not.toContain("planted");
  });

  it("of GitHub goes to GitHub only", () => {
    const tokens = { GITHUB_TOKEN: "planted" };
    expect(access("https://github.com/una/shop", tokens).token).toBe("planted");
    expect(access("https://git.example.com/una/shop", tokens).token).toBeNull();
    const enterprise = { ...tokens, GITHUB_SERVER_URL: "https://git.example.com" };
    expect(access("https://git.example.com/una/shop", enterprise).token).toBe("planted");
    expect(access("https://github.com/una/shop", enterprise).token).toBeNull();
  });

  it("is not sent for all to read, and not used where it is of no use", () => {
    const env = { MONGOFERRY_GIT_TOKEN: "planted" };
    expect(() => access("http://example.com/shop", env)).toThrow("unencrypted");
    expect(access("/srv/shop.git", env)).toEqual({ env, token: null });
    expect(access("git@example.com:shop.git", env)).toEqual({ env, token: null });
  });
});

describe("a key", () => {
  it("is the only one, and hosts are checked", () => {
    const files = { sshKey: "/keys/it's mine", knownHosts: "/keys/known hosts" };
    const { env } = access("git@example.com:shop.git", { GIT_SSH_COMMAND: "other" }, files);
    expect(env["GIT_SSH_COMMAND"]).toBe(
      String.raw`ssh -i '/keys/it'\''s mine' -o BatchMode=yes -o StrictHostKeyChecking=yes -o IdentitiesOnly=yes -o 'UserKnownHostsFile="/keys/known hosts"'`,
    );
  });

  it("that is not named is left to ssh", () => {
    const env = { GIT_SSH_COMMAND: "ssh -i other" };
    expect(access("git@example.com:shop.git", env).env).toEqual(env);
  });
});
