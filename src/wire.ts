/**
 * The composition root: the only place where interfaces meet the packages behind them. What runs git or talks to GitHub is loaded
 * when it is called for, since commands such as `plan` and `status` need neither.
 */
import { systemClock } from "./base/clock.ts";
import { BugError } from "./base/errors.ts";
import type { Logger } from "./base/log.ts";
import type { Holder } from "./base/process-identity.ts";
import type { Redactor } from "./base/redact.ts";
import type { RetryNotice } from "./base/retry.ts";
import { accessRemote } from "./git/remote-access.ts";
import { parseRepositoryAddress } from "./git/repository-address.ts";
import type { GitHubOptions } from "./github/github-client.ts";
import { exactName } from "./model/glob.ts";
import { branchOf } from "./model/ci-job.ts";
import type { Connection, Migration } from "./model/migration.ts";
import { withoutSecrets } from "./model/secret-variables.ts";
import { ChangeStreamFeed } from "./mongo/change-stream.ts";
import { closeQuietly, connect, connectMember } from "./mongo/connect.ts";
import { MongoDestination } from "./mongo/destination.ts";
import { PinnedSecondary } from "./mongo/pinned-secondary.ts";
import { probeConnectivity } from "./mongo/probe-connectivity.ts";
import {
  registerSecrets,
  type ResolvedConnection,
  resolveConnection,
} from "./mongo/resolve-connection.ts";
import { readServerVersion } from "./mongo/server-version.ts";
import { MongoSource } from "./mongo/source.ts";
import { openStore } from "./mongo/store/open-store.ts";
import type { CodeHost, FollowedClone, SpecFiles, SpecHistory, StatePublisher } from "./ports.ts";
import type { Ends } from "./precheck/collect-facts.ts";

/** What the process has that the rest of the program may not look up by itself. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly redactor: Redactor;
  readonly logger: Logger;
  readonly holder: Holder;
  readonly stop: AbortSignal;
}

export interface WiredMigration extends AsyncDisposable {
  readonly ends: Ends;
  openPublisher(): Promise<StatePublisher>;
  /** What the branch says of the specs; null without git. */
  openSpecFiles(): Promise<SpecFiles | null>;
}

export function wireMigration(migration: Migration, surroundings: Surroundings): WiredMigration {
  const { env, redactor, logger, holder, stop } = surroundings;
  registerSecrets(migration.source, env, redactor);
  // Looking at the destination alone, as `status` does, must not need what the source needs.
  const source = lazily(() => resolveConnection(migration.source, env, redactor));
  const destination = resolveConnection(migration.destination, env, redactor);
  const clients: Client[] = [];
  const open = async (resolved: ResolvedConnection): Promise<Client> => {
    const client = await connect(resolved, { signal: stop });
    clients.push(client);
    return client;
  };
  const sourceClient = once(async () => open(source()));
  const destinationClient = once(async () => open(destination));
  const notice: RetryNotice = (error, attempt) => {
    logger.warn(`${error.message}; trying again`, { attempt });
  };
  const { metadataDatabase } = migration;
  const git = {
    specFile: migration.file,
    fallbackBranch: branchOf(env),
    env: withoutSecrets(env, [migration.source, migration.destination]),
    holder,
    redact: (text: string) => redactor.redact(text),
  };
  return {
    ends: {
      sourceProbe: {
        probe: async (databases, signal) =>
          probeConnectivity(source(), {
            role: "source",
            databases,
            metadataDatabase,
            needsDatabaseList: migration.objects.some(
              ({ database }) => exactName(database) === null,
            ),
            signal,
          }),
      },
      destinationProbe: {
        probe: async (databases, signal) =>
          probeConnectivity(destination, {
            role: "destination",
            databases,
            metadataDatabase,
            needsDatabaseList: false,
            signal,
          }),
      },
      connectSource: once(async () => {
        const primary = await sourceClient();
        const secondary = new PinnedSecondary({
          primary,
          openMember: async (host) => {
            const member = await connectMember(source(), primary, host, stop);
            clients.push(member);
            return member;
          },
          say: (message) => logger.info(message),
        });
        return new MongoSource(primary, migration.source.name, notice, secondary);
      }),
      connectFeed: once(async () => new ChangeStreamFeed(await sourceClient(), notice)),
      connectDestination: once(async () => {
        const client = await destinationClient();
        const version = await readServerVersion(client, migration.destination.name);
        const server = { version, metadataDatabase };
        return new MongoDestination(client, migration.destination.name, server, notice);
      }),
      connectStore: once(async () =>
        openStore(await destinationClient(), metadataDatabase, holder),
      ),
      connectOriginStore: once(async () => {
        if (migration.reverse === null) throw new BugError(`${migration.name} goes back nowhere`);
        return openStore(await sourceClient(), migration.reverse.metadataDatabase, holder);
      }),
    },
    openPublisher: async () => {
      const { stateBranch, commits } = migration.git;
      if (commits === "git") {
        const { createGitPublisher } = await import("./git/git-publisher.ts");
        return createGitPublisher({ ...git, stateBranch });
      }
      const { openClone } = await import("./git/open-clone.ts");
      const { createGitHubPublisher } = await import("./github/github-publisher.ts");
      return createGitHubPublisher({
        github: gitHubOptions(surroundings),
        clone: await openClone({ ...git, stateBranch }),
        isOwnBranch: stateBranch !== null,
        redact: git.redact,
      });
    },
    openSpecFiles: async () => {
      const { openBranchSpecs } = await import("./git/branch-specs.ts");
      return openBranchSpecs(git);
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(clients.map(closeQuietly));
    },
  };
}

