/**
 * vitest's JSON report with `seconds` for each file, from loading it to its last hook, and paths from the project's root. The
 * report's own `startTime` and `endTime` are those of a file's first and last test: they leave out imports and what happens
 * before and after all tests, such as starting servers.
 */
import { relative } from "node:path";
import { type JsonTestResults, JsonReporter, type TestModule } from "vitest/node";

// vitest takes a reporter that is named by its path from the default export.
export default class TimedJsonReporter extends JsonReporter {
  #modules: readonly TestModule[] = [];

  override async onTestRunEnd(modules: readonly TestModule[]): Promise<void> {
    this.#modules = modules;
    await super.onTestRunEnd(modules);
  }

  override async writeReport(report: string): Promise<void> {
    const seconds = new Map(this.#modules.map((each) => [each.moduleId, secondsOf(each)]));
    const results = JSON.parse(report) as JsonTestResults;
    const testResults = results.testResults.map((file) => ({
      ...file,
      name: relative(this.ctx.config.root, file.name).replaceAll("\\", "/"),
      seconds: seconds.get(file.name),
    }));
    await super.writeReport(JSON.stringify({ ...results, testResults }));
  }
}

function secondsOf(module: TestModule): number {
  const { collectDuration, setupDuration, duration } = module.diagnostic();
  return Math.round(collectDuration + setupDuration + duration) / 1000;
}
