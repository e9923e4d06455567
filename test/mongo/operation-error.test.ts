import { MongoNetworkError, MongoServerError } from "mongodb";
import { describe, expect, it } from "vitest";
import { OperationError } from "../../src/base/errors.ts";
import { operation } from "../../src/mongo/operation-error.ts";

async function isRetried(error: Error): Promise<boolean> {
  try {
    await operation("write", "a.b", async () => {
      throw error;
    });
  } catch (failure) {
    if (failure instanceof OperationError) return failure.isRetryable;
  }
  throw new Error("not an OperationError");
}

function systemError(code: string): Error {
  return Object.assign(new Error(`write ${code}`), { code, errno: -32, syscall: "write" });
}

describe("operation", () => {
  it.each([
    new MongoNetworkError("connection closed"),
    new MongoServerError({ code: 189, errmsg: "stepped down" }),
    systemError("EPIPE"),
    systemError("ECONNRESET"),
    systemError("ETIMEDOUT"),
  ])("tries again after %s", async (error) => {
    expect(await isRetried(error)).toBe(true);
  });

  it.each([
    new Error("EPIPE"),
    systemError("EACCES"),
    Object.assign(new Error("no system error"), { code: "EPIPE" }),
    new MongoServerError({ code: 13, errmsg: "not authorized" }),
  ])("does not after %s", async (error) => {
    expect(await isRetried(error)).toBe(false);
  });
});
