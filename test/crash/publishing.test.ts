/** `npm run test:soak` does it with 20 processes. */
import { definePublishingRaces } from "../support/publishing/define-publishing-races.ts";

definePublishingRaces(8);
