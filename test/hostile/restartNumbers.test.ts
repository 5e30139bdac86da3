import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { ApiserverProcess, temporaryFolder } from "../support/commands/apiserverProcess.js";

interface Listed {
  readonly metadata: { readonly resourceVersion: string };
  readonly items: readonly {
    readonly metadata: {
      readonly name: string;
      readonly uid: string;
      readonly resourceVersion: string;
    };
  }[];
}

/**
 * The address of a Service is an object that is written lazily: clients see its revision before it
 * is on disk, in lists of whatever kind.
 */
describe("numbers that clients saw before a kube-apiserver was killed", function () {
  this.timeout(300_000);
  const folder = temporaryFolder();
  let server: ApiserverProcess;

  afterEach(() => server?.close());
  after(() => folder.remove());

  const list = async (resource: string): Promise<Listed> => {
    const answer = await server.plain.call(resource);
    assert.equal(answer.status, 200, answer.text());
    return answer.json() as unknown as Listed;
  };
  const addresses = "/apis/networking.k8s.io/v1/ipaddresses";

  /** Creates a Service, and answers a revision that a list of another kind has after it. */
  async function shownAfterService(name: string): Promise<number> {
    const created = await server.plain.call("/api/v1/namespaces/default/services", {
      method: "POST",
      contentType: "application/json",
      body: { metadata: { name }, spec: { ports: [{ port: 80 }] } },
    });
    assert.equal(created.status, 201, created.text());
    const { metadata } = created.json() as { metadata: { resourceVersion: string } };
    for (let tries = 0; tries < 50; tries++) {
      const shown = Number((await list("/api/v1/configmaps")).metadata.resourceVersion);
      if (shown > Number(metadata.resourceVersion)) return shown;
    }
    return Number(metadata.resourceVersion);
  }

  it("mean the same afterwards, or are refused", async () => {
    server = await ApiserverProcess.start(`${folder.path}/data`);
    for (const name of ["s1", "s2", "s3"]) {
      const shown = await shownAfterService(name);
      const before = await list(addresses);
      server.kill("SIGKILL");
      await server.ended;
      server = await ApiserverProcess.start(`${folder.path}/data`);
      const after = await list(addresses);
      const known = new Map(before.items.map(({ metadata }) => [metadata.name, metadata]));
      const isOther = ({ metadata }: Listed["items"][number]): boolean =>
        known.get(metadata.name)?.uid !== metadata.uid;
      const others = after.items.filter(isOther);
      const seen = Math.max(shown, Number(before.metadata.resourceVersion));
      for (const { metadata } of others) {
        const { resourceVersion } = metadata;
        assert.ok(Number(resourceVersion) > seen, `${name}: ${resourceVersion} after ${seen}`);
      }
      const query = `?watch=true&timeoutSeconds=1&resourceVersion=${shown}`;
      const watch = await server.plain.call(`${addresses}${query}`);
      const text = watch.text();
      if (watch.status === 410 || /"code":410/.test(text)) continue;
      assert.equal(watch.status, 200, text);
      for (const { metadata } of others) assert.ok(text.includes(metadata.uid), `${name}: ${text}`);
    }
  });

  it("are not given again where the disk had no room for what they showed", async () => {
    const data = `${folder.path}/full`;
    server = await ApiserverProcess.start(data, ["--event-ttl=2s"]);
    const create = (resource: string, name: string): ReturnType<typeof server.plain.call> =>
      server.plain.call(`/api/v1/namespaces/default/${resource}`, {
        method: "POST",
        contentType: "application/json",
        body: { metadata: { name }, involvedObject: { namespace: "default" } },
      });
    assert.equal((await create("events", "e")).status, 201);
    // From now on no write reaches the log.
    execFileSync("prlimit", ["--pid", String(server.pid), "--fsize=1024:1024"]);
    const refused = await create("configmaps", "refused");
    assert.equal(refused.status, 503, refused.text());
    // What runs out goes all the same: memory shows it.
    let shown = 0;
    const events = "/api/v1/namespaces/default/events";
    while (shown === 0) {
      const { items, metadata } = await list(events);
      if (items.length === 0) shown = Number(metadata.resourceVersion);
      else await server.plain.call(`${events}?watch=true&timeoutSeconds=2`);
    }
    server.kill("SIGKILL");
    await server.ended;
    server = await ApiserverProcess.start(data, ["--event-ttl=2s"]);
    const created = await create("configmaps", "next");
    assert.equal(created.status, 201, created.text());
    const { metadata } = created.json() as { metadata: { resourceVersion: string } };
    assert.ok(Number(metadata.resourceVersion) > shown, `${metadata.resourceVersion} is not new`);
    const query = `?watch=true&timeoutSeconds=1&resourceVersion=${shown}`;
    const watch = await server.plain.call(`/api/v1/configmaps${query}`);
    const text = watch.text();
    assert.ok(watch.status === 410 || /"code":410/.test(text), `${watch.status}: ${text}`);
  });
});
