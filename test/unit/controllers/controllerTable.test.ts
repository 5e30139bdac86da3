import assert from "node:assert/strict";
import { controllersToCome } from "../../../lib/controllers/controllersToCome.js";
import {
  controllersMissing,
  controllerTable,
  isEnabled,
} from "../../../lib/controllers/controllerTable.js";

describe("controllerTable", () => {
  const names = (...flags: string[]): string[] =>
    controllerTable.filter((entry) => isEnabled(entry, flags)).map((entry) => entry.name);

  it("has each name and alias once", () => {
    const all = controllerTable.flatMap((entry) => [entry.name, ...entry.aliases]);
    assert.equal(new Set(all).size, all.length);
  });

  it("takes all, some, and all but some, by new and old names", () => {
    assert.deepEqual(
      names("*"),
      controllerTable.map((entry) => entry.name),
    );
    assert.deepEqual(names("deployment", "job-controller"), [
      "deployment-controller",
      "job-controller",
    ]);
    assert.ok(!names("*", "-garbagecollector").includes("garbage-collector-controller"));
    assert.ok(names("*", "-garbagecollector").includes("deployment-controller"));
    assert.deepEqual(names(), []);
  });

  it("tells names that nothing has from those that come later", () => {
    const flags = ["*", "job", "-cronjob", "ttl-controller", "jobs", "-what", "tokencleaner"];
    assert.deepEqual(controllersMissing(flags), {
      unknown: ["jobs", "what"],
      toCome: ["ttl-controller", "tokencleaner"],
    });
    const here = controllerTable.flatMap((entry) => [entry.name, ...entry.aliases]);
    assert.deepEqual(
      here.filter((name) => controllersToCome.has(name)),
      [],
    );
  });
});