/** Loads what is otherwise loaded when it is first needed: a process that runs for long may outlive the files that it was started from. */
export async function loadAdapters(): Promise<void> {
  await Promise.all([
    import("./git/branch-specs.ts"),
    import("./git/git-publisher.ts"),
    import("./git/open-clone.ts"),
    import("./git/spec-history.ts"),
    import("./github/github-host.ts"),
    import("./github/github-publisher.ts"),
  ]);
}

/**
 * The commits of the repository that the process was started in; null outside of any.
 *
 * @param connections - Whose secrets git has nothing to do with.
 */
export async function openSpecHistory(
  { cwd, env, redactor }: Pick<Surroundings, "env" | "redactor"> & { readonly cwd: string },
  connections: readonly Connection[],
): Promise<SpecHistory | null> {
  const history = await import("./git/spec-history.ts");
  return history.openSpecHistory({
    cwd,
    env: withoutSecrets(env, connections),
    redact: (text) => redactor.redact(text),
  });
}

/** A repository to follow, as somebody names it. */
export interface FollowedRepository {
  readonly repository: string;
  readonly branch: string;
  readonly specPaths: readonly string[];
  /** Folder for the clone, of this process alone. */
  readonly folder: string;
  readonly sshKey: string | null;
  readonly knownHosts: string | null;
}

export interface FollowedBranch {
  readonly clone: FollowedClone;
  /** What a workflow of that branch has in its environment, so that whoever works in the clone finds branch, host and token. */
  readonly env: Surroundings["env"];
}

/** @throws UserError for an address, a branch or a folder that will not do. */
export async function followBranch(
  { repository, branch, specPaths, folder, sshKey, knownHosts }: FollowedRepository,
  { env, redactor, holder, stop }: Surroundings,
): Promise<FollowedBranch> {
  const address = parseRepositoryAddress(repository);
  const access = accessRemote({ address, env, sshKey, knownHosts });
  if (access.token !== null) redactor.add(access.token);
  const { openFollowedClone } = await import("./git/followed-clone.ts");
  const clone = await openFollowedClone({
    address,
    branch,
    specPaths,
    folder,
    env: access.env,
    redact: (text) => redactor.redact(text),
    claimant: holder,
    clock: systemClock,
    stop,
  });
  return {
    clone,
    env: {
      ...access.env,
      GITHUB_REF_TYPE: "branch",
      GITHUB_REF_NAME: branch,
      GITHUB_REPOSITORY: env.GITHUB_REPOSITORY ?? address.githubRepository ?? undefined,
    },
  };
}

type GitHubSurroundings = Pick<Surroundings, "env" | "redactor" | "logger" | "stop">;

/** GitHub, as a workflow's environment names it; null outside of one. */
export async function openCodeHost(surroundings: GitHubSurroundings): Promise<CodeHost | null> {
  const options = gitHubOptions(surroundings);
  if (options === null) return null;
  const { openGitHub } = await import("./github/github-host.ts");
  return openGitHub(options);
}

function gitHubOptions({ env, redactor, logger, stop }: GitHubSurroundings): GitHubOptions | null {
  const token = env.GITHUB_TOKEN || env.GH_TOKEN;
  const repository = env.GITHUB_REPOSITORY;
  if (!token || !repository) return null;
  redactor.add(token);
  const apiUrl = env.GITHUB_API_URL || "https://api.github.com";
  const login = env.MONGOFERRY_GITHUB_LOGIN;
  return {
    apiUrl,
    repository,
    token,
    botLogin: "github-actions[bot]",
    ...(login ? { login } : {}),
    logger,
    stop,
  };
}

type Client = Awaited<ReturnType<typeof connect>>;

/** Does it at the first call and remembers the answer. */
function lazily<T>(create: () => T): () => T {
  let created: { readonly value: T } | null = null;
  return () => {
    created ??= { value: create() };
    return created.value;
  };
}

/** What has failed is tried again when it is asked for again. */
function once<T>(create: () => Promise<T>): () => Promise<T> {
  let created: Promise<T> | null = null;
  return async () => {
    created ??= create();
    const own = created;
    try {
      return await own;
    } catch (error) {
      if (created === own) created = null;
      throw error;
    }
  };
}
