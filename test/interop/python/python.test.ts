import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ClusterProcess } from "../../support/clients/clusterProcess.js";
import { pythonEnvironment } from "../../support/clients/pythonEnvironment.js";
import { requirement } from "../../support/clients/requirement.js";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const folder = "test/interop/python/client";
const timeoutMilliseconds = 480_000;

/** Functions of grpcClient.py and what each shows. */
const rpcCases: Readonly<Record<string, string>> = {
  creates_and_lists: "creates, lists, gets, patches and deletes pods",
  watches_with_bookmarks: "watches pods from their state on, with a bookmark between",
  tells_the_whole_status: "reads the whole Status from an error's details",
  reads_any_resource_as_bytes: "reads any resource as bytes",
};

/** Functions of restClient.py and what each shows. */
const restCases: Readonly<Record<string, string>> = {
  lists: "lists, also page by page",
  creates_and_patches: "creates, patches in two ways, replaces and deletes",
  watches: "watches",
  runs_a_deployment: "runs a deployment",
  tells_what_is_refused: "tells what is refused",
};

/** Every .proto under `proto/` that a Python client of the API needs, relative to it. */
function protoFiles(): string[] {
  const files: string[] = [];
  for (const part of ["k8s.io", "steersman"]) {
    for (const name of readdirSync(`${root}proto/${part}`, { recursive: true, encoding: "utf8" }))
      if (name.endsWith(".proto")) files.push(join(part, name));
  }
  return files.sort();
}

function generateStubs(python: string, target: string): void {
  mkdirSync(target);
  const outputs = [`--python_out=${target}`, `--grpc_python_out=${target}`];
  const args = ["-m", "grpc_tools.protoc", "-I", `${root}proto`, ...outputs, ...protoFiles()];
  execFileSync(python, args, { stdio: "pipe", timeout: timeoutMilliseconds });
}

describe("Python clients against `steersman up`", function () {
  this.timeout(1_200_000);
  let python: string;
  let cluster: ClusterProcess;
  let stubs: string;

  before(async function () {
    python = await requirement(this, "Python and its packages", () =>
      pythonEnvironment(`${folder}/requirements.txt`),
    );
    cluster = await ClusterProcess.start({ nodes: 2 });
    stubs = join(cluster.folder, "stubs");
    generateStubs(python, stubs);
  });

  after(async () => {
    await cluster?.stop();
  });

  /** Fails with the traceback. */
  async function runCase(name: string, program: string, ...args: string[]): Promise<void> {
    const output = await new Promise<string>((resolve) => {
      const command = ["-B", `${root}${folder}/${program}`, ...args, name];
      execFile(python, command, { timeout: timeoutMilliseconds }, (_error, stdout, stderr) => {
        resolve(`${stdout}${stderr}`);
      });
    });
    assert.equal(output, `ok ${name}\n`);
  }

  describe("gRPC with stubs made of proto/", () => {
    for (const [name, title] of Object.entries(rpcCases)) {
      it(title, () =>
        runCase(name, "grpcClient.py", stubs, cluster.kubeconfig, cluster.grpcAddress),
      );
    }
  });

  describe("the kubernetes package", () => {
    for (const [name, title] of Object.entries(restCases)) {
      it(title, () => runCase(name, "restClient.py", cluster.kubeconfig));
    }
  });
});
