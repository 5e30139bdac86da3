import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { RestCaller } from "../../../support/apiserver/restCaller.js";
import {
  startTestApiServer,
  type TestApiServer,
} from "../../../support/apiserver/testApiServer.js";
import { applyCases } from "./applyCases.js";
import { warningsOf } from "./recordApplied.js";
import { type NormalAnswer, runApplyCase, type SentRequest } from "./runApplyCase.js";

interface Recorded {
  readonly name: string;
  readonly answers: readonly NormalAnswer[];
}

const file = new URL("../../../../../test/unit/apiserver/applied/applied.jsonl", import.meta.url);
const recorded = new Map(
  readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Recorded)
    .map(({ name, answers }) => [name, answers]),
);

describe("server-side apply as kube-apiserver answers it", () => {
  let api: TestApiServer;
  let rest: RestCaller;

  before(async () => {
    api = await startTestApiServer();
    rest = new RestCaller(api.url);
  });

  after(async () => {
    rest.close();
    await api.stop();
  });

  async function send({ method, path, contentType, body }: SentRequest) {
    const answer = await rest.call(path, {
      method,
      ...(contentType === "" ? {} : { contentType }),
      ...(body === undefined ? {} : { body }),
    });
    const warnings = warningsOf(answer.headers.warning);
    return {
      status: answer.status,
      text: answer.text(),
      // What has no effect here has one upstream, which has nothing to say of it.
      warnings: warnings.filter((text) => !text.includes(": has no effect yet: ")),
    };
  }

  for (const [at, one] of applyCases.entries()) {
    it(one.name, async () => {
      const answers = await runApplyCase(one, `case-${at}-applied`, send);
      assert.deepEqual(answers, recorded.get(one.name));
    });
  }
});
