/** What each operation does, and what it refuses. Requests have been checked against GitHub's description before. */
import type { Parameters } from "./api-description.ts";
import type { TreeEntry } from "./bare-repository.ts";
import type { Answer } from "./faults.ts";
import type { Account, FakeComment, FakePull, FakeState, Permission } from "./state.ts";

interface Request {
  readonly state: FakeState;
  readonly account: Account;
  readonly path: Parameters;
  readonly query: Parameters;
  readonly body: Readonly<Record<string, unknown>>;
}

type Handler = (request: Request) => Answer | Promise<Answer>;

/** What GitHub takes as a comment's text. */
const MOST_BODY = 65_536;
const PAGE_SIZE = 30;

const NOT_FOUND: Answer = { status: 404, body: { message: "Not Found" } };
const NOT_ACCESSIBLE: Answer = {
  status: 403,
  body: { message: "Resource not accessible by integration" },
};

export async function answerRequest(operation: string, request: Request): Promise<Answer> {
  const { path, state } = request;
  const { owner, repo } = path;
  if (owner !== undefined && `${owner}/${repo}` !== state.repository) return NOT_FOUND;
  const handler = HANDLERS[operation];
  if (handler === undefined) throw new Error(`no handler of ${operation}`);
  return handler(request);
}

const HANDLERS: Readonly<Record<string, Handler>> = {
  "get /user": ({ account: { login, type } }) =>
    type === "Bot"
      ? NOT_ACCESSIBLE
      : { status: 200, body: { login, type, user_view_type: "public" } },

  "get /repos/{owner}/{repo}/issues/{issue_number}/comments": ({ state, path, query }) => {
    const number = Number(path["issue_number"]);
    if (!state.hasPull(number)) return NOT_FOUND;
    return paged(state.commentsOf(number), query, state, (each) => commentJson(each, state), path);
  },

  "post /repos/{owner}/{repo}/issues/{issue_number}/comments": writing(
    "issues",
    ({ state, account, path, body }) => {
      const number = Number(path["issue_number"]);
      if (!state.hasPull(number)) return NOT_FOUND;
      const text = String(body["body"]);
      if (isTooLong(text)) return tooLong();
      return { status: 201, body: commentJson(state.addComment(number, account, text), state) };
    },
  ),

  "patch /repos/{owner}/{repo}/issues/comments/{comment_id}": writing(
    "issues",
    ({ state, path, body }) => {
      const comment = state.comment(Number(path["comment_id"]));
      if (comment === null) return NOT_FOUND;
      const text = String(body["body"]);
      if (isTooLong(text)) return tooLong();
      comment.replaced.push(comment.body);
      comment.body = text;
      return { status: 200, body: commentJson(comment, state) };
    },
  ),

  "delete /repos/{owner}/{repo}/issues/comments/{comment_id}": writing(
    "issues",
    ({ state, path }) => {
      const id = Number(path["comment_id"]);
      if (state.comment(id) === null) return NOT_FOUND;
      state.deleteComment(id);
      return { status: 204, body: undefined };
    },
  ),

  "get /repos/{owner}/{repo}/commits/{commit_sha}/pulls": async ({ state, path, query }) => {
    const commit = await state.bare.resolve(path["commit_sha"] ?? "");
    if (commit === null) {
      return { status: 422, body: { message: `No commit found for SHA: ${path["commit_sha"]}` } };
    }
    return paged(state.pullsWith(commit), query, state, (each) => pullJson(each, state), path);
  },

  "post /repos/{owner}/{repo}/statuses/{sha}": writing("statuses", ({ state, path, body }) => {
    const sha = path["sha"] ?? "";
    if (String(body["description"] ?? "").length > 140) {
      return unprocessable(
        "Validation Failed: description is too long (maximum is 140 characters)",
      );
    }
    const all = state.statuses.get(sha) ?? [];
    all.push({ ...body });
    state.statuses.set(sha, all);
    return { status: 201, body: { state: body["state"], context: body["context"] } };
  }),

  "post /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches": writing(
    "actions",
    ({ state, path, body }) => {
      const inputs = (body["inputs"] ?? {}) as Readonly<Record<string, string>>;
      const workflow = path["workflow_id"] ?? "";
      state.dispatches.push({ workflow, ref: String(body["ref"]), inputs });
      return { status: 204, body: undefined };
    },
  ),

  "get /repos/{owner}/{repo}/git/commits/{commit_sha}": async ({ state, path }) => {
    const sha = path["commit_sha"] ?? "";
    const tree = await state.bare.treeOf(sha);
    if (tree === null) return NOT_FOUND;
    return { status: 200, body: { sha, tree: { sha: tree } } };
  },

  "get /repos/{owner}/{repo}/git/ref/{ref}": async ({ state, path }) => {
    const ref = `refs/${path["ref"]}`;
    const sha = await state.bare.resolve(ref);
    if (sha === null) return NOT_FOUND;
    return { status: 200, body: { ref, object: { type: "commit", sha } } };
  },

  "get /repos/{owner}/{repo}/git/trees/{tree_sha}": async ({ state, path, query }) => {
    const sha = path["tree_sha"] ?? "";
    // Whatever its value.
    const tree = await state.bare.listTree(sha, query["recursive"] !== undefined);
    return tree === null ? NOT_FOUND : { status: 200, body: { sha, tree, truncated: false } };
  },

  "post /repos/{owner}/{repo}/git/trees": writing("contents", async ({ state, body }) => {
    const base = (body["base_tree"] as string | undefined) ?? null;
    const sha = await state.bare.createTree(base, body["tree"] as readonly TreeEntry[]);
    return { status: 201, body: { sha, tree: [], truncated: false } };
  }),

  "post /repos/{owner}/{repo}/git/commits": writing("contents", async ({ state, body }) => {
    const { tree, parents, message, author, committer } = body as unknown as NewCommit;
    const sha = await state.bare.createCommit(tree, parents ?? [], message, {
      ...peopleOf("AUTHOR", author),
      ...peopleOf("COMMITTER", committer ?? author),
    });
    return { status: 201, body: { sha, message } };
  }),

  "post /repos/{owner}/{repo}/git/refs": writing("contents", async ({ state, body }) => {
    const { ref, sha } = body as { readonly ref: string; readonly sha: string };
    if (!/^refs\/.+\/.+/u.test(ref)) return unprocessable("Reference name must start with 'refs/'");
    const rule = state.rules.get(ref);
    if (rule !== undefined) return unprocessable(rule);
    const isMade = await state.bare.updateRef(ref, sha, null);
    return isMade
      ? { status: 201, body: { ref, object: { sha } } }
      : unprocessable("Reference already exists");
  }),

  "patch /repos/{owner}/{repo}/git/refs/{ref}": writing(
    "contents",
    async ({ state, path, body }) => {
      const ref = `refs/${path["ref"]}`;
      const { sha, force } = body as { readonly sha: string; readonly force?: boolean };
      const tip = await state.bare.resolve(ref);
      if (tip === null) return unprocessable("Reference does not exist");
      const rule = state.rules.get(ref);
      if (rule !== undefined) return unprocessable(rule);
      const isForward = force === true || (await state.bare.isAncestor(tip, sha));
      if (!isForward || !(await state.bare.updateRef(ref, sha, tip))) {
        return unprocessable("Update is not a fast forward");
      }
      return { status: 200, body: { ref, object: { sha } } };
    },
  ),
};

