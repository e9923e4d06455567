/** `npm run test:soak` does more of it. */
import { definePublishingByGitHub } from "../support/publishing/define-publishing-by-github.ts";

definePublishingByGitHub({ processes: 8, moments: ["after"], stateBranches: [null] });
