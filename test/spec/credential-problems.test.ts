import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { connectionWith, headingsIn, migrationWith, problemsIn } from "./specs-in-text.ts";

const SECRET = "hunter2Sekret";

describe("credentials-in-spec", () => {
  it.each([
    [
      "a password as text",
      [`password: ${SECRET}`, "username: u", "host: h"],
      "a.yaml:6:13",
      "spec.password",
    ],
    [
      "a password as a number",
      ["password: 12345678", "username: u", "host: h"],
      "a.yaml:6:13",
      "spec.password",
    ],
    ["a uri as text", ["uri: mongodb+srv://cluster0.example.net"], "a.yaml:6:8", "spec.uri"],
    ["a uri with a password", [`uri: mongodb://u:${SECRET}@h/`], "a.yaml:6:8", "spec.uri"],
    ["user and password in a host", [`host: u:${SECRET}@h`], "a.yaml:6:9", "spec.host"],
    ["an AWS key", ["host: AKIAIOSFODNN7EXAMPLE"], "a.yaml:6:9", "spec.host"],
    [
      "an Alibaba key",
      ["host: h", "replicaSet: LTAI5tAbCdEfGhIjKlMnOpQr"],
      "a.yaml:7:15",
      "spec.replicaSet",
    ],
    [
      "a GitHub token",
      [`host: h`, `replicaSet: ghp_${"a1".repeat(18)}`],
      "a.yaml:7:15",
      "spec.replicaSet",
    ],
    [
      "a fine-grained token",
      [`host: h`, `replicaSet: github_pat_${"a1".repeat(12)}`],
      "a.yaml:7:15",
      "spec.replicaSet",
    ],
    [
      "a private key",
      ["host: h", "replicaSet: |", "  -----BEGIN RSA PRIVATE KEY-----", "  MII"],
      "a.yaml:7:15",
      "spec.replicaSet",
    ],
  ])("%s", (_title, lines, place, path) => {
    const problems = problemsIn(connectionWith("provider: mongodb", ...lines));
    const found = problems.filter(({ code }) => code === "credentials-in-spec");
    expect(found).toHaveLength(1);
    expect(`${found[0]?.file}:${found[0]?.line}:${found[0]?.column}`).toBe(place);
    expect(found[0]?.path).toBe(path);
    expect(JSON.stringify(problems)).not.toMatch(/hunter2Sekret|12345678|AKIAIO|LTAI5t|a1a1|MII/u);
  });

  it("looks into comments and into text that is no YAML", () => {
    expect(
      headingsIn(`${migrationWith("objects: [{database: a}]")}# mongodb://u:${SECRET}@h\n`),
    ).toEqual(["a.yaml:19:3 credentials-in-spec"]);
    const broken = problemsIn(`a: [mongodb://u:${SECRET}@h\n`);
    expect(broken.map(({ code }) => code)).toContain("credentials-in-spec");
    expect(JSON.stringify(broken)).not.toContain(SECRET);
  });

  it("lets placeholders in comments pass", () => {
    const comments =
      "# mongodb://user:<password>@host\n# mongodb://u:$PASSWORD@h\n# mongodb://u:***@h\n";
    expect(headingsIn(comments + migrationWith("objects: [{database: a}]"))).toEqual([]);
  });

  it("I9: no message holds a planted secret, wherever it stands", () => {
    const places = [
      (secret: string) => connectionWith("provider: mongodb", `password: ${secret}`),
      (secret: string) => connectionWith("provider: mongodb", `password: {${secret}}`),
      (secret: string) => connectionWith("provider: mongodb", `password: {env: ${secret}-x}`),
      (secret: string) => connectionWith("provider: mongodb", `password: {env: [${secret}]}`),
      (secret: string) =>
        connectionWith("provider: mongodb", `password: {${secret}: 1, ${secret}: 2}`),
      (secret: string) => connectionWith("provider: mongodb", `password: !${secret}`),
      (secret: string) => connectionWith("provider: mongodb", `password: *${secret}`),
      (secret: string) => connectionWith("provider: mongodb", `password: "${secret}`),
      (secret: string) => connectionWith("provider: mongodb", `password: a: ${secret}`),
      (secret: string) => connectionWith("provider: mongodb", `password: |x${secret}`),
      (secret: string) => connectionWith("provider: mongodb", `password: [a] ${secret}`),
      (secret: string) => connectionWith("provider: mongodb", `uri: {${secret}: x}`),
      (secret: string) => connectionWith("provider: mongodb", `pasword: ${secret}`),
      (secret: string) => connectionWith("provider: mongodb", `mongodb://u:${secret}@h: x`),
      (secret: string) => connectionWith(`provider: mongodb://u:${secret}@h`, "host: h"),
      (secret: string) => migrationWith(`objects: [{database: "mongodb://u:${secret}@h"}]`),
      (secret: string) =>
        migrationWith(`objects: [{database: "u:${secret}@h", as: "u:${secret}@h"}]`),
      (secret: string) => `%${secret}\n---\na: 1\n`,
    ];
    const secrets = fc.string({
      unit: fc.constantFrom("q", "Z", "7"),
      minLength: 6,
      maxLength: 40,
    });
    fc.assert(
      fc.property(secrets, fc.constantFrom(...places), (secret, place) => {
        const problems = problemsIn(place(secret));
        expect(problems.length).toBeGreaterThan(0);
        expect(JSON.stringify(problems)).not.toContain(secret);
      }),
      { numRuns: 500 },
    );
  });
});
