import { tmpdir } from "node:os";
import { inspect } from "node:util";
import * as fc from "fast-check";
import { MongoClient } from "mongodb";
import { describe, expect, it } from "vitest";
import { Redactor } from "../../src/base/redact.ts";
import type { ConnectionAddress } from "../../src/model/migration.ts";
import { displayHost, resolveConnection } from "../../src/mongo/resolve-connection.ts";
import { resolveUri, uriConnection } from "../support/probe-fixture.ts";
import { refusal } from "./refusal.ts";

const PARTS: Extract<ConnectionAddress, { kind: "parts" }> = {
  kind: "parts",
  host: "db.example",
  isSrv: false,
  port: 3717,
  replicaSet: "mgset 1",
  authDatabase: "accounts",
  username: { kind: "text", text: "ro@t" },
  passwordEnv: "DB_PASSWORD",
};

function driverOptions(resolved: { uri: string; options: object }) {
  return new MongoClient(resolved.uri, resolved.options).options;
}

describe("resolveConnection", () => {
  it("makes driver options of the parts", () => {
    const resolved = resolveConnection(
      uriConnection({ address: PARTS }),
      { DB_PASSWORD: "planted:/?#[]@%\n" },
      new Redactor(),
    );
    const options = driverOptions(resolved);
    expect(options.hosts.map(String)).toEqual(["db.example:3717"]);
    expect(options.replicaSet).toBe("mgset 1");
    expect(options.credentials).toMatchObject({
      username: "ro@t",
      password: "planted:/?#[]@%",
      source: "accounts",
    });
    expect(options.tls).toBeUndefined();
    expect(displayHost(resolved)).toBe("db.example:3717");
  });

  it("makes an SRV name of the parts, with TLS for Atlas", () => {
    const address = { ...PARTS, isSrv: true, host: "c0.example.net", replicaSet: null };
    const resolved = resolveConnection(
      uriConnection({ provider: "atlas", address }),
      { DB_PASSWORD: "planted-1" },
      new Redactor(),
    );
    expect(resolved.uri).toBe("mongodb+srv://c0.example.net/");
    expect(driverOptions(resolved)).toMatchObject({ srvHost: "c0.example.net", tls: true });
  });

  it("takes a user without password as none, and both from the environment", () => {
    const redactor = new Redactor();
    const env = { DB_USER: "planted-user", DB_PASSWORD: "planted-2" };
    const username = { kind: "env", env: "DB_USER" } as const;
    const resolved = resolveConnection(
      uriConnection({ address: { ...PARTS, username } }),
      env,
      redactor,
    );
    expect(driverOptions(resolved).credentials).toMatchObject({ username: "planted-user" });
    expect(resolved.shownUser).toBeNull();
    expect(redactor.redact("planted-user in admin has planted-2")).toBe(
      "planted-user in admin has [redacted]",
    );
    expect(resolved.userOrigin).toBe("the user in DB_USER");
  });

  it.each([
    ["atlas", null, "", true],
    ["mongodb", null, "", false],
    ["mongodb", null, "?tls=true", true],
    ["mongodb", null, "?ssl=true", true],
    ["mongodb", true, "?tls=false", true],
    ["mongodb", false, "?ssl=true", false],
    ["atlas", null, "?ssl=false&tls=false", true],
  ] as const)(
    "%s with tls.enabled %s and %j uses TLS: %s",
    (provider, isEnabled, query, hasTls) => {
      const resolved = resolveUri(`mongodb://h/${query}`, { provider, tls: { isEnabled } });
      expect(driverOptions(resolved).tls ?? false).toBe(hasTls);
    },
  );

  it("lets files and leniency of the spec win over the URI's", () => {
    const resolved = resolveUri(
      "mongodb://h/?tls=true&tlsCAFile=/uri.pem&tlsCertificateKeyFile=/uri.pem&tlsInsecure=true",
      {
        tls: {
          caFile: "/spec-ca.pem",
          certificateKeyFile: "/spec.pem",
          allowInvalidHostnames: true,
        },
      },
    );
    expect(driverOptions(resolved)).toMatchObject({
      tlsCAFile: "/spec-ca.pem",
      tlsCertificateKeyFile: "/spec.pem",
      checkServerIdentity: expect.any(Function),
    });
    expect(driverOptions(resolved).rejectUnauthorized).not.toBe(false);
  });

  it.each([
    ["mongodb://h/", null, true],
    ["mongodb://h/?tls=false", null, true],
    ["mongodb://h/?tls=true", null, false],
    ["mongodb+srv://h.example.net/", null, false],
    ["mongodb://h/", true, false],
    ["mongodb://h/", false, false],
  ])("with a CA file, %s and tls.enabled %s is refused: %s", (uri, isEnabled, isRefused) => {
    const resolve = () => resolveUri(uri, { tls: { isEnabled, caFile: "/spec-ca.pem" } });
    if (isRefused) expect(refusal(resolve).code).toBe("tls-files-without-tls");
    else expect(resolve().name).toBe("tested");
  });

  it("I2: leaves nothing of the URI that weakens reads, writes or time limits", () => {
    const resolved = resolveUri(
      "mongodb://h/?w=0&journal=false&wtimeoutMS=1&readPreference=secondary&readPreferenceTags=a:b&maxStalenessSeconds=90&readConcernLevel=local&retryWrites=false&retryReads=false&socketTimeoutMS=5&timeoutMS=5&appName=x&connectTimeoutMS=1&serverSelectionTimeoutMS=1&compressors=snappy,zlib&maxPoolSize=7",
      {},
      // A folder without packages.
      { MONGOFERRY_PACKAGES: tmpdir() },
    );
    const options = driverOptions(resolved);
    expect(options.writeConcern).toMatchObject({ w: "majority" });
    expect(options.writeConcern?.wtimeoutMS).toBeUndefined();
    expect(options.readPreference?.mode).toBe("primary");
    expect(options.readConcern).toBeUndefined();
    expect(options).toMatchObject({
      retryReads: true,
      retryWrites: true,
      socketTimeoutMS: 0,
      appName: "mongoferry",
      connectTimeoutMS: 2000,
      serverSelectionTimeoutMS: 5000,
      compressors: ["zlib"],
      maxPoolSize: 7,
    });
    expect(options.timeoutMS).toBeUndefined();
  });

  it("keeps credentials, authSource and database of the URI", () => {
    const { credentials } = driverOptions(resolveUri("mongodb://u:planted%2F1@h/accounts"));
    expect(credentials).toMatchObject({ username: "u", password: "planted/1", source: "accounts" });
  });

  it.each([{}, { TESTED_URI: "" }, { TESTED_URI: "\n" }])(
    "tells missing-environment-variable, with variable and place, for %j",
    (env) => {
      const error = refusal(() => resolveConnection(uriConnection(), env, new Redactor()));
      expect(error.code).toBe("missing-environment-variable");
      expect(error.place).toBe("migrations/test.yaml:1:1");
      expect(error.message).toContain("TESTED_URI");
      expect(error.remedy).toContain("TESTED_URI");
    },
  );

  it.each([
    ["invalid-connection-string", "mongodb://u:planted/1@h/"],
    ["invalid-connection-string", "planted"],
    ["unsupported-uri-option", "mongodb://u:planted@h/?proxyHost=planted"],
    ["unsupported-uri-option", "mongodb://u:planted@h/?loadBalanced=true"],
    ["invalid-connection-options", "mongodb://u:planted%ZZ@h/"],
    ["invalid-connection-options", "mongodb://u:planted@h/?maxPoolSize=planted"],
    ["invalid-connection-options", "mongodb://u:planted@h/?maxPoolSize=%ZZ"],
  ])("I9: tells %s without repeating what the variable holds", (code, uri) => {
    const error = refusal(() => resolveUri(uri));
    expect(error.code).toBe(code);
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain("planted");
  });

  it("names unknown options", () => {
    const error = refusal(() => resolveUri("mongodb://u:planted@h/?replicaset=a&typo=b"));
    expect(error.message).toContain("typo");
  });

  it("I9: never fails but with a UserError, and registers all that is secret, whatever the variable holds", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 3, unit: "grapheme" }), (password) => {
        fc.pre(password.trim() === password);
        const redactor = new Redactor();
        const text = `mongodb://user:${encodeURIComponent(password)}@host/`;
        const resolved = resolveConnection(uriConnection(), { TESTED_URI: text }, redactor);
        expect(JSON.stringify(resolved)).not.toContain(encodeURIComponent(`:${password}`));
        expect(redactor.redact(text)).toBe("[redacted]");
        expect(redactor.redact(`(${password})`)).not.toContain(`(${password})`);
      }),
    );
  });

  it("hides nothing of a connection string without credentials", () => {
    const redactor = new Redactor();
    const uri = "mongodb://h:1,i:2/?replicaSet=rs0";
    resolveConnection(uriConnection(), { TESTED_URI: `${uri}\n` }, redactor);
    expect(redactor.redact(uri)).toBe(uri);
  });

  it("I9: shows no secret as JSON or when inspected", () => {
    const resolved = resolveUri(
      "mongodb://u:planted-3@h:1,i:2/?authMechanismProperties=X_TOKEN:planted",
    );
    expect(JSON.stringify(resolved)).not.toContain("planted");
    expect(inspect(resolved, { depth: 9 })).not.toContain("planted");
    expect(displayHost(resolved)).toBe("h:1,i:2");
  });
});
