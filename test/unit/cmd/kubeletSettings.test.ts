import assert from "node:assert/strict";
import { FlagValues } from "../../../lib/cmd/flags/flagValues.js";
import { kubeletFlags } from "../../../lib/cmd/flags/kubeletFlags.js";
import { garbageOptions } from "../../../lib/cmd/kubelet/garbageOptions.js";
import {
  KubeletSettings,
  parseKubeletConfiguration,
} from "../../../lib/cmd/kubelet/kubeletSettings.js";

const head = "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n";

function settings(given: Record<string, string>, file?: string): KubeletSettings {
  const flags = flagsOf(given);
  const tree = file === undefined ? undefined : parseKubeletConfiguration(head + file, "k.yaml");
  return new KubeletSettings(flags, tree);
}
function flagsOf(given: Record<string, string>): FlagValues {
  const flags = new FlagValues(kubeletFlags);
  for (const [name, value] of Object.entries(given)) flags.add(name, value);
  return flags;
}

describe("KubeletSettings", () => {
  it("takes the flag, else the file, else the default", () => {
    assert.equal(settings({ "max-pods": "7" }, "maxPods: 9").integer("max-pods"), 7);
    assert.equal(settings({}, "maxPods: 9").integer("max-pods"), 9);
    assert.equal(settings({}, "").integer("max-pods"), 110);
    assert.equal(settings({}).integer("max-pods"), 110);
  });

  it("has KubeletConfiguration's own defaults only where there is a file", () => {
    assert.equal(settings({}).boolean("anonymous-auth"), true);
    assert.equal(settings({}, "").boolean("anonymous-auth"), false);
    assert.equal(settings({ "anonymous-auth": "true" }, "").boolean("anonymous-auth"), true);
    assert.equal(settings({}).string("authorization-mode"), "AlwaysAllow");
    assert.equal(settings({}, "").string("authorization-mode"), "Webhook");
    assert.equal(settings({}, "").integer("read-only-port"), 0);
  });

  it("has defaults of what no flag says", () => {
    for (const one of [settings({}), settings({}, "")]) {
      assert.equal(one.string("podLogsDir"), "/var/log/pods");
      assert.equal(one.duration("nodeStatusReportFrequency"), 300_000);
    }
    assert.equal(settings({}, "podLogsDir: /l").string("podLogsDir"), "/l");
  });

  it("reads lists, maps, taints and durations", () => {
    const file =
      "clusterDNS: [10.0.0.10]\nsystemReserved: {cpu: 100m, memory: 1}\n" +
      "registerWithTaints: [{key: a, effect: NoSchedule}]\nfileCheckFrequency: 1m30s\n";
    const one = settings({}, file);
    assert.deepEqual(one.strings("cluster-dns"), ["10.0.0.10"]);
    assert.deepEqual(
      [...one.map("system-reserved")],
      [
        ["cpu", "100m"],
        ["memory", "1"],
      ],
    );
    assert.deepEqual(one.taints("register-with-taints"), [{ key: "a", effect: "NoSchedule" }]);
    assert.equal(one.duration("file-check-frequency"), 90_000);
    const given = settings({ "register-with-taints": "a=b:NoExecute" }, file);
    assert.deepEqual(given.taints("register-with-taints"), [
      { key: "a", value: "b", effect: "NoExecute" },
    ]);
  });

  it("says which field does not fit", () => {
    const cases: [string, (one: KubeletSettings) => unknown, string][] = [
      ["port: many", (one) => one.integer("port"), 'port: "many" is no integer'],
      ["port: 1.5", (one) => one.integer("port"), "port: 1.5 is no integer"],
      ["registerNode: 1", (one) => one.boolean("register-node"), "registerNode: 1 is no boolean"],
      ["address: [a]", (one) => one.string("address"), 'address: ["a"] is no text'],
      ["clusterDNS: a", (one) => one.strings("cluster-dns"), 'clusterDNS: "a" is no list of texts'],
      ["kubeReserved: [a]", (one) => one.map("kube-reserved"), 'kubeReserved: ["a"] is no map'],
      [
        "imageMinimumGCAge: 2x",
        (one) => one.duration("minimum-image-ttl-duration"),
        'imageMinimumGCAge: "2x" is no duration',
      ],
    ];
    for (const [file, read, message] of cases) {
      assert.throws(() => read(settings({}, file)), { message: `--config: ${message}` });
    }
    assert.throws(() => parseKubeletConfiguration("kind: Pod", "k.yaml"), {
      message: "--config k.yaml: kind is not KubeletConfiguration",
    });
    assert.throws(
      () => parseKubeletConfiguration("a: [", "k.yaml"),
      /^FlagError: --config k.yaml: /,
    );
  });

  it("takes zero in a file for nothing said, but where it is a value", () => {
    const file =
      "maxPods: 0\nport: 0\naddress: ''\nnodeStatusReportFrequency: 0s\nnodeLeaseDurationSeconds: 0\n" +
      "imageMinimumGCAge: 0s\nauthentication: { webhook: { cacheTTL: 0s } }\nhealthzPort: 0\n" +
      "authorization: { mode: '' }\nnodeStatusUpdateFrequency: 0h0m0s\ncontainerLogMonitorInterval: 0s\n";
    const one = settings({}, file);
    assert.equal(one.integer("max-pods"), 110);
    assert.equal(one.integer("port"), 10250);
    assert.equal(one.string("address"), "0.0.0.0");
    assert.equal(one.duration("nodeStatusReportFrequency"), 300_000);
    assert.equal(one.isFromFile("node-status-update-frequency"), false);
    assert.equal(one.integer("nodeLeaseDurationSeconds"), 40);
    assert.equal(one.duration("minimum-image-ttl-duration"), 120_000);
    assert.equal(one.duration("authentication-token-webhook-cache-ttl"), 120_000);
    assert.equal(one.string("authorization-mode"), "Webhook");
    assert.equal(one.integer("healthz-port"), 0);
    assert.equal(one.duration("containerLogMonitorInterval"), 0);
    assert.equal(settings({ "max-pods": "0" }, file).integer("max-pods"), 0);
  });

  it("tells what is in the file and changes nothing", () => {
    const file =
      "maxPods: 9\nmaxPodz: 9\nevictionHard: { memory.available: 1Gi }\nsystemReserved: { cpu: 1 }\n" +
      "syncFrequency: 0s\nlogging: { verbosity: 0, flushFrequency: 0 }\nfailSwapOn: false\n" +
      "authentication: { x509: { clientCAFile: /a }, oidc: { issuer: a } }\n";
    assert.deepEqual(settings({}, file).withoutEffect(), [
      ...["authentication.oidc.issuer", "evictionHard.memory.available", "maxPodz"],
    ]);
    assert.deepEqual(settings({}, "failSwapOn: true").withoutEffect(), ["failSwapOn"]);
    assert.deepEqual(settings({}).withoutEffect(), []);
  });

  it("shows what is in effect", () => {
    const shown = settings({ "max-pods": "7" }, "maxPods: 9\nfailSwapOn: false\n").effective() as {
      [field: string]: unknown;
      authentication: { anonymous: object };
    };
    assert.deepEqual(
      [shown.kind, shown.maxPods, shown.failSwapOn, shown.imageGCHighThresholdPercent],
      ["KubeletConfiguration", 7, false, 85],
    );
    assert.deepEqual(shown.authentication.anonymous, { enabled: false });
    assert.equal(shown.containerLogMonitorInterval, "10s");
  });
});

