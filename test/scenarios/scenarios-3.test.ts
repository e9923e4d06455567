import { defineScenarios } from "../support/scenario/define-scenarios.ts";

await defineScenarios(2);
