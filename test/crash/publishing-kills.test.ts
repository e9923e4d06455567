/** `npm run test:soak` does it in other places, whose steps are among these. */
import { definePublishingKills } from "../support/publishing/define-publishing-kills.ts";

definePublishingKills([
  {
    where: "on the branch that is checked out",
    moments: ["after"],
    stateBranch: null,
    repository: "hub.git",
  },
  {
    where: "on the branch that is checked out, also its git",
    moments: ["during"],
    stateBranch: null,
    repository: "hub.git",
  },
]);