describe("garbageOptions", () => {
  const options = (given: Record<string, string>, file?: string) =>
    garbageOptions(flagsOf(given), settings(given, file));

  it("has upstream's defaults", () => {
    assert.deepEqual(options({ "pod-infra-container-image": "pause:1" }), {
      containerGarbage: { minimumAgeMilliseconds: 0, maximumPerContainer: 1, maximum: -1 },
      imageGarbage: {
        highThresholdPercent: 85,
        lowThresholdPercent: 80,
        minimumAgeMilliseconds: 120_000,
        maximumAgeMilliseconds: 0,
      },
      logRotation: { maximumBytes: 10 * 2 ** 20, maximumFiles: 5, periodMilliseconds: 10_000 },
      sandboxImages: ["pause:1"],
    });
  });

  it("is switched off by a threshold of 100 and a negative size", () => {
    const off = options({ "image-gc-high-threshold": "100", "container-log-max-size": "-1" });
    assert.deepEqual([off.imageGarbage, off.logRotation], [undefined, undefined]);
  });

  it("refuses what makes no sense", () => {
    for (const [name, value, message] of [
      ["image-gc-high-threshold", "101", "--image-gc-high-threshold: 101 is not between 0 and 100"],
      [
        "image-gc-low-threshold",
        "85",
        "--image-gc-low-threshold: 85 is not below --image-gc-high-threshold 85",
      ],
      ["container-log-max-files", "1", "--container-log-max-files: 1 is not greater than 1"],
      ["container-log-max-size", "big", '--container-log-max-size: "big" is no quantity'],
    ] as const) {
      assert.throws(() => options({ [name]: value }), { message });
    }
  });
});
