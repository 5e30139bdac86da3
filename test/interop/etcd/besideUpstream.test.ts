import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { builtServers, Peer, type ServerPrograms, tokens } from "../../bench/peers/peer.js";
import { requirement } from "../../support/clients/requirement.js";
import { temporaryFolder } from "../../support/commands/apiserverProcess.js";
import { runCommand } from "../../support/commands/commandProcess.js";

interface Identified {
  readonly metadata: { readonly uid: string; readonly resourceVersion: string };
}

/** Of custom resources, of aggregation, and of a certificate that ours needs not. */
const notThereYet: ReadonlySet<string> = new Set(
  [
    ...["start-apiextensions-informers", "start-apiextensions-controllers", "crd-informer-synced"],
    ...["start-kube-aggregator-informers", "apiservice-status-remote-available-controller"],
    ...["apiservice-discovery-controller", "apiservice-openapi-controller"],
    "apiservice-openapiv3-controller",
  ].map((name) => `poststarthook/${name}`),
)
  .add("autoregister-completion")
  .add("loopback-serving-certificate");

/** Ours and upstream's kube-apiserver on one etcd, asked by kubectl; each may keep either form. */
for (const form of ["vnd.kubernetes.protobuf", "json"]) {
  besideUpstream("one etcd", builtServers, `application/${form}`);
}

/** `steersman etcd`, as a program of its own. */
const ownAssets = temporaryFolder();
async function withOwnEtcd(): Promise<ServerPrograms> {
  const { code, error } = await runCommand("steersman", ["assets", ownAssets.path]);
  assert.equal(code, 0, error);
  return { ...builtServers(), etcd: `${ownAssets.path}/etcd` };
}
after(() => ownAssets.remove());
besideUpstream(
  "etcd's API over the embedded store",
  withOwnEtcd,
  "application/vnd.kubernetes.protobuf",
);

