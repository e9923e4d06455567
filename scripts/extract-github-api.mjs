/**
 * Takes from GitHub's published OpenAPI description what `dev/fake-github` checks requests and answers against:
 *
 *   npm pack @octokit/openapi@23.0.2 && tar -xzf octokit-openapi-23.0.2.tgz
 *   node scripts/extract-github-api.mjs package
 *
 * The package is 400 MB when installed; what is used of it is small, and kept in the repository.
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

const OPERATIONS = [
  "get /user",
  "get /repos/{owner}/{repo}/issues/{issue_number}/comments",
  "post /repos/{owner}/{repo}/issues/{issue_number}/comments",
  "patch /repos/{owner}/{repo}/issues/comments/{comment_id}",
  "delete /repos/{owner}/{repo}/issues/comments/{comment_id}",
  "get /repos/{owner}/{repo}/commits/{commit_sha}/pulls",
  "post /repos/{owner}/{repo}/statuses/{sha}",
  "post /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches",
  "get /repos/{owner}/{repo}/git/commits/{commit_sha}",
  "get /repos/{owner}/{repo}/git/ref/{ref}",
  "get /repos/{owner}/{repo}/git/trees/{tree_sha}",
  "post /repos/{owner}/{repo}/git/trees",
  "post /repos/{owner}/{repo}/git/commits",
  "post /repos/{owner}/{repo}/git/refs",
  "patch /repos/{owner}/{repo}/git/refs/{ref}",
];
const PROSE = new Set([
  "description",
  "example",
  "examples",
  "title",
  "externalDocs",
  "discriminator",
]);
const TARGET = new URL("../dev/fake-github/github-api.json", import.meta.url);

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error("name the folder of the unpacked @octokit/openapi");
const { version } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
const description = JSON.parse(
  await readFile(join(folder, "generated/api.github.com.deref.json"), "utf8"),
);

const operations = Object.fromEntries(
  OPERATIONS.map((name) => {
    const [method, path] = name.split(" ");
    const { parameters = [], requestBody, responses } = description.paths[path][method];
    const body = requestBody?.content["application/json"]?.schema ?? null;
    return [
      name,
      {
        parameters: parameters.map((each) => ({
          name: each.name,
          in: each.in,
          required: each.required === true,
          schema: plain(each.schema),
        })),
        isBodyRequired: requestBody?.required === true,
        body: plain(body),
        responses: Object.fromEntries(
          Object.entries(responses).map(([status, { content }]) => [
            status,
            status.startsWith("2") ? plain(content?.["application/json"]?.schema ?? null) : null,
          ]),
        ),
      },
    ];
  }),
);
const source = `@octokit/openapi@${version}, api.github.com`;
await writeFile(TARGET, `${JSON.stringify({ source, operations })}\n`);

/** Without what is for people, and with `nullable` as JSON Schema has it. */
function plain(schema) {
  if (Array.isArray(schema)) return schema.map(plain);
  if (schema === null || typeof schema !== "object") return schema;
  const { nullable, ...rest } = schema;
  const kept = Object.fromEntries(
    Object.entries(rest)
      .filter(([name]) => !PROSE.has(name) && !name.startsWith("x-"))
      .map(([name, value]) => [
        name,
        name === "properties" ? plainProperties(value) : name === "enum" ? value : plain(value),
      ]),
  );
  return nullable === true ? { anyOf: [kept, { type: "null" }] } : kept;
}

function plainProperties(properties) {
  return Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => [name, plain(schema)]),
  );
}
