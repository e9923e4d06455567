import { MongoBulkWriteError, MongoNetworkError, MongoServerError } from "mongodb";
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

/** As the driver wraps what it meets while it sends the documents of `insertMany`. */
function withinBulk(error: Error): Error {
  return new MongoBulkWriteError(error as never, {} as never);
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
    Object.assign(new Error("This socket has been ended by the other party"), { code: "EPIPE" }),
    new TypeError("error.hasErrorLabel is not a function"),
    withinBulk(new MongoNetworkError("connection 31 closed")),
    withinBulk(new MongoServerError({ code: 10_107, errmsg: "not primary" })),
  ])("tries again after %s", async (error) => {
    expect(await isRetried(error)).toBe(true);
  });

  it.each([
    new Error("EPIPE"),
    new TypeError("error.code is not a function"),
    systemError("EACCES"),
    Object.assign(new Error("no system error"), { code: "EPIPE" }),
    new MongoServerError({ code: 13, errmsg: "not authorized" }),
    withinBulk(new MongoServerError({ code: 13, errmsg: "not authorized" })),
    new MongoBulkWriteError({ message: "E11000", code: 11_000, writeErrors: [] }, {} as never),
  ])("does not after %s", async (error) => {
    expect(await isRetried(error)).toBe(false);
  });
});
