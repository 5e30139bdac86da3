import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { RestCaller } from "../../../support/apiserver/restCaller.js";
import {
  startTestApiServer,
  type TestApiServer,
} from "../../../support/apiserver/testApiServer.js";

/**
 * What kube-apiserver 1.37 answered to a valid object of each kind with one field changed or
 * taken away (`set` absent): code, the beginnings of all causes, sorted, and the warnings.
 */
interface Recorded {
  readonly at: readonly (string | number)[];
  readonly set?: unknown;
  readonly code: number;
  readonly causes?: readonly string[];
  readonly warnings?: readonly string[];
}

interface Subject {
  readonly path: string;
  readonly object: object;
}

const causeCharacters = 120;
const folder = new URL("../../../../../test/unit/apiserver/recorded/", import.meta.url);
const kinds = readdirSync(fileURLToPath(folder)).filter((name) => name.endsWith(".jsonl"));

function read(name: string): { subject: Subject; cases: Recorded[] } {
  const [first = "{}", ...lines] = readFileSync(new URL(name, folder), "utf8").trim().split("\n");
  return {
    subject: JSON.parse(first) as Subject,
    cases: lines.map((line) => JSON.parse(line) as Recorded),
  };
}

function mutated(object: object, { at, set }: Recorded): object {
  const copy = structuredClone(object);
  const last = at[at.length - 1] as string | number;
  const place = at
    .slice(0, -1)
    .reduce<unknown>((value, step) => (value as Record<string | number, unknown>)[step], copy);
  if (set !== undefined) (place as Record<string | number, unknown>)[last] = set;
  else if (Array.isArray(place)) place.splice(Number(last), 1);
  else delete (place as Record<string | number, unknown>)[last];
  return copy;
}

interface Status {
  readonly details?: { readonly causes?: readonly Record<string, string>[] };
}

function causesOf(status: Status): string[] {
  const all = (status.details?.causes ?? []).map(({ reason = "", field, message }) =>
    `${reason.replace("FieldValue", "")} ${field}: ${message}`.slice(0, causeCharacters),
  );
  return [...new Set(all)].sort();
}

function warningsOf(header: string | readonly string[] | undefined): string[] {
  const all = typeof header === "string" ? header.split(/, (?=299 - ")/) : (header ?? []);
  const texts = all.map((text) => text.slice(7, -1).replaceAll('\\"', '"'));
  // What has no effect here has one upstream, which has nothing to say of it.
  return texts.filter((text) => !text.includes(": has no effect yet: ")).sort();
}

describe("answers recorded from kube-apiserver", () => {
  let api: TestApiServer;
  let rest: RestCaller;

  before(async () => {
    api = await startTestApiServer();
    rest = new RestCaller(api.url);
    const accounts = "/api/v1/namespaces/default/serviceaccounts";
    const body = { metadata: { name: "default" } };
    const { status } = await rest.call(accounts, { method: "POST", body });
    assert.equal(status, 201);
  });

  after(async () => {
    rest.close();
    await api.stop();
  });

  for (const name of kinds) {
    const { subject, cases } = read(name);
    for (const recorded of cases) {
      const shown = "set" in recorded ? JSON.stringify(recorded.set) : "absent";
      it(`${name.replace(".jsonl", "")}: ${recorded.at.join(".")} ${shown.slice(0, 80)}`, async () => {
        const answer = await rest.call(`${subject.path}?dryRun=All`, {
          method: "POST",
          contentType: "application/json",
          body: mutated(subject.object, recorded),
        });
        const causes = causesOf(answer.json() as Status);
        const wanted = [...new Set(recorded.causes ?? [])].sort();
        assert.deepEqual(causes, wanted);
        assert.equal(answer.status, recorded.code);
        const warnings = warningsOf(answer.headers.warning);
        assert.deepEqual(warnings, [...(recorded.warnings ?? [])].sort());
      });
    }
  }
});
