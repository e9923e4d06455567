/** As test/crash/publishing-kills.test.ts, at other moments and in other places. */
import { definePublishingKills } from "../support/publishing/define-publishing-kills.ts";

definePublishingKills([
  {
    where: "on the branch that is checked out",
    moments: ["before"],
    stateBranch: null,
    repository: "hub.git",
  },
  {
    where: "on a branch of its own",
    moments: ["after"],
    stateBranch: "states",
    repository: "hub.git",
  },
  {
    where: "on a branch of its own, also its git",
    moments: ["during"],
    stateBranch: "states",
    repository: "hub.git",
  },
  { where: "without a remote", moments: ["before"], stateBranch: null, repository: "work" },
  { where: "without a remote", moments: ["after"], stateBranch: null, repository: "work" },
]);
