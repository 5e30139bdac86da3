import assert from "node:assert/strict";
import { kubeControllerManagerFlags } from "../../../lib/cmd/flags/kubeControllerManagerFlags.js";
import { parseFlags } from "../../../lib/cmd/flags/parseFlags.js";
import {
  controllerNames,
  controllerOptions,
} from "../../../lib/cmd/kubeControllerManager/controllerManagerCommand.js";
import { controllerTable, isEnabled } from "../../../lib/controllers/controllerTable.js";
import { silentLogger } from "../../../lib/platform/logger.js";
import { nodePlatform } from "../../../lib/platform/node/nodePlatform.js";

const flagsOf = (...args: string[]) => parseFlags(kubeControllerManagerFlags, args);

describe("kube-controller-manager's flags", () => {
  it("give each controller its own number of workers", () => {
    const syncsOf = (...args: string[]) =>
      controllerOptions(flagsOf(...args), nodePlatform).concurrentSyncs ?? {};
    const usual = syncsOf();
    assert.equal(usual["deployment-controller"], 5);
    assert.equal(usual["daemonset-controller"], 2);
    assert.equal(usual["garbage-collector-controller"], 20);
    const given = syncsOf("--concurrent-deployment-syncs=9", "--concurrent-rc-syncs=1");
    assert.deepEqual(given, {
      ...{ ...usual, "deployment-controller": 9, "replicationcontroller-controller": 1 },
    });
    const names = new Set(controllerTable.map(({ name }) => name));
    assert.ok(Object.keys(usual).every((name) => names.has(name)));
  });

  it("switch the garbage collector off", () => {
    const runs = (...args: string[]): boolean =>
      controllerTable
        .filter((entry) => isEnabled(entry, controllerNames(flagsOf(...args), silentLogger)))
        .some(({ name }) => name === "garbage-collector-controller");
    assert.ok(runs());
    assert.ok(!runs("--enable-garbage-collector=false"));
    assert.ok(!runs("--enable-garbage-collector=false", "--controllers=*,garbagecollector"));
  });

  it("refuse a controller that nothing knows, and warn of one that comes later", () => {
    const refused = () => controllerNames(flagsOf("--controllers=*,-jobs"), silentLogger);
    assert.throws(refused, /--controllers: jobs: not a known controller/);
    const warned: unknown[] = [];
    const logger = {
      ...silentLogger,
      warning: (_message: string, values?: object) => warned.push(values),
    };
    controllerNames(flagsOf("--controllers=job,attachdetach,-ttl"), logger);
    assert.deepEqual(warned, [{ controllers: ["attachdetach"] }]);
  });
});
