import assert from "node:assert/strict";
import { type Ended, FreshFolder } from "./freshFolder.js";
import { mochaTest, rolloutTest, typedProgram } from "./newcomerPrograms.js";

interface Project {
  readonly name: string;
  readonly type: "module" | "commonjs";
  readonly module: string;
  readonly moduleResolution: string;
  /** The compilers that know this resolution. */
  readonly compilers: readonly string[];
}

/** The oldest and the newest. */
const all = ["typescript-5.4", "typescript"];
const node16 = { module: "node16", moduleResolution: "node16", compilers: all } as const;
const nodenext = { module: "nodenext", moduleResolution: "nodenext", compilers: all } as const;
const bundler = { module: "esnext", moduleResolution: "bundler", compilers: all } as const;

const projects: readonly Project[] = [
  { name: "node16-esm", type: "module", ...node16 },
  { name: "node16-cjs", type: "commonjs", ...node16 },
  { name: "nodenext-esm", type: "module", ...nodenext },
  { name: "nodenext-cjs", type: "commonjs", ...nodenext },
  { name: "bundler", type: "module", ...bundler },
  {
    name: "node10",
    type: "commonjs",
    module: "commonjs",
    moduleResolution: "node10",
    compilers: ["typescript-5.4"],
  },
];

function assertWell(ended: Ended): void {
  assert.equal(ended.code, 0, ended.output);
}

describe("the package in a newcomer's folder", () => {
  const folder = new FreshFolder();
  before(async function () {
    const missing = await folder.install();
    if (missing === undefined) return;
    process.stdout.write(`  skipped: ${missing}\n`);
    this.skip();
  });
  after(() => folder.remove());

  for (const project of projects) {
    it(`compiles and runs in a strict project: ${project.name}`, async () => {
      const { name, type, module, moduleResolution } = project;
      const compilerOptions = {
        ...{ strict: true, target: "es2022", skipLibCheck: false, outDir: "out", rootDir: "src" },
        ...{ exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true },
        ...{ module, moduleResolution },
      };
      folder.write(`${name}/package.json`, JSON.stringify({ type }));
      folder.write(`${name}/tsconfig.json`, JSON.stringify({ compilerOptions, include: ["src"] }));
      folder.write(`${name}/src/main.ts`, typedProgram);
      const compile = (compiler: string): Promise<Ended> =>
        folder.node(`node_modules/${compiler}/bin/tsc`, ["-p", "."], name);
      for (const compiled of await Promise.all(project.compilers.map(compile))) {
        assertWell(compiled);
      }
      const ran = await folder.node("out/main.js", [], name);
      assert.deepEqual(ran, { code: 0, output: "made web\n" });
    });
  }

  it("is one set of classes for import and require", async () => {
    folder.write(
      "classes/same.mjs",
      `import { createRequire } from "node:module";
       import * as imported from "steersman";
       const required = createRequire(import.meta.url)("steersman");
       const names = Object.keys(required).sort();
       if (Object.keys(imported).sort().join() !== names.join()) throw new Error(names.join());
       for (const name of names) if (imported[name] !== required[name]) throw new Error(name);
       console.log(names.length > 4);`,
    );
    assert.deepEqual(await folder.node("same.mjs", [], "classes"), { code: 0, output: "true\n" });
  });

  it("runs in mocha", async () => {
    folder.write("mocha/rollout.cjs", mochaTest);
    const args = ["--timeout", "60000", "mocha/rollout.cjs"];
    assertWell(await folder.node("node_modules/mocha/bin/mocha.js", args));
  });

  it("runs in Jest as CommonJS, with require", async () => {
    const load = 'const { ApiError, Cluster, resources } = require("steersman");';
    folder.write("jest/package.json", JSON.stringify({ jest: {} }));
    folder.write("jest/one.test.js", rolloutTest(load, "test"));
    folder.write("jest/two.test.js", rolloutTest(load, "it"));
    const jest = "node_modules/jest/bin/jest.js";
    assertWell(await folder.node(jest, ["--runInBand"], "jest"));
  });

  it("runs in Jest with dynamic import and as an ES module, with Jest's flag for these", async () => {
    const dynamic =
      "let ApiError, Cluster, resources;\nbeforeAll(async () => {\n" +
      '  ({ ApiError, Cluster, resources } = await import("steersman"));\n});';
    const module = 'import { ApiError, Cluster, resources } from "steersman";';
    folder.write("jest-esm/package.json", JSON.stringify({ jest: { transform: {} } }));
    folder.write("jest-esm/dynamic.test.js", rolloutTest(dynamic, "test"));
    folder.write("jest-esm/module.test.mjs", rolloutTest(module, "test"));
    const jest = "node_modules/jest/bin/jest.js";
    const args = ["--runInBand", "--testMatch", "**/*.test.?(m)js"];
    const environment = { NODE_OPTIONS: "--experimental-vm-modules" };
    assertWell(await folder.node(jest, args, "jest-esm", environment));
  });

  it("runs in Vitest", async () => {
    const load =
      'import { it } from "vitest";\nimport { ApiError, Cluster, resources } from "steersman";';
    folder.write("vitest/rollout.test.mjs", rolloutTest(load, "it"));
    assertWell(await folder.node("node_modules/vitest/vitest.mjs", ["run", "--root", "vitest"]));
  });

  it("has nothing that publint and attw find", async () => {
    const publint = await folder.node("node_modules/publint/src/cli.js", [
      "node_modules/steersman",
      "--strict",
    ]);
    assertWell(publint);
    assert.match(publint.output, /All good!/);
    const attw = "node_modules/@arethetypeswrong/cli/dist/index.js";
    assertWell(await folder.node(attw, [folder.tarball]));
  });

  it("says in one line what it needs where the addon is not there", async () => {
    folder.write(
      "addon/without.mjs",
      `import { createRequire } from "node:module";
       import { renameSync } from "node:fs";
       const require = createRequire(import.meta.url);
       const root = require.resolve("steersman/package.json").replace("package.json", "");
       const addon = root + "lib/native/gen/steersman.node";
       renameSync(addon, addon + ".away");
       try {
         const { Cluster } = await import("steersman");
         await Cluster.start();
       } catch (error) {
         console.log(error.name, error.message);
       } finally {
         renameSync(addon + ".away", addon);
       }`,
    );
    const { code, output } = await folder.node("without.mjs", [], "addon");
    assert.equal(code, 0, output);
    assert.match(output, /^AddonError the addon .* runs on Linux on x64 with glibc .*\n$/);
  });
});
