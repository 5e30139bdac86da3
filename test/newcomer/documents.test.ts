import assert from "node:assert/strict";
import { documentedPrograms } from "./documentedPrograms.js";
import { exportedExamples } from "./exportedExamples.js";
import { FreshFolder } from "./freshFolder.js";

/** What each block prints, in order. */
const documents: Readonly<Record<string, readonly string[]>> = {
  "README.md": ["", "[ '10.96.7.7' ]\n"],
  "docs/program.md": [
    "2\n1\n404 NotFound\n",
    "[ '10.96.0.1' ]\n[ '10.96.0.10' ]\n",
    "[ 'a', 'b' ] { 'example.com/why': 'because' }\n200 true\ntrue\n",
    "web is up\nHELLO\n1 no\n1\n",
    "settings\n",
    "leads\n",
  ],
  "lib/kubelet/simulated/simulationModel.ts": [""],
};

const examples = exportedExamples();

describe("the programs of the documents", () => {
  const folder = new FreshFolder();
  before(async function () {
    const missing = await folder.install();
    if (missing === undefined) return;
    process.stdout.write(`  skipped: ${missing}\n`);
    this.skip();
  });
  after(() => folder.remove());

  it("compile strictly", async () => {
    const compilerOptions = {
      ...{ strict: true, target: "es2022", module: "node16", skipLibCheck: false },
      ...{ exactOptionalPropertyTypes: true, rootDir: "src", outDir: "out" },
    };
    folder.write("programs/package.json", JSON.stringify({ type: "module" }));
    folder.write("programs/tsconfig.json", JSON.stringify({ compilerOptions, include: ["src"] }));
    for (const [document, printed] of Object.entries(documents)) {
      const programs = documentedPrograms(document);
      assert.equal(programs.length, printed.length, `${document} has other blocks`);
      programs.forEach((text, index) => {
        folder.write(`programs/src/${document}-${index}.ts`, text);
      });
    }
    for (const { name, program } of examples) {
      assert.ok(program !== undefined, name);
      folder.write(`programs/src/examples/${name}.ts`, program);
    }
    const compiled = await folder.node("node_modules/typescript/bin/tsc", ["-p", "."], "programs");
    assert.equal(compiled.code, 0, compiled.output);
  });

  for (const [document, printed] of Object.entries(documents)) {
    printed.forEach((output, index) => {
      it(`run as they stand: ${document}, block ${index + 1}`, async () => {
        const ran = await folder.node(`out/${document}-${index}.js`, [], "programs");
        assert.deepEqual(ran, { code: 0, output });
      });
    });
  }

  for (const { name, printed } of examples) {
    it(`run as they stand: the example of ${name}`, async () => {
      const ran = await folder.node(`out/examples/${name}.js`, [], "programs");
      assert.deepEqual(ran, { code: 0, output: printed });
    });
  }
});
