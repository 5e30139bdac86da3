import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";
import * as resources from "../../../lib/api/gen/resources.js";
import { createAuthority } from "../../../lib/api/pki/certificates.js";
import { apiVersionOf, type ResourceType } from "../../../lib/api/resourceType.js";
import { nodePlatform } from "../../../lib/platform/node/nodePlatform.js";
import { builtServers, Peer, tokens } from "../../bench/peers/peer.js";
import { requirement } from "../../support/clients/requirement.js";
import { validObject, validObjects } from "../../support/etcd/validObjects.js";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
/** Which of them are served, in the versions that are on by default. */
const builtIn = [
  ...new Set(
    Object.values(resources).flatMap((group) => Object.values(group) as ResourceType<unknown>[]),
  ),
].filter((type) => type.storagePath !== undefined && !/alpha|beta/.test(apiVersionOf(type)));
/** What is not made here, and why. */
const notMade = new Map([["podcertificaterequests", "a node makes it, by its credential"]]);
const mostReads = 20;
const account = ".spec.serviceAccount";
const templateAccount = `.spec.template${account}`;
const claims = ".spec.volumeClaimTemplates[]";
/**
 * Where what ours shows is not what upstream's does, which fills in defaults whenever it reads;
 * ours shows what is stored. docs/etcd.md says which of them occur.
 */
const known: Readonly<Record<string, readonly string[]>> = {
  Job: [".metadata.labels"],
  PersistentVolumeClaim: [".status.phase"],
  StatefulSet: [`${claims}.apiVersion`, `${claims}.kind`],
  "Namespace, every field": [".metadata.labels.kubernetes.io/metadata.name"],
  "Secret, every field": [".data.stringDataKey", ".stringData"],
  "HorizontalPodAutoscaler, every field": [
    ".metadata.annotations.autoscaling.alpha.kubernetes.io/current-metrics",
  ],
  "StatefulSet, every field": [templateAccount, `${claims}.apiVersion`, `${claims}.kind`],
  // Two fields for one thing, which agree wherever a server has written them.
  "Node, every field": [".spec.podCIDRs[]"],
  "Pod, every field": [
    ...[".spec.containers[]", ".spec.initContainers[]"].map(
      (containers) => `${containers}.resources.requests.limitsKey`,
    ),
    ...[account, ".status.podIPs[].ip"],
  ],
  "PodTemplate, every field": [`.template${account}`],
  "ReplicationController, every field": [templateAccount],
  "DaemonSet, every field": [
    ...[".metadata.annotations.deprecated.daemonset.template.generation", templateAccount],
  ],
  "Deployment, every field": [templateAccount],
  "ReplicaSet, every field": [templateAccount],
  "CronJob, every field": [`.spec.jobTemplate${templateAccount}`],
  "Job, every field": [templateAccount],
};

function testdata(): string {
  const folder = join(root, "test/interop/codec");
  const args = ["list", "-m", "-f", "{{.Dir}}", "k8s.io/api"];
  const output = execFileSync("go", args, { cwd: folder, encoding: "utf8" });
  return join(output.trim(), "testdata/HEAD");
}

