import { describe, expect, it } from "vitest";
import { Redactor } from "../../src/base/redact.ts";
import { safeJson, safeText } from "../../src/base/safe-text.ts";

describe("Redactor", () => {
  const secret = 'p@ss/"wörd"\u0085\u202e\\';
  const redactor = new Redactor();
  redactor.add(secret);

  it("I9 hides a secret in each form that it takes on its way out", () => {
    const forms = [
      secret,
      encodeURIComponent(secret),
      JSON.stringify(secret),
      safeText(secret),
      safeJson({ secret }),
      JSON.stringify(JSON.stringify(secret)),
      safeJson({ index: JSON.stringify({ secret }) }),
      safeText(JSON.stringify({ secret })),
    ];
    for (const form of forms) {
      const text = redactor.redact(`a ${form} b`);
      expect(text).toContain("[redacted]");
      expect(text.replace("[redacted]", "")).not.toMatch(/ss|rd/u);
    }
  });

  it("I9 hides it in every text of a value, but for names that are told", () => {
    const value = {
      [secret]: 1,
      list: [secret, { inner: `x${secret}` }],
      map: new Map<unknown, unknown>([[secret, secret]]),
      digest: secret,
      at: new Date(0),
      nothing: null,
    };
    expect(redactor.redactAll(value, new Set(["digest"]))).toEqual({
      "[redacted]": 1,
      list: ["[redacted]", { inner: "x[redacted]" }],
      map: new Map([["[redacted]", "[redacted]"]]),
      digest: secret,
      at: new Date(0),
      nothing: null,
    });
  });

  it("leaves text alone that would be unreadable without", () => {
    const short = new Redactor();
    short.add("ab");
    expect(short.redact("abc")).toBe("abc");
  });
});
