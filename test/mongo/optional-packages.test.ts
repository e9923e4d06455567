import * as fc from "fast-check";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import zlib from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { UriParameter } from "../../src/mongo/connection-uri.ts";
import { withInstalledPackages } from "../../src/mongo/optional-packages.ts";
import { resolveUri, uriConnection } from "../support/probe-fixture.ts";
import { refusal } from "./refusal.ts";

const hasZstd = "zstdCompress" in zlib;

let root: string;
/** Folders with packages. */
let empty: string;
let full: string;
let withSnappy: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "mongoferry-packages-"));
  empty = await createFolder("empty", []);
  withSnappy = await createFolder("with-snappy", ["snappy"]);
  full = await createFolder("full", [
    "@aws-sdk/credential-providers",
    "@mongodb-js/zstd",
    "kerberos",
    "snappy",
  ]);
});

afterAll(async () => {
  await rm(root, { recursive: true });
});

async function createFolder(name: string, packages: readonly string[]): Promise<string> {
  const folder = join(root, name);
  await mkdir(folder);
  for (const each of packages) {
    const home = join(folder, "node_modules", each);
    await mkdir(home, { recursive: true });
    await writeFile(join(home, "index.js"), "");
  }
  return folder;
}

function keep(parameters: readonly UriParameter[], folder: string): readonly UriParameter[] {
  return withInstalledPackages(uriConnection(), parameters, { MONGOFERRY_PACKAGES: folder });
}

/** The value of `compressors` that is left; null: none. */
function compressors(value: string, folder: string): string | null {
  const kept = keep([{ name: "compressors", value }], folder);
  return kept.length === 0 ? null : (kept[0]?.value ?? null);
}

describe("compressors", () => {
  it("keeps the order in which the connection string prefers them", () => {
    expect(compressors("zstd,snappy,zlib", full)).toBe("zstd,snappy,zlib");
    expect(compressors("zlib,snappy,zstd", full)).toBe("zlib,snappy,zstd");
    expect(compressors("snappy%2Czlib", full)).toBe("snappy,zlib");
    expect(compressors("SNAPPY,Zlib", full)).toBe("snappy,zlib");
  });

  it("leaves out those without their package, which zlib needs none of", () => {
    expect(compressors("snappy,zlib", empty)).toBe("zlib");
    expect(compressors("zlib", empty)).toBe("zlib");
    expect(compressors("snappy,zlib", withSnappy)).toBe("snappy,zlib");
    expect(compressors("zstd,snappy", withSnappy)).toBe(hasZstd ? "zstd,snappy" : "snappy");
  });

  it("takes zstd from Node where Node has it", () => {
    if (hasZstd) expect(compressors("zstd", empty)).toBe("zstd");
    else expect(refusal(() => compressors("zstd", empty)).remedy).toContain("@mongodb-js/zstd");
  });

  it("leaves out names that the driver does not know, and the option where no other is left", () => {
    expect(compressors("lz4,snappy,constructor,none", full)).toBe("snappy");
    expect(compressors("lz4", full)).toBeNull();
    expect(compressors("constructor", full)).toBeNull();
    expect(compressors("", full)).toBeNull();
  });

  it("keeps what has a package, in order, whatever is asked for", () => {
    const names = fc.constantFrom("snappy", "zlib", "zstd", "lz4", "none", "toString");
    fc.assert(
      fc.property(fc.array(names, { maxLength: 5 }), (asked) => {
        const known = asked.filter((each) => ["snappy", "zlib", "zstd"].includes(each));
        const expected = known.length === 0 ? null : known.join(",");
        expect(compressors(asked.join(","), full)).toBe(expected);
      }),
    );
  });
});

describe("packages", () => {
  it("are asked for by authMechanism, too", () => {
    for (const value of ["GSSAPI", "gssapi", "MONGODB-AWS"]) {
      const parameter = { name: "authMechanism", value };
      expect(keep([parameter], full)).toEqual([parameter]);
    }
    const plain = { name: "authMechanism", value: "SCRAM-SHA-256" };
    expect(keep([plain], empty)).toEqual([plain]);
  });

  it("may lie in a folder that is named from the working folder on", () => {
    expect(compressors("snappy", "test/..")).toBe("snappy");
  });

  it("are looked for in the working folder where no other is named", () => {
    const parameters = [{ name: "compressors", value: "snappy" }];
    expect(withInstalledPackages(uriConnection(), parameters, {})).toEqual(parameters);
    expect(withInstalledPackages(uriConnection(), parameters, { MONGOFERRY_PACKAGES: "" })).toEqual(
      parameters,
    );
  });

  it("change nothing of other options", () => {
    const parameters = [
      { name: "replicaSet", value: "rs0" },
      { name: "zlibCompressionLevel", value: "9" },
      { name: "maxPoolSize", value: "7" },
    ];
    expect(keep(parameters, empty)).toEqual(parameters);
  });
});

describe("a missing package", () => {
  it.each([
    ["compressors", "snappy", "compressors=snappy", "snappy"],
    ["Compressors", "lz4,SNAPPY", "compressors=snappy", "snappy"],
    ["authMechanism", "GSSAPI", "authMechanism=GSSAPI", "kerberos"],
    ["authmechanism", "gssapi", "authMechanism=GSSAPI", "kerberos"],
    ["authMechanism", "MONGODB-AWS", "authMechanism=MONGODB-AWS", "@aws-sdk/credential-providers"],
  ])("for %s=%s is named with the command that installs it", (name, value, option, needed) => {
    const error = refusal(() => keep([{ name, value }], empty));
    expect(error.code).toBe("missing-package");
    expect(error.place).toBe("migrations/test.yaml:1:1");
    expect(error.message).toContain(`connection tested asks for ${option}, which needs`);
    expect(error.message).toContain(`the npm package ${needed}; it is not installed in ${empty}`);
    expect(error.remedy).toContain(`npm install --no-save ${needed} `);
  });

  it.each(["compressors=snappy", "authMechanism=GSSAPI"])(
    "I9: for %s is told without repeating the connection string",
    (option) => {
      const uri = `mongodb://planted-user:planted-password@planted.example/planted?${option}&authMechanismProperties=SERVICE_NAME:planted`;
      const error = refusal(() => resolveUri(uri, {}, { MONGOFERRY_PACKAGES: empty }));
      expect(error.code).toBe("missing-package");
      expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(/planted|mongodb:/);
    },
  );
});
