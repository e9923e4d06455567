import { expect, it } from "vitest";
import type { Connection } from "../../src/model/migration.ts";
import { withoutSecrets } from "../../src/model/secret-variables.ts";

const CONNECTION = {
  name: "old",
  place: "",
  provider: "mongodb",
  tls: {
    isEnabled: null,
    caFile: null,
    certificateKeyFile: null,
    allowInvalidCertificates: false,
    allowInvalidHostnames: false,
  },
  timeouts: { connectMs: 1, serverSelectionMs: 1 },
  declaredStorageBytes: null,
} as const;

it("I9 leaves out what connections name, and connection strings whoever names them", () => {
  const uri: Connection = { ...CONNECTION, address: { kind: "uri", uriEnv: "A" } };
  const parts: Connection = {
    ...CONNECTION,
    address: {
      kind: "parts",
      host: "h",
      isSrv: false,
      port: 1,
      replicaSet: null,
      authDatabase: "admin",
      username: { kind: "env", env: "B" },
      passwordEnv: "C",
    },
  };
  const env = {
    A: "1",
    B: "2",
    C: "3",
    OTHER: " mongodb+srv://una:secret@h/",
    PATH: "/bin",
    GITHUB_TOKEN: "for a credential helper",
  };
  expect(withoutSecrets(env, [uri, parts])).toEqual({
    PATH: "/bin",
    GITHUB_TOKEN: "for a credential helper",
  });
});
