import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  formatConnectionUri,
  listUriSecrets,
  parseConnectionUri,
} from "../../src/mongo/connection-uri.ts";

describe("parseConnectionUri", () => {
  it.each([
    "mongodb://host:1/",
    "mongodb://user:p%40ss@a:1,b:2,[::1]:3/shop?replicaSet=rs0&tls=true",
    "mongodb+srv://user@cluster0.example.net/?retryWrites=true",
    "mongodb://user:pa:ss@host:1/",
  ])("takes %s apart and puts it together unchanged", (text) => {
    const uri = parseConnectionUri(text);
    expect(uri).not.toBeNull();
    expect(uri === null ? null : formatConnectionUri(uri)).toBe(text);
  });

  it.each([
    "",
    "cluster0.example.net",
    "https://host/",
    "mongodb://",
    "mongodb://user:p@ss@host/",
    "mongodb://user:p/ss@host/",
    "mongodb://user:12/34@host/",
    "mongodb://user:p?ss@host/",
    "mongodb://user:p#ss@host/",
    "mongodb://host:port/",
    "mongodb://host one/",
    "mongodb+srv://a.example,b.example/",
    "mongodb+srv://a.example:27017/",
  ])("refuses %j", (text) => {
    expect(parseConnectionUri(text)).toBeNull();
  });
});

describe("listUriSecrets", () => {
  it("I9: finds user and password, as written and decoded, and secret options", () => {
    const text =
      "mongodb://us%20er:p%40ss@h/?tlsCertificateKeyFilePassword=k%21ey&authMechanismProperties=AWS_SESSION_TOKEN:to%2Bken,SERVICE_NAME:svc&w=1";
    const secrets = listUriSecrets(text, parseConnectionUri(text));
    expect(secrets).toEqual(
      expect.arrayContaining([
        text,
        "us%20er:p%40ss",
        "us er:p@ss",
        "p%40ss",
        "p@ss",
        "k%21ey",
        "k!ey",
        "to+ken",
      ]),
    );
    expect(secrets).not.toContain("1");
    expect(secrets).not.toContain("us er");
  });

  it.each(["mongodb://h1:1,h2:2/?replicaSet=rs0", "mongodb+srv://user@h/"])(
    "finds nothing secret in %s",
    (text) => {
      expect(listUriSecrets(text, parseConnectionUri(text))).toEqual([]);
    },
  );

  it("I9: finds the password in a malformed connection string, whatever characters it has", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 3 }), (password) => {
        fc.pre(!password.includes("@"));
        const text = `mongodb://user:${password}@host/`;
        expect(listUriSecrets(text, parseConnectionUri(text))).toContain(password);
      }),
    );
    expect(listUriSecrets("mongodb://user:p@s/s@host/", null)).toContain("p@s/s");
    expect(listUriSecrets("hunter2", null)).toEqual(["hunter2"]);
  });
});
