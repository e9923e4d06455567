/** State files of a branch, held against their schema. */
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { execa } from "execa";
import { readFileSync } from "node:fs";
import { parse } from "yaml";

const schema = JSON.parse(
  readFileSync(new URL("../../schemas/mongoferry-state.schema.json", import.meta.url), "utf8"),
) as { readonly $id: string };

const ajv = new Ajv2020({ allErrors: true, strictRequired: false, strictTypes: false });
ajv.addSchema(schema);

/** What a file is, by its path below `state/`. */
const KINDS: readonly (readonly [RegExp, string | null])[] = [
  [/^[^/]+\/status\.yaml$/u, "Status"],
  [/^[^/]+\/events\/\d{6}-[a-z]+\.yaml$/u, "Event"],
  [/^[^/]+\/plan\.json$/u, "Plan"],
  [/^[^/]+\/report\.(?:md|html)$/u, null],
];

/** What is wrong with a file, a line each; empty: nothing. */
export function checkStateFile(path: string, content: string): readonly string[] {
  const kind = KINDS.find(([pattern]) => pattern.test(path));
  if (kind === undefined) return [`${path}: nobody knows what this is`];
  const [, name] = kind;
  if (name === null) return [];
  const check = ajv.getSchema(`${schema.$id}#/$defs/${name}`) as ValidateFunction;
  if (check(parse(content))) return [];
  return (check.errors ?? []).map((each) => `${path}${each.instancePath}: ${each.message}`);
}

/** Contents by path below `state/`, as a branch of a repository has them. */
export async function readStateFiles(
  repository: string,
  branch: string,
): Promise<ReadonlyMap<string, string>> {
  const git = async (...args: readonly string[]): Promise<string> =>
    (await execa("git", ["--git-dir", repository, ...args])).stdout;
  const paths = await git("ls-tree", "-r", "--name-only", branch, "--", "state/");
  const files = new Map<string, string>();
  for (const path of paths.split("\n").filter((each) => each !== "")) {
    files.set(path.slice("state/".length), await git("cat-file", "blob", `${branch}:${path}`));
  }
  return files;
}
