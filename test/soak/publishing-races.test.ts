/** As test/crash/publishing.test.ts, with more processes. */
import { definePublishingRaces } from "../support/publishing/define-publishing-races.ts";

definePublishingRaces(20);
