import assert from "node:assert/strict";
import { kubeSchedulerFlags } from "../../../lib/cmd/flags/kubeSchedulerFlags.js";
import { parseFlags } from "../../../lib/cmd/flags/parseFlags.js";
import { schedulerSettings } from "../../../lib/cmd/kubeScheduler/schedulerCommand.js";
import { silentLogger } from "../../../lib/platform/logger.js";
import { nodePlatform } from "../../../lib/platform/node/nodePlatform.js";

const head = "apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\n";

function settings(args: readonly string[], file?: string) {
  const files = { ...nodePlatform.files, readTextNow: () => head + file };
  const given = file === undefined ? args : [...args, "--config=s.yaml"];
  const flags = parseFlags(kubeSchedulerFlags, given);
  return schedulerSettings(flags, silentLogger, { ...nodePlatform, files });
}

describe("kube-scheduler's settings", () => {
  it("have upstream's leader election without a file", () => {
    const { configuration, kubeconfig } = settings(["--leader-elect-retry-period=3s"]);
    assert.deepEqual(configuration.leaderElection, {
      leaderElect: true,
      leaseDurationSeconds: 15,
      renewDeadlineSeconds: 10,
      retryPeriodSeconds: 3,
      resourceName: "kube-scheduler",
      resourceNamespace: "kube-system",
    });
    assert.equal(kubeconfig, "");
  });

  it("have each flag of leader election win over the file, and no default of one", () => {
    const file = "leaderElection: { leaderElect: false, leaseDuration: 30s, resourceName: a }\n";
    const { configuration } = settings(["--leader-elect", "--leader-elect-retry-period=3s"], file);
    assert.deepEqual(configuration.leaderElection, {
      leaderElect: true,
      leaseDurationSeconds: 30,
      retryPeriodSeconds: 3,
      resourceName: "a",
    });
  });

  it("take the file's kubeconfig before the flag's", () => {
    const file = "clientConnection: { kubeconfig: /file }\n";
    assert.equal(settings(["--kubeconfig=/flag"], file).kubeconfig, "/file");
    assert.equal(settings(["--kubeconfig=/flag"], "").kubeconfig, "/flag");
    assert.equal(settings(["--kubeconfig=/flag"]).kubeconfig, "/flag");
  });
});