function besideUpstream(
  what: string,
  provide: () => ServerPrograms | Promise<ServerPrograms>,
  form: string,
): void {
  describe(`kube-apiserver beside upstream's on ${what}, ${form}`, function () {
    // Upstream's server is built at first.
    this.timeout(2_400_000);
    const flags = [`--storage-media-type=${form}`];
    let upstream: Peer | undefined;
    let own: Peer | undefined;

    before(async function () {
      const programs = await requirement(this, "Go and upstream's modules", provide);
      upstream = await Peer.start("upstream", programs, true, undefined, flags);
      own = await Peer.start("steersman", programs, true, upstream, flags);
    });
    after(async () => {
      await own?.stop();
      await upstream?.stop();
    });

    const kubectl = (peer: Peer | undefined, ...args: string[]): string => {
      assert.ok(peer);
      const where = ["-s", peer.url, "--insecure-skip-tls-verify", "--token", tokens.administrator];
      const env = { ...process.env, KUBECONFIG: "/dev/null" };
      const options = { encoding: "utf8", env, stdio: "pipe", maxBuffer: 1 << 26 } as const;
      return execFileSync("kubectl", [...where, ...args], options);
    };
    const json = <T>(peer: Peer | undefined, ...args: string[]): T =>
      JSON.parse(kubectl(peer, ...args, "-o", "json")) as T;

    it("reads every object that the other has written, alike", () => {
      const kinds = [
        "clusterroles,clusterrolebindings,roles,rolebindings,namespaces,configmaps,services",
        "prioritylevelconfigurations,flowschemas,priorityclasses,ipaddresses,servicecidrs,leases",
      ].join(",");
      const bare = (peer: Peer | undefined) => {
        const { items } = json<{ items: (Identified & { kind: string; spec?: object })[] }>(
          peer,
          ...["get", kinds, "-A"],
        );
        // Those are renewed all the time.
        return items.filter(({ kind }) => kind !== "Lease");
      };
      const theirs = bare(upstream);
      assert.ok(theirs.length > 100);
      assert.deepEqual(bare(own), theirs);
    });

    it("goes on with what the other has written, in both directions", () => {
      for (const [one, other, name] of [
        [own, upstream, "ours"],
        [upstream, own, "theirs"],
      ] as const) {
        kubectl(one, "create", "deployment", name, "--image=none.example/none");
        kubectl(other, "scale", "deployment", name, "--replicas=3");
        kubectl(one, "label", "deployment", name, "a=b");
        kubectl(other, "set", "env", `deployment/${name}`, "X=y");
        const seen = [one, other].map((peer) => json<Identified>(peer, "get", "deployment", name));
        assert.deepEqual(seen[0], seen[1]);
        kubectl(one, "delete", "deployment", name);
        assert.throws(() => kubectl(other, "get", "deployment", name), /not found/);
      }
    });

    it("is found in the endpoints of the service kubernetes beside the other", () => {
      // Both are advertised by one address.
      const get = ["get", "endpointslices", "kubernetes"] as const;
      const seen = [own, upstream].map((peer) => json<{ endpoints: unknown[] }>(peer, ...get));
      assert.deepEqual(seen[0]?.endpoints, seen[1]?.endpoints);
      assert.equal(seen[0]?.endpoints.length, 1);
    });

    it("has a Lease as an API server, which is the other's where both are on one host", () => {
      const get = ["get", "leases", "-n", "kube-system"];
      const seen = [own, upstream].map((peer) => kubectl(peer, ...get, "-o", "name"));
      assert.match(seen[0] ?? "", /^lease\S+apiserver-[a-z2-7]{26}\n$/);
      assert.equal(seen[0], seen[1]);
    });

    it("has upstream's health checks in upstream's order, but for what is not there yet", () => {
      for (const path of ["readyz", "livez", "healthz"]) {
        const [ours = [], theirs = []] = [own, upstream].map((peer) => {
          const text = kubectl(peer, "get", "--raw", `/${path}?verbose`);
          return [...text.matchAll(/^\[\+\](\S+) ok$/gm)].map(([, name]) => name ?? "");
        });
        const all = theirs.filter((name) => !notThereYet.has(name));
        assert.deepEqual(ours, all, path);
      }
    });

    it("counts addresses and ports of services, and etcd's bytes, under the same names", () => {
      const series = (peer: Peer | undefined): string[] => {
        const text = kubectl(peer, "get", "--raw", "/metrics");
        const mine = /^(kube_apiserver_(clusterip|nodeport)_alloc|apiserver_storage_size_bytes)/;
        const all = text.split("\n").filter((line) => mine.test(line));
        return [...new Set(all.map((line) => line.slice(0, line.lastIndexOf(" "))))].sort();
      };
      for (const [peer, name, port] of [
        [own, "counted-ours", "30111"],
        [upstream, "counted-theirs", "30112"],
      ] as const) {
        const asked = `--clusterip=10.96.77.${port.slice(-2)}`;
        kubectl(peer, "create", "service", "clusterip", `${name}-asked`, "--tcp=80", asked);
        const create = ["create", "service", "nodeport"];
        kubectl(peer, ...create, name, "--tcp=80", `--node-port=${port}`);
        kubectl(peer, ...create, `${name}-drawn`, "--tcp=80");
        const again = [...create, `${name}-again`, "--tcp=80", `--node-port=${port}`];
        assert.throws(() => kubectl(peer, ...again), /already allocated/);
        const path = "jsonpath={.spec.clusterIP}";
        const address = kubectl(peer, "get", "service", name, "-o", path);
        const taken = ["create", "service", "clusterip", `${name}-taken`, "--tcp=80"];
        assert.throws(() => kubectl(peer, ...taken, `--clusterip=${address}`), /already allocated/);
        kubectl(peer, "delete", "service", `${name}-drawn`);
      }
      assert.deepEqual(series(own), series(upstream));
    });

    it("gives no address that the other has given", () => {
      const addresses = new Set<string>();
      const count = 20;
      for (let number = 0; number < count; number += 1) {
        const [one, other] = number % 2 === 0 ? [own, upstream] : [upstream, own];
        kubectl(one, "create", "service", "clusterip", `s${number}`, "--tcp=80");
        const made = json<{ spec: { clusterIP: string } }>(other, "get", "service", `s${number}`);
        addresses.add(made.spec.clusterIP);
      }
      assert.equal(addresses.size, count);
    });
  });
}