interface Person {
  readonly name: string;
  readonly email: string;
}

interface NewCommit {
  readonly tree: string;
  readonly parents?: readonly string[];
  readonly message: string;
  readonly author?: Person;
  readonly committer?: Person;
}

/** GitHub signs what nobody else is said to have made, and only that. */
function peopleOf(role: string, person: Person | undefined): Readonly<Record<string, string>> {
  if (person === undefined) return {};
  return { [`GIT_${role}_NAME`]: person.name, [`GIT_${role}_EMAIL`]: person.email };
}

function writing(permission: Permission, handler: Handler): Handler {
  return (request) =>
    request.account.permissions.has(permission) ? handler(request) : NOT_ACCESSIBLE;
}

function paged<T>(
  all: readonly T[],
  query: Parameters,
  { webUrl }: FakeState,
  toJson: (each: T) => unknown,
  path: Parameters,
): Answer {
  const size = Math.min(Number(query["per_page"] ?? PAGE_SIZE), 100);
  const page = Number(query["page"] ?? 1);
  const last = Math.max(Math.ceil(all.length / size), 1);
  const items = all.slice((page - 1) * size, page * size).map(toJson);
  // Octokit follows the links alone; which path they have is GitHub's affair.
  const at = (to: number, rel: string): string =>
    `<${webUrl}${linkPath(path)}?per_page=${size}&page=${to}>; rel="${rel}"`;
  const links = page < last ? [at(page + 1, "next"), at(last, "last")] : [];
  return {
    status: 200,
    body: items,
    ...(links.length === 0 ? {} : { headers: { link: links.join(", ") } }),
  };
}

function linkPath({ owner, repo, issue_number: issue, commit_sha: commit }: Parameters): string {
  const start = `/repos/${owner}/${repo}`;
  return issue === undefined
    ? `${start}/commits/${commit}/pulls`
    : `${start}/issues/${issue}/comments`;
}

function commentJson(comment: FakeComment, { webUrl, repository }: FakeState): unknown {
  const { id, body, login, type, pullRequest } = comment;
  return {
    id,
    body,
    html_url: `${webUrl}/${repository}/pull/${pullRequest}#issuecomment-${id}`,
    user: { login, type },
  };
}

function pullJson(pull: FakePull, { webUrl, repository }: FakeState): unknown {
  const { number, head, base, headCommit, mergedAt, mergeCommit } = pull;
  return {
    number,
    html_url: `${webUrl}/${repository}/pull/${number}`,
    state: mergedAt === null ? "open" : "closed",
    merged_at: mergedAt?.toISOString() ?? null,
    merge_commit_sha: mergeCommit,
    head: { ref: head, sha: headCommit, repo: { full_name: pull.headRepository ?? repository } },
    base: { ref: base, repo: { full_name: repository } },
  };
}

/** GitHub counts characters. */
function isTooLong(text: string): boolean {
  return [...text].length > MOST_BODY;
}

function tooLong(): Answer {
  return {
    status: 422,
    body: {
      message: "Validation Failed",
      errors: [
        {
          resource: "IssueComment",
          code: "custom",
          field: "body",
          message: `body is too long (maximum is ${MOST_BODY} characters)`,
        },
      ],
    },
  };
}

function unprocessable(message: string): Answer {
  return { status: 422, body: { message } };
}
