import assert from "node:assert/strict";
import { exportedExamples } from "../newcomer/exportedExamples.js";

describe("what programs call or construct", () => {
  it("has an example that uses it", () => {
    const examples = exportedExamples();
    assert.ok(examples.length > 15, "they are found");
    const lacking = examples
      .filter(({ name, program = "" }) => {
        const imported = /^import \{([^}]*)\} from "steersman";/.exec(program)?.[1] ?? "";
        return !imported.split(",").some((one) => one.trim() === name);
      })
      .map(({ name, file }) => `${file}: ${name}`);
    assert.deepEqual(lacking, []);
  });

  it("says in the example what that prints", () => {
    const silent = exportedExamples().filter(({ printed }) => printed === "");
    assert.deepEqual(
      silent.map(({ name }) => name),
      [],
    );
  });
});
