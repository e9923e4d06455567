import { expect, it } from "vitest";
import { formatCommitMessage } from "../../src/model/state-commit.ts";

it("writes subject and trailers, and lets no value forge another line", () => {
  const message = formatCommitMessage({
    migration: "shop\nMongoferry-Seq: 99",
    subject: "shop:\r\n\u2028\u0007 Copying ",
    epoch: 3,
    seq: 7,
  });
  expect(message).toBe(
    "shop: Copying [skip ci]\n\nMongoferry-Migration: shop Mongoferry-Seq: 99\nMongoferry-Epoch: 3\nMongoferry-Seq: 7\n",
  );
});
