/** The image and the manifests for Kubernetes, as far as reading them shows. */
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { type Dockerfile, parseDockerfile } from "../support/dockerfile.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

async function read(path: string): Promise<string> {
  return readFile(join(ROOT, path), "utf8");
}

async function readImage(): Promise<Dockerfile> {
  return parseDockerfile(await read("Dockerfile"));
}

describe("the image", () => {
  it("copies what there is and the builder is sent, and nothing else is sent", async () => {
    const { steps } = await readImage();
    const sources = steps.flatMap((step) =>
      step.kind === "copy" && step.from === null ? step.sources : [],
    );
    for (const source of sources) expect((await stat(join(ROOT, source))).size).toBeGreaterThan(0);
    const ignore = (await read(".dockerignore")).split("\n").filter((line) => /^[^#]/u.test(line));
    expect(ignore[0]).toBe("*");
    expect(ignore.slice(1).toSorted()).toEqual(
      [...new Set(sources)].map((source) => `!${source}`).toSorted(),
    );
  });

  it("holds what the package does", async () => {
    const { files } = JSON.parse(await read("package.json")) as { files: readonly string[] };
    const { steps } = await readImage();
    const copied = steps.flatMap((step) =>
      step.kind === "copy" && step.stage === "last"
        ? step.sources.map((source) => source.split("/").at(-1))
        : [],
    );
    expect(copied).toEqual(expect.arrayContaining([...files, "package.json"]));
  });

  it("serves unless it is told otherwise, as somebody who is not root", async () => {
    const { user, entrypoint, command, env, healthCheck } = await readImage();
    expect([user, entrypoint.at(-1), command]).toEqual(["1000:1000", "mongoferry", ["serve"]]);
    const help = await read("src/arguments/serve-command.ts");
    for (const name of Object.keys(env).filter((each) => each.startsWith("MONGOFERRY_"))) {
      const flag = name.slice("MONGOFERRY_".length).toLowerCase().replaceAll("_", "-");
      expect(help).toContain(`"--${flag} <`);
    }
    expect(healthCheck.slice(0, 2)).toEqual(["node", "-e"]);
  });
});

interface Container {
  readonly image: string;
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly envFrom: readonly object[];
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
  readonly resources: { readonly requests: object; readonly limits: object };
  readonly securityContext: object;
  readonly [key: string]: unknown;
}

interface Deployment {
  readonly kind: string;
  readonly spec: {
    readonly replicas: number;
    readonly selector: { readonly matchLabels: object };
    readonly template: {
      readonly metadata: { readonly labels: object };
      readonly spec: {
        readonly serviceAccountName: string;
        readonly automountServiceAccountToken: boolean;
        readonly terminationGracePeriodSeconds: number;
        readonly securityContext: object;
        readonly containers: readonly Container[];
        readonly volumes: readonly { readonly name: string; readonly emptyDir?: object }[];
      };
    };
  };
}

async function load(): Promise<{ account: object; deployment: Deployment }> {
  const documents = parseAllDocuments(await read("deploy/kubernetes/mongoferry.yaml"));
  expect(documents.flatMap(({ errors, warnings }) => [...errors, ...warnings])).toEqual([]);
  const [account, deployment] = documents.map((each) => each.toJS() as Record<string, unknown>);
  expect(documents.map((each) => each.get("kind"))).toEqual(["ServiceAccount", "Deployment"]);
  return { account: account ?? {}, deployment: deployment as unknown as Deployment };
}

describe("the manifests for Kubernetes", () => {
  it("run two controllers without any right in the cluster", async () => {
    const { account, deployment } = await load();
    const { replicas, selector, template } = deployment.spec;
    expect(replicas).toBe(2);
    expect(template.metadata.labels).toEqual(selector.matchLabels);
    expect(account).toMatchObject({ automountServiceAccountToken: false });
    expect(template.spec).toMatchObject({
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
    });
    expect(template.spec.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(60);
  });

  it("run the image as it is made: its user, its port, its folders, its probes", async () => {
    const { deployment } = await load();
    const { spec } = deployment.spec.template;
    const [container, ...others] = spec.containers;
    if (container === undefined) throw new Error("there is no container");
    const { user, env, command } = await readImage();
    expect(others).toEqual([]);
    const [uid, gid] = user.split(":").map(Number);
    expect(spec.securityContext).toMatchObject({ runAsUser: uid, runAsGroup: gid, fsGroup: gid });
    expect(container.ports).toEqual([
      { name: "probes", containerPort: Number(env["MONGOFERRY_PORT"]) },
    ]);
    expect(container.args.slice(0, 1)).toEqual(command);
    expect(container).toMatchObject({
      startupProbe: { httpGet: { path: "/healthz", port: "probes" } },
      livenessProbe: { httpGet: { path: "/healthz", port: "probes" } },
      readinessProbe: { httpGet: { path: "/readyz", port: "probes" } },
    });
    const mounted = container.volumeMounts.map(({ mountPath }) => mountPath);
    expect(mounted).toContain("/tmp");
    expect(mounted.some((path) => env["MONGOFERRY_PATH"]?.startsWith(`${path}/`))).toBe(true);
    expect(container.volumeMounts.map(({ name }) => name)).toEqual(
      spec.volumes.filter(({ emptyDir }) => emptyDir !== undefined).map(({ name }) => name),
    );
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
    expect(Object.keys(container.resources.limits)).toContain("memory");
  });

  it("take secrets by reference only", async () => {
    const { deployment } = await load();
    const container = deployment.spec.template.spec.containers[0];
    expect(container?.envFrom).toEqual([{ secretRef: { name: "mongoferry" } }]);
    expect(container?.env.map(({ name }) => name)).toEqual([
      "MONGOFERRY_REPOSITORY",
      "MONGOFERRY_BRANCH",
    ]);
    expect(container?.image).toMatch(/@sha256:[0-9a-f]{64}$/u);
  });
});
