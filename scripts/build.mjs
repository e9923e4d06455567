/**
 * node --import tsx scripts/build.mjs: the program as a bundle in `dist`. `bin.js` starts it; what only some commands need lies in
 * files of their own, which are loaded when it is needed.
 */
import { chmodSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import standalone from "ajv/dist/standalone/index.js";
import { build } from "esbuild";
import { openSchema } from "../src/spec/compile-validators.ts";
import { OPTIONAL_PACKAGES } from "./optional-packages.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Bundles `src/bin.ts`, or other modules of this project for tests, as ES modules. Returns esbuild's metafile. */
export async function bundle(entryPoints, outdir) {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints,
    outdir,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20.19",
    // A checkout whose node_modules is a link gives the same bundle as any other.
    preserveSymlinks: true,
    // Errors are told by the names of their classes. Lines stay short, since Node shows them with an error.
    minifySyntax: true,
    keepNames: true,
    sourcemap: "linked",
    sourcesContent: false,
    metafile: true,
    // CommonJS modules within the bundle load Node's own modules by it.
    banner: {
      js: 'import { createRequire as createRequireOfBundle } from "node:module"; const require = createRequireOfBundle(import.meta.url);',
    },
    plugins: [optionalPackages, precompiledValidators],
    logLevel: "warning",
  });
  return metafile;
}

/** Has optional packages looked for where src/mongo/optional-packages.ts does. */
const optionalPackages = {
  name: "optional packages",
  setup({ onResolve, onLoad }) {
    const filter = new RegExp(`^(${OPTIONAL_PACKAGES.join("|")})$`);
    onResolve({ filter }, ({ path }) => ({ path, namespace: "optional" }));
    onLoad({ filter: /.*/, namespace: "optional" }, ({ path }) => ({
      contents: `
        const folder = require("node:path").resolve(process.env.MONGOFERRY_PACKAGES || "");
        module.exports = require("node:module").createRequire(folder + "/package.json")(${JSON.stringify(path)});
      `,
      loader: "js",
    }));
  },
};

/** Replaces the module that compiles the JSON Schema at its start by what it would compile. */
const precompiledValidators = {
  name: "precompiled validators",
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]src[\\/]spec[\\/]compile-validators\.ts$/ }, () => ({
      contents: renderValidators(),
      loader: "js",
      resolveDir: root,
    }));
  },
};

function renderValidators() {
  const { ajv, references } = openSchema({ source: true, esm: true });
  const code = standalone.default(ajv, references);
  return `${code}\nexport const validators = { ${Object.keys(references).join(", ")} };`;
}

/** Licences of all packages of which anything is in the bundle, as they ask for. */
function renderLicenses({ outputs }) {
  const inputs = Object.values(outputs).flatMap((output) =>
    Object.entries(output.inputs).flatMap(([path, { bytesInOutput }]) =>
      bytesInOutput > 0 ? path : [],
    ),
  );
  const folders = inputs.flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? []);
  const texts = [...new Set(folders)].toSorted().map((folder) => {
    const { name, version, license } = readJson(join(root, folder, "package.json"));
    const file = readdirSync(join(root, folder)).find((each) => /^licen[cs]e\b/i.test(each));
    const text = file === undefined ? "" : readFileSync(join(root, folder, file), "utf8").trim();
    return `${name} ${version} (${license})\n\n${text}\n`;
  });
  return texts.join(`\n${"-".repeat(72)}\n\n`);
}

function readJson(file) {
  return JSON.parse(readFileSync(file, "utf8"));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  // Beside its place until it is whole: two builds may run at the same time, and one may be interrupted.
  const built = join(root, `dist.${process.pid}`);
  try {
    const metafile = await bundle(["src/bin.ts"], built);
    writeFileSync(join(built, "licenses.txt"), renderLicenses(metafile));
    // npm makes the command executable only when it installs it.
    chmodSync(join(built, "bin.js"), 0o755);
    rmSync(join(root, "dist"), { recursive: true, force: true });
    renameSync(built, join(root, "dist"));
  } finally {
    rmSync(built, { recursive: true, force: true });
  }
}