describe("every kind on one etcd with upstream's kube-apiserver", function () {
  // Upstream's server is built at first.
  this.timeout(2_400_000);
  const http = nodePlatform.network.httpClient();
  let upstream: Peer | undefined;
  let own: Peer | undefined;
  let folder = "";

  before(async function () {
    const programs = await requirement(this, "Go and upstream's modules", builtServers);
    folder = testdata();
    upstream = await Peer.start("upstream", programs, true);
    own = await Peer.start("steersman", programs, true, upstream);
  });
  after(async () => {
    http.close();
    await own?.stop();
    await upstream?.stop();
  });

  const ask = async (peer: Peer | undefined, method: string, path: string, body?: object) => {
    assert.ok(peer);
    const contentType = method === "PATCH" ? "application/merge-patch+json" : "application/json";
    const answer = await http.call({
      url: peer.url + path,
      method,
      tls: { insecureSkipVerify: true },
      headers: {
        authorization: `Bearer ${tokens.administrator}`,
        ...(body === undefined ? {} : { "content-type": contentType }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = Buffer.from(await answer.readAll()).toString("utf8");
    return { status: answer.status, text, tree: JSON.parse(text) as Record<string, unknown> };
  };
  /** Both read the same but for what is known; controllers may write between two reads. */
  const alike = async (path: string, what: string): Promise<void> => {
    const wanted = [...(known[what] ?? [])].sort();
    for (let read = 1; ; read += 1) {
      const [ours, theirs] = await Promise.all([ask(own, "GET", path), ask(upstream, "GET", path)]);
      const found: string[] = differences(ours.tree, theirs.tree).sort();
      // Those of what was made depend on who made it.
      const isKnown = (place: string): boolean => wanted.includes(place);
      if (what.includes(",") ? isDeepStrictEqual(found, wanted) : found.every(isKnown)) return;
      if (read < mostReads) continue;
      assert.deepEqual(found, wanted, `${path}: ${ours.text}\n${theirs.text}`);
    }
  };
  const etcd = async (what: string, body: object): Promise<void> => {
    const url = `${upstream?.etcdUrl}/v3/kv/${what}`;
    const response = await fetch(url, { method: "POST", body: JSON.stringify(body) });
    assert.ok(response.ok, await response.text());
  };

  it("is made by the one, and changed and deleted by the other", async () => {
    const validity = { notBefore: Date.now() - 60_000, notAfter: Date.now() + 3_600_000 };
    const authority = await createAuthority({ commonName: "every kind" }, validity);
    const kinds = validObjects(authority.certificate);
    const accounts = "/api/v1/namespaces/default/serviceaccounts";
    await ask(own, "POST", accounts, { metadata: { name: "default" } });
    for (const [number, kind] of kinds.entries()) {
      for (const [way, [one, other]] of [
        [own, upstream],
        [upstream, own],
      ].entries()) {
        const { name, body } = validObject(kind, 2 * number + way);
        const made = await ask(one, "POST", kind.path, body);
        assert.equal(made.status, 201, `${one?.side}, ${kind.path}: ${made.text}`);
        const path = `${kind.path}/${name}`;
        await alike(path, made.tree.kind as string);
        const patch = { metadata: { labels: { seen: "yes" } } };
        const patched = await ask(other, "PATCH", path, patch);
        assert.equal(patched.status, 200, `${other?.side}, ${path}: ${patched.text}`);
        await alike(path, made.tree.kind as string);
        const deleted = await ask(other, "DELETE", `${path}?gracePeriodSeconds=0`);
        assert.ok(deleted.status < 300, `${other?.side}, ${path}: ${deleted.text}`);
        // What has finalizers is left, and is the same for both.
        await alike(path, made.tree.kind as string);
      }
    }
    const made = new Set(kinds.map(({ path }) => path.replace("/namespaces/default", "")));
    const missing = builtIn.filter((type) => {
      return !made.has(`${collectionOf(type)}/${type.resource}`) && !notMade.has(type.resource);
    });
    assert.deepEqual(
      missing.map((type) => `${apiVersionOf(type)} ${type.resource}`),
      [],
    );
  });

  it("is read alike from etcd with every field set", async () => {
    let count = 0;
    for (const type of builtIn) {
      const { group, version, kind } = type;
      const value = fileOf(folder, `${group === "" ? "core" : group}.${version}.${kind}.pb`);
      if (value === undefined) continue;
      count += 1;
      const fill = (text: string): string =>
        text.replace("{namespace}", "namespaceValue").replace("{name}", "nameValue");
      const key = Buffer.from(fill(type.storagePath ?? "")).toString("base64");
      await etcd("put", { key, value: value.toString("base64") });
      try {
        const inside = type.storagePath?.includes("{namespace}")
          ? "/namespaces/namespaceValue"
          : "";
        const collection = `${collectionOf(type)}${inside}/${type.resource}`;
        await alike(
          `${collection}/nameValue`,
          `${kind}${version === "v1" ? "" : ` ${version}`}, every field`,
        );
      } finally {
        await etcd("deleterange", { key });
      }
    }
    assert.ok(count > 50, `${count} kinds`);
  });
});

function collectionOf({ group, version }: ResourceType<unknown>): string {
  return group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
}

function fileOf(folder: string, name: string): Buffer | undefined {
  try {
    return readFileSync(join(folder, name));
  } catch {
    return undefined;
  }
}

/** The paths at which two trees differ; `[]` is any place of a list. */
function differences(one: unknown, other: unknown, path = ""): string[] {
  if (isDeepStrictEqual(one, other)) return [];
  const isTree = (value: unknown): value is object => typeof value === "object" && value !== null;
  if (!isTree(one) || !isTree(other) || Array.isArray(one) !== Array.isArray(other)) return [path];
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  const below = [...names].flatMap((name) => {
    const [left, right] = [one, other].map((tree) => (tree as Record<string, unknown>)[name]);
    const step = Array.isArray(one) ? `${path}[]` : `${path}.${name}`;
    return differences(left, right, step);
  });
  return [...new Set(below)];
}
