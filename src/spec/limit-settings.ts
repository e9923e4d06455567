/** Limits that are set from the command line, in the place of the spec's. Judged by the same schema. */
import { UserError } from "../base/errors.ts";
import type { LimitOverrides } from "../model/limits.ts";
import { didYouMean } from "./nearest.ts";
import { byteRateOf, rateOf } from "./normalize-limits.ts";
import { quoteText } from "./printable-text.ts";
import { describeValueError } from "./schema-problems.ts";
import { validatorFor } from "./spec-schema.ts";

/** What is undefined is as the spec says again. */
export type LimitChanges = Readonly<Partial<Record<keyof LimitOverrides, unknown>>>;

interface Setting {
  readonly name: keyof LimitOverrides;
  /** From the value as it would stand in a spec. */
  toOverride(value: never): unknown;
}

const same = (value: unknown): unknown => value;

const SETTINGS: Readonly<Record<string, Setting>> = {
  documentsPerSecond: { name: "documentsPerSecond", toOverride: rateOf },
  megabytesPerSecond: { name: "bytesPerSecond", toOverride: byteRateOf },
  workers: { name: "workers", toOverride: same },
  adaptive: { name: "isAdaptive", toOverride: same },
  windows: { name: "hasWindows", toOverride: () => false },
};

/**
 * @param set - Each as `limits.NAME=VALUE`.
 * @param unset - Each as `limits.NAME`; `limits` stands for all.
 * @throws UserError `invalid-limit`
 */
export function parseLimitChanges(set: readonly string[], unset: readonly string[]): LimitChanges {
  const removed = unset.flatMap((path) =>
    path === "limits" ? Object.values(SETTINGS) : [settingOf(path, path)],
  );
  const given = set.map((text) => {
    const [path = "", ...rest] = text.split("=");
    const setting = settingOf(path, text);
    return [setting.name, valueOf(setting, path, rest.join("="))] as const;
  });
  return Object.fromEntries([...removed.map(({ name }) => [name, undefined] as const), ...given]);
}

function settingOf(path: string, text: string): Setting {
  const setting = SETTINGS[path.replace(/^limits\./u, "")];
  if (path.startsWith("limits.") && setting !== undefined) return setting;
  const known = Object.keys(SETTINGS).map((name) => `limits.${name}`);
  throw invalid(
    text,
    "there is no such limit",
    `${didYouMean(`limits.${path.replace(/^limits\./u, "")}`, known)}Known: ${known.join(", ")}`,
  );
}

function valueOf(setting: Setting, path: string, text: string): unknown {
  if (setting.name === "hasWindows") {
    if (text === "off") return false;
    throw invalid(`${path}=${text}`, "windows can be turned off only", "Write limits.windows=off");
  }
  const value = parseValue(text);
  const validate = validatorFor("Limits");
  const name = path.replace(/^limits\./u, "");
  const [error] = validate({ [name]: value }) ? [] : (validate.errors ?? []);
  if (error === undefined) return setting.toOverride(value as never);
  const { message, remedy } = describeValueError([name], error);
  throw invalid(`${path}=${text}`, withoutStop(message), withoutStop(remedy));
}

function withoutStop(text: string): string {
  return text.replace(/\.$/u, "");
}

function parseValue(text: string): unknown {
  if (text === "true" || text === "false") return text === "true";
  return /^\d+(\.\d+)?$/u.test(text) ? Number(text) : text;
}

function invalid(text: string, problem: string, remedy: string): UserError {
  return new UserError({ code: "invalid-limit", place: quoteText(text), problem, remedy });
}
