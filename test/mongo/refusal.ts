import { UserError } from "../../src/base/errors.ts";

/** The error by which a call refuses what it is given. */
export function refusal(run: () => unknown): UserError {
  try {
    run();
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error("not refused");
}
