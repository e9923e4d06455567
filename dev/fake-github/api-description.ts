/** What GitHub publishes of its API (`github-api.json`, made by scripts/extract-github-api.mjs): the fake takes and gives nothing else. */
import { Ajv, type ValidateFunction } from "ajv";
import { readFileSync } from "node:fs";

interface Described {
  readonly parameters: readonly {
    readonly name: string;
    readonly in: "path" | "query" | "header";
    readonly required: boolean;
    readonly schema: { readonly type?: string };
  }[];
  readonly isBodyRequired: boolean;
  readonly body: object | null;
  readonly responses: Readonly<Record<string, object | null>>;
}

export interface Operation {
  /** Method and path with placeholders, such as `get /repos/{owner}/{repo}/pulls`. */
  readonly name: string;
  /** What is wrong with a request, in words; empty: nothing. */
  checkRequest(path: Parameters, query: Parameters, body: unknown): readonly string[];
  /** An answer that has every field GitHub promises, and those given. */
  completeAnswer(status: number, given: unknown): unknown;
  checkAnswer(status: number, body: unknown): readonly string[];
}

export type Parameters = Readonly<Record<string, string>>;

export interface Match {
  readonly operation: Operation;
  readonly path: Parameters;
}

const { operations } = JSON.parse(
  readFileSync(new URL("./github-api.json", import.meta.url), "utf8"),
) as { readonly operations: Readonly<Record<string, Described>> };

const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });

const routes = Object.entries(operations).map(([name, described]) => ({
  operation: describe(name, described),
  pattern: toPattern(name),
}));

/** Null where GitHub has no such operation, or this fake none of it. */
export function matchOperation(method: string, pathname: string): Match | null {
  const text = `${method.toLowerCase()} ${pathname}`;
  for (const { operation, pattern } of routes) {
    const found = pattern.exec(text);
    if (found !== null) {
      const entries = Object.entries(found.groups ?? {});
      const path = entries.map(([name, value]) => [name, decodeURIComponent(value)]);
      return { operation, path: Object.fromEntries(path) as Parameters };
    }
  }
  return null;
}

function toPattern(name: string): RegExp {
  const escaped = name.replaceAll(/[.*+?^$()|[\]\\]/gu, "\\$&");
  // A ref has slashes.
  return new RegExp(
    `^${escaped.replaceAll(/\{(\w+)\}/gu, (_, part: string) => `(?<${part}>${part === "ref" ? ".+" : "[^/]+"})`)}$`,
    "u",
  );
}

function describe(name: string, described: Described): Operation {
  const { parameters, isBodyRequired, responses } = described;
  const checkBody = described.body === null ? null : ajv.compile(described.body);
  const answers = new Map(
    Object.entries(responses).map(([status, schema]) => [
      status,
      schema === null ? null : ajv.compile(schema),
    ]),
  );
  const known = described.body as { readonly properties?: object } | null;
  const checks = new Map(parameters.map((each) => [each.name, ajv.compile(each.schema)]));
  return {
    name,
    checkRequest(path, query, body) {
      const given = { path, query };
      const wrong = parameters.flatMap((each) => {
        if (each.in === "header") return [];
        const value = given[each.in][each.name];
        if (value === undefined) return each.required ? [`${each.name} is missing`] : [];
        const check = checks.get(each.name);
        return check === undefined || isValid(check, value) ? [] : [`${each.name} is wrong`];
      });
      const unknown = Object.keys(query)
        .filter((key) => !parameters.some((each) => each.in === "query" && each.name === key))
        .map((key) => `there is no parameter ${key}`);
      return [...wrong, ...unknown, ...checkedBody(body)];
    },
    completeAnswer(status, given) {
      const schema = responses[String(status)] ?? null;
      return schema === null ? given : complete(schema as Schema, given);
    },
    checkAnswer(status, body) {
      if (status >= 500 || status === 401 || status === 403 || status === 404 || status === 429)
        return [];
      const check = answers.get(String(status));
      if (check === undefined) return [`${name} never answers ${status}`];
      return check === null ? [] : problemsOf(check, body);
    },
  };

  function checkedBody(body: unknown): string[] {
    if (checkBody === null) return body === undefined ? [] : ["there is no body"];
    if (body === undefined) return isBodyRequired ? ["the body is missing"] : [];
    // GitHub ignores what it does not know; a program that sends it is wrong about something.
    const extra = Object.keys(body as object)
      .filter((key) => known?.properties !== undefined && !(key in known.properties))
      .map((key) => `there is no field ${key}`);
    return [...problemsOf(checkBody, body), ...extra];
  }
}

function isValid(check: ValidateFunction, value: unknown): boolean {
  return check(/^-?\d+$/u.test(String(value)) ? Number(value) : value) || check(value);
}

function problemsOf(check: ValidateFunction, value: unknown): string[] {
  if (check(value)) return [];
  return (check.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

interface Schema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly format?: string;
}

function complete(schema: Schema, given: unknown): unknown {
  const options = schema.anyOf ?? schema.oneOf;
  if (options !== undefined) {
    if (given === null || given === undefined) {
      const isNullable = options.some(({ type }) => type === "null");
      if (isNullable) return null;
    }
    const first = options.find(({ type }) => type !== "null");
    return first === undefined ? given : complete(first, given);
  }
  if (schema.allOf !== undefined) {
    return schema.allOf.reduce<unknown>((value, each) => complete(each, value), given);
  }
  if (Array.isArray(given)) {
    const { items } = schema;
    return items === undefined ? given : given.map((each) => complete(items, each));
  }
  if (schema.properties !== undefined && (given === undefined || isObject(given))) {
    const entries = Object.entries(schema.properties)
      .filter(([name]) => schema.required?.includes(name) === true || isGiven(given, name))
      .map(([name, each]) => [name, complete(each, given?.[name])]);
    return { ...given, ...(Object.fromEntries(entries) as object) };
  }
  return given === undefined ? plainValue(schema) : given;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function isGiven(given: Record<string, unknown> | undefined, name: string): boolean {
  return given !== undefined && name in given;
}

function plainValue({ type, enum: choices, format }: Schema): unknown {
  if (choices !== undefined) return choices[0];
  const [first] = typeof type === "string" ? [type] : (type ?? []);
  switch (first) {
    case "string":
      return format === "date-time" ? new Date(0).toISOString() : "";
    case "integer":
    case "number":
      return 0;
    case "boolean":
      return false;
    case "array":
      return [];
    case "object":
      return {};
    default:
      return null;
  }
}
