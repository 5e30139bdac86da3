import assert from "node:assert/strict";
import type { LifecycleHandler } from "../../../../lib/api/gen/types/coreV1.js";
import type { ContainerRuntime } from "../../../../lib/kubelet/cri/runtime.js";
import { RuntimeError } from "../../../../lib/kubelet/cri/runtime.js";
import { HookRunner } from "../../../../lib/kubelet/pods/hookRunner.js";
import { HttpGetter } from "../../../../lib/kubelet/probes/httpGetter.js";
import type { Headers } from "../../../../lib/platform/network.js";
import { nodePlatform } from "../../../../lib/platform/node/nodePlatform.js";
import { VirtualClock } from "../../../../lib/platform/virtual/virtualClock.js";
import { container, pod } from "../../../support/kubelet/kubeletObjects.js";

describe("HookRunner", () => {
  const closers: (() => Promise<void>)[] = [];
  let clock: VirtualClock;
  let events: string[];
  let http: HttpGetter;

  beforeEach(() => {
    clock = new VirtualClock();
    events = [];
    http = new HttpGetter(nodePlatform);
  });
  afterEach(async () => {
    http.close();
    await Promise.all(closers.splice(0).map((close) => close()));
  });

  function run(
    handler: LifecycleHandler,
    runtime: Partial<ContainerRuntime> = {},
    more: { podIp?: string; signal?: AbortSignal } = {},
  ): Promise<void> {
    const runner = new HookRunner({
      clock,
      runtime: runtime as ContainerRuntime,
      http,
      emit: (_pod, _container, type, reason, message) =>
        events.push(`${type} ${reason} ${message}`),
    });
    const main = container("main");
    const base = { pod: pod(), container: main, containerId: "c1", podIp: "127.0.0.1" };
    return runner.run({ handler, ...base, ...more });
  }

  async function serve(status: number): Promise<{ port: number; asked: Headers[] }> {
    const asked: Headers[] = [];
    const listener = await nodePlatform.network.listenHttp({
      address: "127.0.0.1",
      port: 0,
      onRequest: (request, response) => {
        asked.push(request.headers);
        response.send(status, {});
      },
    });
    closers.push(() => listener.close(0));
    return { port: listener.port, asked };
  }

  it("runs a command without a timeout, and tells how it failed", async () => {
    const calls: unknown[] = [];
    const execSync = async (...call: unknown[]) => {
      calls.push(call);
      return { exitCode: 2, stdout: Buffer.from("out"), stderr: Buffer.from("bad\n") };
    };
    await assert.rejects(run({ exec: { command: ["do", "it"] } }, { execSync }), {
      message:
        'Exec lifecycle hook ([do it]) for Container "main" in Pod "web_default(u1)" failed - ' +
        "error: command 'do it' exited with 2: bad, message: \"outbad\\n\"",
    });
    assert.deepEqual(calls, [["c1", ["do", "it"], 0]]);
    const refuse = async () => {
      throw new RuntimeError(5, "not found");
    };
    await assert.rejects(
      run({ exec: { command: ["x"] } }, { execSync: refuse }),
      /failed - error: rpc error: code = NotFound desc = not found, message: ""$/,
    );
  });

  it("is content with any answer by HTTP, as upstream", async () => {
    const { port, asked } = await serve(500);
    await run({ httpGet: { port, path: "/ready" } });
    assert.equal(asked[0]?.["user-agent"], "kube-lifecycle/1.37");
  });

  it("fails where nothing answers", async () => {
    const target = { address: "127.0.0.1", port: 0 };
    const gone = await nodePlatform.network.listenTcp(target, () => undefined);
    await gone.close();
    await assert.rejects(
      run({ httpGet: { port: gone.port, path: "/ready" } }),
      /^Error: HTTP lifecycle hook \(\/ready\) for Container "main" .* connection refused$/,
    );
    await assert.rejects(
      run({ httpGet: { port: 80 } }, {}, { podIp: "" }),
      /failed to find networking container$/,
    );
  });

  it("asks in plain where a server has no TLS, without its authorization, and says so", async () => {
    const { port, asked } = await serve(200);
    const httpHeaders = [
      { name: "Authorization", value: "Bearer secret" },
      { name: "X-Other", value: "yes" },
    ];
    await run({ httpGet: { port, scheme: "HTTPS", httpHeaders } });
    assert.deepEqual(
      asked.map((headers) => [headers.authorization, headers["x-other"]]),
      [[undefined, "yes"]],
    );
    assert.deepEqual(events, [
      "Warning LifecycleHTTPFallback request to HTTPS lifecycle hook 127.0.0.1 got HTTP response, " +
        "retry with HTTP succeeded",
    ]);
  });

  it("sleeps, and is woken when the container must go", async () => {
    let done = false;
    const sleep = run({ sleep: { seconds: 5 } }).then(() => {
      done = true;
    });
    await clock.advance(4_999);
    assert.equal(done, false);
    await clock.advance(1);
    await sleep;
    const abort = new AbortController();
    const cut = run({ sleep: { seconds: 5 } }, {}, { signal: abort.signal });
    abort.abort();
    await assert.rejects(cut, /container terminated before sleep hook finished$/);
  });

  it("refuses tcpSocket, which upstream never ran", async () => {
    await assert.rejects(run({ tcpSocket: { port: 80 } }), /^Error: Cannot run handler/);
  });
});
