import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";
import { RestCaller } from "../../support/apiserver/restCaller.js";
import {
  ApiserverProcess,
  apiserverFlags,
  temporaryFolder,
} from "../../support/commands/apiserverProcess.js";
import {
  type CommandName,
  CommandProcess,
  freePorts,
} from "../../support/commands/commandProcess.js";

function secureText(port: number, path: string, token = ""): Promise<string> {
  return new Promise((resolve, reject) => {
    const url = `https://127.0.0.1:${port}${path}`;
    const headers = token === "" ? {} : { authorization: `Bearer ${token}` };
    const options = { rejectUnauthorized: false, agent: false, headers };
    const call = request(url, options, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (part: string) => {
        body += part;
      });
      response.on("end", () => resolve(body));
    });
    call.on("error", reject).end();
  });
}

const names: readonly CommandName[] = ["kube-controller-manager", "kube-scheduler"];

for (const name of names) {
  describe(`${name} as a process`, () => {
    const folder = temporaryFolder();
    after(() => folder.remove());

    it("starts before the API server, waits for it, and serves plain and secure health", async () => {
      const [plainPort = 0, securePort = 0] = await freePorts(2);
      const { flags, insecurePort, securePort: serverPort } = await apiserverFlags(folder.path);
      const component = new CommandProcess(name, [
        `--master=http://127.0.0.1:${insecurePort}`,
        "--address=127.0.0.1",
        `--port=${plainPort}`,
        "--bind-address=127.0.0.1",
        `--secure-port=${securePort}`,
        "--leader-elect=false",
      ]);
      const tokens = join(folder.path, "tokens.csv");
      writeFileSync(tokens, 'm,mon,1,"system:monitoring"\nb,bob,2,""\n');
      const access = ["--authorization-mode=RBAC", `--token-auth-file=${tokens}`];
      const server = new ApiserverProcess([...flags, ...access], insecurePort, serverPort);
      const plain = new RestCaller(`http://127.0.0.1:${plainPort}`);
      try {
        await component.says(/Connected to the API server.*gRPC/);
        assert.equal((await plain.call("/healthz")).text(), "ok");
        const metrics = (await plain.call("/metrics")).text();
        assert.match(metrics, /^process_open_fds [1-9]/m);
        assert.match(metrics, /^kubernetes_build_info\{.*minor="37".*\} 1$/m);
        assert.equal(await secureText(securePort, "/healthz"), "ok");
        for (const path of ["/metrics", "/metrics/slis", "/statusz", "/flagz"]) {
          assert.match(
            await secureText(securePort, path),
            /User \\"system:anonymous\\" cannot get/,
          );
          assert.match(await secureText(securePort, path, "b"), /User \\"bob\\" cannot get path/);
          assert.match(await secureText(securePort, path, "wrong"), /"reason":"Unauthorized"/);
          assert.doesNotMatch(await secureText(securePort, path, "m"), /"kind":"Status"/);
        }
        assert.match(
          await secureText(securePort, "/statusz", "m"),
          new RegExp(`^\n${name} statusz`),
        );
        assert.match(await secureText(securePort, "/flagz", "m"), /^leader-elect:false$/m);
        // The questions about who may read.
        const asked = /^rest_client_requests_total\{code="201",method="POST",host="127.*\} [1-9]/m;
        assert.match((await plain.call("/metrics")).text(), asked);
        component.kill("SIGTERM");
        assert.equal((await component.ended).code, 0);
      } finally {
        plain.close();
        await component.close();
        await server.close();
      }
    });

    it("has no plain port with --port=0", async () => {
      const [securePort = 0, nowhere = 0] = await freePorts(2);
      const component = new CommandProcess(name, [
        `--master=http://127.0.0.1:${nowhere}`,
        ...["--address=127.0.0.77", "--port=0", "--bind-address=127.0.0.1"],
        `--secure-port=${securePort}`,
      ]);
      try {
        // It says that it waits only after its ports are open.
        await component.says(/waiting|wait|refused/i);
        assert.equal(await secureText(securePort, "/healthz"), "ok");
        assert.match(await secureText(securePort, "/metrics"), /has not answered yet/);
        const plain = new RestCaller(
          `http://127.0.0.77:${name === "kube-scheduler" ? 10251 : 10252}`,
        );
        await assert.rejects(plain.call("/healthz"));
        plain.close();
        component.kill("SIGTERM");
        assert.equal((await component.ended).code, 0);
      } finally {
        await component.close();
      }
    });
  });
}
