import { deepEqual, throws } from "node:assert/strict";
import { addon } from "../../../lib/native/addon.js";
import { readSchedulerConfiguration } from "../../../lib/scheduler/readSchedulerConfiguration.js";
import {
  engineConfiguration,
  SchedulerConfigurationError,
} from "../../../lib/scheduler/schedulerConfiguration.js";

const head = "apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\n";

describe("reading a KubeSchedulerConfiguration", () => {
  it("takes what has effect and names what has none", () => {
    const read = readSchedulerConfiguration(`${head}
parallelism: 4
clientConnection: {kubeconfig: /etc/kubernetes/scheduler.conf, qps: 100}
leaderElection: {leaderElect: true, leaseDuration: 20s, renewDeadline: 15s, retryPeriod: 3s}
podInitialBackoffSeconds: 2
podMaxBackoffSeconds: 20
profiles:
- schedulerName: packing
  plugins:
    score:
      disabled: [{name: NodeResourcesBalancedAllocation}]
      enabled: [{name: NodeResourcesFit, weight: 5}]
  pluginConfig:
  - name: NodeResourcesFit
    args:
      apiVersion: kubescheduler.config.k8s.io/v1
      kind: NodeResourcesFitArgs
      scoringStrategy: {type: MostAllocated, resources: [{name: cpu, weight: 3}]}
`);
    deepEqual(read, {
      configuration: {
        leaderElection: {
          leaderElect: true,
          leaseDurationSeconds: 20,
          renewDeadlineSeconds: 15,
          retryPeriodSeconds: 3,
        },
        podInitialBackoffSeconds: 2,
        podMaxBackoffSeconds: 20,
        profiles: [
          {
            schedulerName: "packing",
            plugins: {
              score: {
                disabled: [{ name: "NodeResourcesBalancedAllocation" }],
                enabled: [{ name: "NodeResourcesFit", weight: 5 }],
              },
            },
            pluginConfig: [
              {
                name: "NodeResourcesFit",
                args: {
                  scoringStrategy: {
                    type: "MostAllocated",
                    resources: [{ name: "cpu", weight: 3 }],
                  },
                },
              },
            ],
          },
        ],
      },
      kubeconfig: "/etc/kubernetes/scheduler.conf",
      ignored: ["parallelism", "clientConnection.qps"],
    });
    new addon.SchedulingEngine(engineConfiguration(read.configuration, 1));
  });

  it("elects leaders unless told otherwise", () => {
    const electing = (text: string) =>
      readSchedulerConfiguration(text).configuration.leaderElection?.leaderElect;
    deepEqual(
      [electing(head), electing(`${head}leaderElection: {leaderElect: false}`)],
      [true, false],
    );
  });

  it("refuses what it cannot use by the field's path", () => {
    const cases: [string, string][] = [
      ["kind: Other", 'no kind "Other" is registered for version ""'],
      [`${head}colour: red`, "colour: unknown field"],
      [`${head}podMaxBackoffSeconds: 0`, "podMaxBackoffSeconds: must be a whole number from 1"],
      [`${head}podInitialBackoffSeconds: 11`, "podMaxBackoffSeconds: must be at least"],
      [`${head}profiles: [{plugins: {score: {enabled: [{}]}}}]`, "profiles[0].plugins.score"],
      [`${head}leaderElection: {leaseDuration: 20}`, "leaderElection.leaseDuration: must be a str"],
      [`${head}extenders: [{urlPrefix: "http://e"}]`, "extenders: not supported yet"],
      ["[", ""],
    ];
    for (const [text, message] of cases) {
      throws(
        () => readSchedulerConfiguration(text),
        (error: unknown) =>
          error instanceof SchedulerConfigurationError && error.message.startsWith(message),
        text,
      );
    }
  });
});
