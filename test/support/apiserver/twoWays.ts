import assert from "node:assert/strict";
import type { AdmissionPlugin } from "../../../lib/apiserver/admission/admissionPlugin.js";
import { nodePlatform } from "../../../lib/platform/node/nodePlatform.js";
import { startTestApiServer, type TestApiServer } from "./testApiServer.js";

/** Objects have any form here: they are sent and compared, never trusted. */
export type Tree = Record<string, unknown>;
/** A dotted path, and what is set there. */
export type Change = readonly [path: string, value: unknown];

/** Makes a tree of every object that is written, so that the full rules look at it. */
const reader: AdmissionPlugin = {
  name: "Reader",
  handles: (operation) => operation === "CREATE" || operation === "UPDATE",
  admit: (attributes) => void attributes.object,
};

/** Two servers that are asked the same: one in which no object stays native, and one as it is. */
export class TwoWays {
  readonly #client = nodePlatform.network.httpClient();
  readonly #servers: TestApiServer[] = [];

  static async start(): Promise<TwoWays> {
    const both = new TwoWays();
    both.#servers.push(await startTestApiServer());
    // Read first, so that every plugin works on the tree.
    both.#servers.push(await startTestApiServer({}, {}, [reader]));
    for (const name of ["default", "builder"]) {
      await both.same("POST", "/api/v1/namespaces/default/serviceaccounts", { metadata: { name } });
    }
    return both;
  }

  /** What both respond with; fails where they differ. What each server makes up is left out. */
  async same(
    method: string,
    path: string,
    body?: Tree | readonly Tree[],
    contentType = "application/json",
    headers: Readonly<Record<string, string>> = {},
  ): Promise<string> {
    const [one, other] = await Promise.all(
      this.#servers.map((server) =>
        this.#send(server, method, path, body, { ...headers, "content-type": contentType }),
      ),
    );
    assert.equal(one, other, `${method} ${path} ${JSON.stringify(body ?? "").slice(0, 500)}`);
    return one ?? "";
  }

  async #send(
    { url }: TestApiServer,
    method: string,
    path: string,
    body: unknown,
    headers: Readonly<Record<string, string>>,
  ): Promise<string> {
    const answer = await this.#client.call({
      url: `${url}${path}`,
      method,
      headers: { ...headers, accept: "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = Buffer.from(await answer.readAll()).toString("utf8");
    return normalized(`${answer.status} ${answer.headers.warning ?? ""}\n${text}`);
  }

  async stop(): Promise<void> {
    this.#client.close();
    for (const server of this.#servers.reverse()) await server.stop();
  }
}

/** What two servers cannot have alike. */
function normalized(text: string): string {
  return text
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, "UID")
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, "TIME")
    .replace(/kube-api-access-[a-z0-9]{5}\b/g, "TOKEN")
    .replace(/gen-[a-z0-9]{5}\b/g, "GENERATED")
    .replace(/(resourceVersion\\*":\\*")\d+/g, "$1N");
}

/** Sets a path of the object; numbers in it are places of lists. */
export function setAt(object: Tree, path: string, value: unknown): void {
  const names = path.split(".");
  const last = names.pop() ?? "";
  let at = object;
  for (const name of names) {
    at[name] ??= {};
    at = at[name] as Tree;
  }
  at[last] = structuredClone(value);
}
