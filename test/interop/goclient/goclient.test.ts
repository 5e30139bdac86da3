import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { ClusterProcess } from "../../support/clients/clusterProcess.js";
import { requirement } from "../../support/clients/requirement.js";
import { builtClientGo } from "../../support/clients/upstreamPrograms.js";

const timeoutMilliseconds = 480_000;

/** Cases of test/interop/goclient/client and what each shows. */
const cases: Readonly<Record<string, string>> = {
  "typed-informer": "keeps a typed informer's cache",
  "dynamic-informer": "keeps a dynamic informer's cache",
  protobuf: "reads, writes and watches in protobuf",
  "watch-list": "sends a state as events up to a bookmark",
  "leader-election": "lets one lead after another",
  tables: "prints on the server",
  pages: "lists page by page",
  apply: "applies configurations of several managers",
  conflicts: "refuses what is out of date or there already",
  fairness: "starves one user by a FlowSchema and not another",
  manager: "runs a controller of controller-runtime, whose objects end with their owner",
};

describe("client-go against `steersman up`", function () {
  this.timeout(1_200_000);
  let program: string;
  let cluster: ClusterProcess;

  before(async function () {
    program = await requirement(this, "Go and the client-go module", () => builtClientGo());
    cluster = await ClusterProcess.start({ nodes: 2 });
  });

  after(async () => {
    await cluster?.stop();
  });

  for (const [name, title] of Object.entries(cases)) {
    it(title, async () => {
      const output = await new Promise<string>((resolve) => {
        const args = [cluster.kubeconfig, name];
        execFile(program, args, { timeout: timeoutMilliseconds }, (_error, stdout) => {
          resolve(stdout);
        });
      });
      assert.equal(output, `ok ${name}\n`);
    });
  }
});
