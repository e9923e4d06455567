/** A test file with how long it takes. */
export interface TimedFile {
  readonly path: string;
  /** Name of vitest's project; its files run beside each other. */
  readonly project: string;
  readonly seconds: number;
}

/** The longest first, so that no worker ends long after the others. */
export function longestFirst<F extends TimedFile>(files: readonly F[]): readonly F[] {
  return files.toSorted((a, b) => b.seconds - a.seconds || (a.path < b.path ? -1 : 1));
}

/**
 * Divides files among machines that do not talk to each other: the same files always give the same shards, and each file is in
 * exactly one. Projects run one after another, each with its own number of workers, so each is divided by itself: two shards
 * differ in a project by its longest file at most.
 */
export function splitShards<F extends TimedFile>(
  files: readonly F[],
  count: number,
): readonly (readonly F[])[] {
  const shards: F[][] = Array.from({ length: count }, () => []);
  for (const file of longestFirst(files)) {
    const isOfProject = ({ project }: F): boolean => project === file.project;
    const loads = shards.map((shard) => [secondsOf(shard.filter(isOfProject)), secondsOf(shard)]);
    const least = loads.toSorted(([a, b], [c, d]) => a! - c! || b! - d!)[0];
    shards[loads.indexOf(least!)]!.push(file);
  }
  return shards;
}

function secondsOf(files: readonly TimedFile[]): number {
  return files.reduce((sum, { seconds }) => sum + seconds, 0);
}
