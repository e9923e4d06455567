import { expect, it } from "vitest";
import { defineScenarios, listScenarios } from "../support/scenario/define-scenarios.ts";

await defineScenarios(0);

it("scenarios are at least 40", async () => {
  expect((await listScenarios()).length).toBeGreaterThanOrEqual(40);
});
