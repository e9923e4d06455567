/** As much of a Dockerfile as it takes to carry out its steps without a container. */
export type DockerStep =
  | {
      readonly kind: "copy";
      readonly stage: string;
      /** Another stage; null: the folder that is built. */
      readonly from: string | null;
      readonly sources: readonly string[];
      readonly target: string;
    }
  | { readonly kind: "run"; readonly stage: string; readonly text: string };

export interface Dockerfile {
  /** The stage without a name is called `last`. */
  readonly steps: readonly DockerStep[];
  readonly env: Readonly<Record<string, string>>;
  readonly user: string;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly healthCheck: readonly string[];
}

export function parseDockerfile(text: string): Dockerfile {
  const instructions = text
    .replaceAll(/^\s*#.*\n/gmu, "")
    .replaceAll(/\\\n\s*/gu, "")
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const [, name = "", rest = ""] = /^([A-Z]+)\s+(.*)$/u.exec(line) ?? [];
      return { name, rest };
    });
  let stage = "";
  const steps: DockerStep[] = [];
  for (const { name, rest } of instructions) {
    if (name === "FROM") stage = / AS (\S+)$/iu.exec(rest)?.[1] ?? "last";
    if (name === "RUN") steps.push({ kind: "run", stage, text: rest });
    if (name === "COPY") steps.push(parseCopy(stage, rest));
  }
  const last = (name: string): string =>
    instructions.findLast((instruction) => instruction.name === name)?.rest ?? "";
  return {
    steps,
    env: Object.fromEntries(
      last("ENV")
        .split(/\s+/u)
        .map((pair) => pair.split("=") as [string, string]),
    ),
    user: last("USER"),
    entrypoint: JSON.parse(last("ENTRYPOINT")) as string[],
    command: JSON.parse(last("CMD")) as string[],
    healthCheck: JSON.parse(/CMD (\[.*\])$/u.exec(last("HEALTHCHECK"))?.[1] ?? "[]") as string[],
  };
}

function parseCopy(stage: string, rest: string): DockerStep {
  const words = rest.split(/\s+/u);
  const from = /^--from=(.*)$/u.exec(words[0] ?? "")?.[1] ?? null;
  const paths = from === null ? words : words.slice(1);
  return { kind: "copy", stage, from, sources: paths.slice(0, -1), target: paths.at(-1) ?? "" };
}
