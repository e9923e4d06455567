import { describe, expect, it } from "vitest";
import { isReadableOnTheWay, parseRepositoryAddress } from "../../src/git/repository-address.ts";

describe("parseRepositoryAddress", () => {
  it.each([
    ["https://github.com/una/shop", "http", "https://github.com", "una/shop"],
    ["https://github.com/una/shop.git", "http", "https://github.com", "una/shop"],
    ["https://GitHub.com/una/shop/", "http", "https://github.com", "una/shop"],
    ["https://git.example.com:8443/una/shop.git", "http", "https://git.example.com:8443", null],
    ["https://github.com.example.com/una/shop", "http", "https://github.com.example.com", null],
    ["ssh://git@github.com/una/shop.git", "ssh", null, "una/shop"],
    ["git@github.com:una/shop.git", "ssh", null, "una/shop"],
    ["git@git.example.com:shop.git", "ssh", null, null],
    ["git@git.example.com:/srv/shop.git", "ssh", null, null],
    ["/srv/git/shop.git", "local", null, null],
    ["file:///srv/git/shop.git", "local", null, null],
  ])("knows %s", (text, transport, origin, githubRepository) => {
    expect(parseRepositoryAddress(text)).toEqual({
      url: text,
      transport,
      origin,
      githubRepository,
    });
  });

  it.each([
    "",
    "shop",
    "../shop.git",
    "--upload-pack=planted",
    "ext::sh -c planted",
    "-oProxyCommand:planted",
    "C:/shop.git",
    "ftp://example.com/shop.git",
    "ssh:///shop.git",
    "ssh://git:planted@example.com/shop.git",
  ])("refuses %j", (text) => {
    expect(() => parseRepositoryAddress(text)).toThrow("this is no address of a git repository");
  });

  it.each([
    "https://una:planted@example.com/x",
    "https://planted@example.com/x",
    "http://:planted@a/x",
  ])("refuses credentials without repeating them: %s", (text) => {
    expect(() => parseRepositoryAddress(text)).toThrow(/^(?!.*planted).*MONGOFERRY_GIT_TOKEN/su);
  });
});

it.each([
  ["http://example.com/x", true],
  ["http://127.0.0.1.example.com/x", true],
  ["https://example.com/x", false],
  ["http://127.0.0.1:80/x", false],
  ["http://[::1]/x", false],
  ["/x", false],
])("knows whether others could read what is sent to %s", (text, isReadable) => {
  expect(isReadableOnTheWay(parseRepositoryAddress(text))).toBe(isReadable);
});
