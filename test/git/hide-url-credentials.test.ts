import { expect, it } from "vitest";
import { hideUrlCredentials } from "../../src/git/hide-url-credentials.ts";

it.each([
  ["https://user:token@host/r.git", "https://[redacted]@host/r.git"],
  ["HTTPS://token@host:8443/r", "HTTPS://[redacted]@host:8443/r"],
  [
    "'https://user:p@ss@host/r' and ssh://git@host/r",
    "'https://[redacted]@host/r' and ssh://[redacted]@host/r",
  ],
  ["https://host/r@v1", "https://host/r@v1"],
  ["git@host:o/r.git", "git@host:o/r.git"],
  ["mail una@example.com", "mail una@example.com"],
])("makes %j into %j", (text, expected) => {
  expect(hideUrlCredentials(text)).toBe(expected);
});
