import { deepEqual, equal, throws } from "node:assert/strict";
import { addon } from "../../../lib/native/addon.js";
import {
  engineConfiguration,
  type SchedulerConfiguration,
  SchedulerConfigurationError,
} from "../../../lib/scheduler/schedulerConfiguration.js";

interface Resolved {
  profiles: { plugins: { name: string; weight: number; score: boolean; filter: boolean }[] }[];
}

function resolve(configuration: SchedulerConfiguration): Resolved {
  const text = engineConfiguration(configuration, 1);
  // The engine takes whatever is made of a configuration.
  new addon.SchedulingEngine(text);
  return JSON.parse(text) as Resolved;
}

describe("scheduler configuration", () => {
  it("has upstream's default plugins and weights", () => {
    const weights = resolve({})
      .profiles[0]!.plugins.filter((plugin) => plugin.weight > 0)
      .map(({ name, weight }) => [name, weight]);
    deepEqual(weights, [
      ["TaintToleration", 3],
      ["NodeAffinity", 2],
      ["NodeResourcesFit", 1],
      ["PodTopologySpread", 2],
      ["InterPodAffinity", 2],
      ["NodeResourcesBalancedAllocation", 1],
      ["ImageLocality", 1],
    ]);
  });

  it("adds, removes and weighs plugins", () => {
    const { plugins } = resolve({
      profiles: [
        {
          plugins: {
            multiPoint: { disabled: [{ name: "ImageLocality" }] },
            score: {
              disabled: [{ name: "*" }],
              enabled: [{ name: "NodeResourcesFit", weight: 7 }],
            },
          },
        },
      ],
    }).profiles[0]!;
    equal(
      plugins.some(({ name }) => name === "ImageLocality"),
      false,
    );
    const scoring = plugins.filter(({ score }) => score).map(({ name, weight }) => [name, weight]);
    deepEqual(scoring, [["NodeResourcesFit", 7]]);
  });

  it("refuses unknown plugins and bad arguments by their field", () => {
    const profile = (plugins: object) => ({ profiles: [{ plugins }] });
    throws(
      () => resolve(profile({ score: { enabled: [{ name: "Nope" }] } })),
      new SchedulerConfigurationError(
        'profiles[0].plugins.score.enabled: plugin "Nope" does not exist',
      ),
    );
    const args = { scoringStrategy: { type: "Best" } };
    const pluginConfig = [{ name: "NodeResourcesFit", args }];
    throws(
      () => resolve({ profiles: [{ pluginConfig }] }),
      /profiles\[0\]\.plugins\[\d+\]\.args: scoringStrategy\.type: unknown "Best"/,
    );
    throws(() => resolve({ profiles: [{}, {}] }), /profiles\[1\]\.schedulerName: already used/);
  });
});
