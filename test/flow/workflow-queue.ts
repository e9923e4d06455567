/** What starts `mongoferry-migrate.yml`, in the order in which GitHub would: one run at a time, one that waits, and a later one in its place. */
import type { FakeGitHub } from "../../dev/fake-github/fake-github.ts";
import type { ActHost, WorkflowResult } from "./act-host.ts";

const WORKFLOW = "mongoferry-migrate.yml";

interface Event {
  readonly name: "push" | "workflow_dispatch";
  readonly description: object;
}

export class WorkflowQueue {
  readonly results: WorkflowResult[] = [];
  readonly #host: ActHost;
  readonly #github: FakeGitHub;
  #waiting: Event | null = null;
  #running: Promise<void> | null = null;

  constructor(host: ActHost, github: FakeGitHub) {
    this.#host = host;
    this.#github = github;
  }

  /** Something was merged into the main branch. */
  push(): void {
    this.#add({ name: "push", description: { ref: "refs/heads/main" } });
  }

  /** Until nothing runs and nothing waits. */
  async idle(): Promise<void> {
    while (this.#running !== null) await this.#running;
  }

  #add(event: Event): void {
    this.#waiting = event;
    this.#running ??= this.#work().finally(() => {
      this.#running = null;
    });
  }

  async #work(): Promise<void> {
    while (this.#waiting !== null) {
      const { name, description } = this.#waiting;
      this.#waiting = null;
      this.results.push(await this.#host.run(WORKFLOW, name, description));
      for (const { workflow, ref, inputs } of this.#github.takeDispatches()) {
        if (workflow !== WORKFLOW) throw new Error(`there is no workflow ${workflow}`);
        const next = { ref: `refs/heads/${ref}`, inputs };
        this.#waiting ??= { name: "workflow_dispatch", description: next };
      }
    }
  }
}
