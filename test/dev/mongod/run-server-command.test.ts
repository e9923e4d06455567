import { expect, test } from "vitest";
import { connectionString } from "../../../dev/mongod/run-server-command.ts";

test("a connection string carries user and TLS, escaped", () => {
  const access = { auth: { username: "root", password: "p@ss:w/rd" }, caFile: "/tmp/a b/ca.pem" };
  expect(connectionString(["127.0.0.1:1", "127.0.0.1:2"], access, { replicaSet: "rs0" })).toBe(
    "mongodb://root:p%40ss%3Aw%2Frd@127.0.0.1:1,127.0.0.1:2/" +
      "?replicaSet=rs0&authSource=admin&tls=true&tlsCAFile=%2Ftmp%2Fa+b%2Fca.pem",
  );
});

test("a connection string without any of it ends at the hosts", () => {
  expect(connectionString(["127.0.0.1:1"], { auth: null, caFile: null }, {})).toBe(
    "mongodb://127.0.0.1:1/",
  );
});
