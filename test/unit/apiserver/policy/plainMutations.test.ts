import assert from "node:assert/strict";
import { nativeCodec } from "../../../../lib/api/nativeCodec.js";
import { SeededRandom } from "../../../../lib/platform/virtual/seededRandom.js";
import { everydayPods } from "../../../support/apiserver/everydayPods.js";
import { mutated } from "../../../support/apiserver/mutations.js";
import { type Tree, TwoWays } from "../../../support/apiserver/twoWays.js";

const slices = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices";
const oldEvents = "/api/v1/namespaces/default/events";
const newEvents = "/apis/events.k8s.io/v1/namespaces/default/events";
const strategic = "application/strategic-merge-patch+json";
const merge = "application/merge-patch+json";
const podMessage = "k8s.io.api.core.v1.Pod";
const pods = "/api/v1/namespaces/default/pods";
/** More by hand, to look for what a change of the rules has broken. */
const rounds = Number(process.env.STEERSMAN_MUTATIONS ?? "120");

function isPlain(message: string, object: Tree): boolean {
  const text = Buffer.from(JSON.stringify(object));
  return nativeCodec.decode(message, text, { format: "json" }).object?.plain() !== undefined;
}

const labels = {
  "kubernetes.io/service-name": "web",
  "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
};
const owner = { apiVersion: "v1", kind: "Service", name: "web", uid: "0a1b", controller: true };

/** As the controller of EndpointSlices writes them. */
const slice = (addressType: string, addresses: readonly string[]): Tree => ({
  metadata: { labels, ownerReferences: [owner] },
  addressType,
  endpoints: addresses.map((address, at) => ({
    addresses: [address],
    conditions: { ready: true, serving: true, terminating: false },
    targetRef: { kind: "Pod", namespace: "default", name: `web-${at}`, uid: `0${at}` },
    ...{ nodeName: "n1", zone: "z1", hints: { forZones: [{ name: "z1" }] } },
  })),
  ports: [
    { name: "", protocol: "TCP", port: 8080 },
    { name: "metrics", protocol: "TCP", port: 9090, appProtocol: "http" },
  ],
});
const everydaySlices: readonly Tree[] = [
  slice("IPv4", ["10.1.0.7", "10.1.0.8"]),
  slice("IPv6", ["fd00::7"]),
  slice("FQDN", ["web.example.com"]),
  { addressType: "IPv4", endpoints: [], ports: [] },
];

const seen = "2026-01-01T00:00:00.000001Z";
const pod = { apiVersion: "v1", kind: "Pod", namespace: "default", name: "web", uid: "0a" };
/** As the recorders of client-go write them, of both groups. */
const oldEvent: Tree = {
  ...{ involvedObject: pod, reason: "Pulled", message: "Image is there", type: "Normal" },
  ...{ source: { component: "kubelet", host: "n1" }, count: 1 },
  ...{ firstTimestamp: "2026-01-01T00:00:00Z", lastTimestamp: "2026-01-01T00:00:00Z" },
  ...{ eventTime: null, reportingComponent: "kubelet", reportingInstance: "n1" },
};
const newEvent: Tree = {
  ...{ regarding: pod, reason: "Scheduled", note: "Assigned to n1", type: "Normal" },
  ...{ action: "Binding", eventTime: seen, series: null },
  ...{ reportingController: "default-scheduler", reportingInstance: "scheduler-1" },
};

describe("everyday pods", () => {
  for (const { name, native, pod } of everydayPods) {
    it(`${name} are ${native ? "" : "not "}created natively`, () => {
      assert.equal(isPlain(podMessage, pod), native);
    });
  }
});

describe("mutations of everyday objects", () => {
  let both: TwoWays;

  before(async () => {
    both = await TwoWays.start();
  });
  after(async () => {
    await both?.stop();
  });

  /** Creates the object, mutated or not, and writes it again and again. */
  async function writeAll(
    collection: string,
    name: string,
    object: Tree,
    random: SeededRandom,
    change: (round: number) => Tree,
  ): Promise<number> {
    let accepted = 0;
    for (let round = 0; round < rounds; round += 1) {
      const path = `${collection}/${name}-${round % 7}`;
      const body = (tree: Tree): Tree => {
        const sent = random.below(3) === 0 ? structuredClone(tree) : mutated(random, tree);
        const { metadata } = sent as { metadata?: Tree };
        return { ...sent, metadata: { ...metadata, name: `${name}-${round % 7}` } };
      };
      const responses = [
        await both.same("POST", collection, body(object)),
        await both.same("PUT", path, body(object)),
        await both.same("PATCH", path, body(change(round)), round % 2 === 0 ? strategic : merge),
      ];
      if (round % 5 === 0) await both.same("DELETE", path);
      accepted += responses.filter((text) => text.startsWith("20")).length;
    }
    return accepted;
  }

  for (const [index, object] of everydaySlices.entries()) {
    it(`of EndpointSlices (${index + 1}) give what the full rules give`, async () => {
      const random = new SeededRandom(20261205 + index);
      const isHost = object.addressType === "FQDN";
      // Of names of hosts there is a warning.
      assert.equal(isPlain("k8s.io.api.discovery.v1.EndpointSlice", object), !isHost);
      const endpoints = object.endpoints as Tree[];
      const accepted = await writeAll(slices, `slice-${index}`, object, random, (round) => ({
        endpoints: [...endpoints, ...endpoints].slice(round % 3),
      }));
      assert.ok(accepted > rounds / 2, `${accepted} writes of ${rounds} rounds were accepted`);
    });
  }

  it("of Events of both groups give what the full rules give", async () => {
    const random = new SeededRandom(20261209);
    const counted = await writeAll(oldEvents, "old", oldEvent, random, (round) => ({
      ...{ count: round, lastTimestamp: "2026-01-01T00:00:01Z" },
    }));
    const series = await writeAll(newEvents, "new", newEvent, random, (round) => ({
      series: { count: round, lastObservedTime: seen },
    }));
    // Either group writes what the other made.
    const across = await writeAll(newEvents, "old", newEvent, random, (round) => ({
      series: { count: round, lastObservedTime: seen },
    }));
    for (const accepted of [counted, series, across]) {
      assert.ok(accepted > rounds / 4, `${accepted} writes of ${rounds} rounds were accepted`);
    }
  });

  for (const [index, { name: what, pod, native }] of everydayPods.entries()) {
    it(`of pods ${what} give what the full rules give`, async () => {
      const random = new SeededRandom(20261202 + index);
      let plain = 0;
      for (let round = 0; round < rounds; round += 1) {
        const object = round === 0 ? structuredClone(pod) : mutated(random, pod);
        const { metadata } = object as { metadata?: Tree };
        object.metadata = { ...metadata, name: `m-${index}-${round}` };
        if (isPlain(podMessage, object)) plain += 1;
        await both.same("POST", pods, object);
      }
      if (native) assert.ok(plain > rounds / 10, `${plain} of ${rounds} are plain`);
      assert.ok(plain < rounds * 0.9, `${plain} of ${rounds} are plain`);
    });
  }
});
