/** As test/crash/publishing-by-github.test.ts, with more processes and moments. */
import { definePublishingByGitHub } from "../support/publishing/define-publishing-by-github.ts";

definePublishingByGitHub({
  processes: 20,
  moments: ["before", "after"],
  stateBranches: [null, "states"],
});
