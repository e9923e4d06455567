import { BSON, MongoServerError, MongoWriteConcernError } from "mongodb";
import type { IndexRefusal } from "../ports.ts";
import { isRetryableCode } from "./operation-error.ts";

const DUPLICATE_KEY = 11_000;
/** CannotConvertIndexToUnique */
const NOT_UNIQUE = 359;

/**
 * What stops `createIndexes` for reasons that lie neither in the data nor in the index, and ends the run. Source:
 * `src/mongo/base/error_codes.yml` of the server.
 */
const OF_THE_DEPLOYMENT: ReadonlySet<number> = new Set([
  1, // InternalError
  8, // UnknownError
  13, // Unauthorized
  18, // AuthenticationFailed
  26, // NamespaceNotFound
  59, // CommandNotFound
  73, // InvalidNamespace
  146, // ExceededMemoryLimit
  166, // CommandNotSupportedOnView
  361, // CollectionUUIDMismatch
  8_000, // AtlasError
  11_601, // Interrupted
  14_031, // OutOfDiskSpace
]);

/** Null for errors that are not about the index; those are thrown on. */
export function toIndexRefusal(error: unknown): IndexRefusal | null {
  if (!(error instanceof MongoServerError) || error instanceof MongoWriteConcernError) return null;
  const code = Number(error.code);
  if (!Number.isInteger(code) || isRetryableCode(code) || OF_THE_DEPLOYMENT.has(code)) return null;
  const isDuplicate = code === DUPLICATE_KEY || code === NOT_UNIQUE;
  const { codeName, keyValue } = error.errorResponse;
  return {
    // A name of the server's list of codes; where there is none, it is `Location` and the code.
    cause: isDuplicate
      ? "values occur more than once"
      : `the server refuses it (code ${code}${codeName === undefined ? "" : `, ${codeName}`})`,
    detail: error.message,
    isDuplicate,
    duplicate: isDuplicate && keyValue !== undefined ? BSON.EJSON.stringify(keyValue) : null,
  };
}
