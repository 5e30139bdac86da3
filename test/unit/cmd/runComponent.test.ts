import assert from "node:assert/strict";
import { parseFlagTable } from "../../../lib/cmd/flags/flagTable.js";
import { runComponent } from "../../../lib/cmd/runComponent.js";
import { nodePlatform } from "../../../lib/platform/node/nodePlatform.js";
import type { Platform } from "../../../lib/platform/platform.js";

const flags = parseFlagTable(`
logging-format string =text
v Level -v
vmodule pattern=N,...
used string
unused string
older string !
oldest string !
help bool -h
version version[=true]
`);

class Exit extends Error {}

/** What one run wrote on standard error, and its exit code. */
async function run(...args: string[]): Promise<{ text: string; code: number | undefined }> {
  let text = "";
  let code: number | undefined;
  let terminate: (() => void) | undefined;
  const host: Platform["host"] = {
    ...nodePlatform.host,
    arguments: args,
    writeOutput: () => undefined,
    writeError: (written) => {
      text += written;
    },
    onTermination: (callback) => {
      terminate = () => callback("SIGTERM");
      return () => undefined;
    },
    exit: (given) => {
      code ??= given;
      throw new Exit();
    },
    setExitCode: (given) => {
      code = given;
    },
    notifyServiceManager: async (state) => {
      if (state === "READY=1") terminate?.();
    },
  };
  const command = {
    name: "component",
    flags,
    start: async (values: { string(name: string): string }) => {
      values.string("used");
      values.string("older");
      return { stop: () => Promise.resolve() };
    },
  };
  await runComponent(command, { ...nodePlatform, host }).catch((error: unknown) => {
    if (!(error instanceof Exit)) throw error;
  });
  return { text, code };
}

describe("runComponent", () => {
  it("says which of the given flags have no effect", async () => {
    const { text } = await run("--used=a", "--unused=b", "--vmodule=file=4", "--v=1");
    assert.match(text, /no effect yet/);
    assert.match(text, /unused/);
    assert.match(text, /vmodule/);
    assert.doesNotMatch(text, /"used"|"v"/);
  });

  it("says nothing of that where all have one", async () => {
    const { text, code } = await run("--used=a", "-v2");
    assert.doesNotMatch(text, /no effect yet/);
    assert.equal(code, 0);
  });

  it("says which of the given flags are deprecated, once", async () => {
    const { text } = await run("--older=a", "--oldest=b", "--used=a");
    assert.match(text, /deprecated.*older/);
    assert.doesNotMatch(text, /deprecated.*oldest/);
    assert.match(text, /no effect yet.*oldest/);
    assert.doesNotMatch((await run("--used=a")).text, /deprecated/);
  });

  it("refuses a format of the log that is not known", async () => {
    const { text, code } = await run("--logging-format=xml");
    assert.match(text, /^Error: .*logging-format.*"xml"/);
    assert.equal(code, 1);
  });
});
