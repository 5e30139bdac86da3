import assert from "node:assert/strict";
import type { Duplex } from "node:stream";
import type { Container, Probe } from "../../../../lib/api/gen/types/coreV1.js";
import { createAuthority } from "../../../../lib/api/pki/certificates.js";
import type { ContainerRuntime } from "../../../../lib/kubelet/cri/runtime.js";
import { RuntimeError } from "../../../../lib/kubelet/cri/runtime.js";
import { HttpGetter } from "../../../../lib/kubelet/probes/httpGetter.js";
import { Prober } from "../../../../lib/kubelet/probes/prober.js";
import type {
  Headers,
  HttpRequest,
  HttpResponse,
  TlsServerOptions,
} from "../../../../lib/platform/network.js";
import { nodePlatform } from "../../../../lib/platform/node/nodePlatform.js";
import { RpcError, type RpcHandler } from "../../../../lib/platform/rpc.js";
import { container, pod } from "../../../support/kubelet/kubeletObjects.js";

type Handler = (request: HttpRequest, response: HttpResponse) => void;
const { network } = nodePlatform;
const health = "/grpc.health.v1.Health/Check";

describe("Prober, against servers", () => {
  const open: { close(): Promise<void> }[] = [];
  let http: HttpGetter;
  let asked: { target: string; headers: Headers }[];

  beforeEach(() => {
    http = new HttpGetter(nodePlatform);
    asked = [];
  });
  afterEach(async () => {
    http.close();
    await Promise.all(open.splice(0).map((one) => one.close()));
  });

  async function serve(handler: Handler, tls?: TlsServerOptions): Promise<number> {
    const listener = await network.listenHttp({
      address: "127.0.0.1",
      port: 0,
      ...(tls ? { tls } : {}),
      onRequest: (request, response) => {
        asked.push({ target: request.target, headers: request.headers });
        handler(request, response);
      },
    });
    open.push({ close: () => listener.close(0) });
    return listener.port;
  }

  const answer =
    (status: number, headers: Headers = {}, body = "") =>
    (_request: HttpRequest, response: HttpResponse): void =>
      response.send(status, headers, body);

  function run(
    probe: Probe,
    more: Partial<Container> = {},
    runtime: Partial<ContainerRuntime> = {},
  ) {
    const prober = new Prober(nodePlatform, runtime as ContainerRuntime, http);
    const wanted = container("main", more);
    const of = pod({ containers: [wanted] }, { status: { podIP: "127.0.0.1" } });
    return prober.probe(probe, of, wanted, "c1");
  }

  describe("by HTTP", () => {
    it("takes lines that end without a carriage return, as of many a script", async () => {
      const response = "HTTP/1.0 200 OK\r\nServer: one\nContent-type: text/plain\n\nfine";
      const listener = await network.listenTcp({ address: "127.0.0.1", port: 0 }, (socket) => {
        socket.once("data", () => socket.end(response));
      });
      open.push(listener);
      const outcome = await run({ httpGet: { port: listener.port } });
      assert.equal(outcome.result, "success");
    });

    it("asks for the path with its query, as kube-probe, without keeping the connection", async () => {
      const port = await serve(answer(200));
      const outcome = await run({ httpGet: { port, path: "healthz?a=1&b=2" } });
      assert.deepEqual(outcome, { result: "success" });
      const [{ target, headers } = { target: "", headers: {} }] = asked;
      assert.equal(target, "/healthz?a=1&b=2");
      assert.deepEqual(
        [headers["user-agent"], headers.accept, headers.connection, headers["accept-encoding"]],
        ["kube-probe/1.37", "*/*", "close", undefined],
      );
      assert.equal(headers.host, `127.0.0.1:${port}`);
    });

    it("sends the spec's headers, each as often as it stands there", async () => {
      const port = await serve(answer(200));
      const httpHeaders = [
        { name: "Host", value: "web.example" },
        { name: "X-Two", value: "one" },
        { name: "x-two", value: "two" },
        { name: "User-Agent", value: "mine" },
        { name: "Accept", value: "" },
      ];
      await run({ httpGet: { port, httpHeaders } });
      const headers = asked[0]?.headers ?? {};
      assert.deepEqual(
        [headers.host, headers["x-two"], headers["user-agent"], headers.accept],
        ["web.example", ["one", "two"], "mine", undefined],
      );
    });

    for (const [status, result] of [
      [200, "success"],
      [204, "success"],
      [299, "success"],
      [400, "failure"],
      [500, "failure"],
    ] as const) {
      it(`takes ${status} for ${result}`, async () => {
        const port = await serve(answer(status));
        const outcome = await run({ httpGet: { port } });
        const output = `HTTP probe failed with statuscode: ${status}`;
        assert.deepEqual(outcome, result === "success" ? { result } : { result, output });
      });
    }

    it("finds a port by its name, and says so where there is none", async () => {
      const port = await serve(answer(200));
      const ports = [{ name: "web", containerPort: port }];
      assert.equal((await run({ httpGet: { port: "web" } }, { ports })).result, "success");
      assert.equal((await run({ httpGet: { port: String(port) } })).result, "success");
      assert.deepEqual(await run({ httpGet: { port: "other" } }, { ports }), {
        result: "unknown",
        output: 'strconv.Atoi: parsing "other": invalid syntax',
      });
      const outcome = await run({ tcpSocket: { port: 70_000 } });
      assert.deepEqual(outcome, { result: "unknown", output: "invalid port number: 70000" });
    });

    it("asks the spec's host rather than the pod", async () => {
      const port = await serve(answer(200));
      const outcome = await run({ httpGet: { port, host: "localhost" } });
      assert.equal(outcome.result, "success");
      assert.equal(asked[0]?.headers.host, `localhost:${port}`);
    });

    it("asks by TLS without trust in anybody", async () => {
      const now = Date.now();
      const validity = { notBefore: now - 1_000, notAfter: now + 60_000 };
      const pair = await createAuthority({ commonName: "nobody" }, validity);
      const port = await serve(answer(200), pair);
      assert.deepEqual(await run({ httpGet: { port, scheme: "HTTPS" } }), { result: "success" });
    });

    it("fails where TLS is asked for and plain HTTP answers", async () => {
      const port = await serve(answer(200));
      assert.deepEqual(await run({ httpGet: { port, path: "/x", scheme: "HTTPS" } }), {
        result: "failure",
        output: `Get "https://127.0.0.1:${port}/x": http: server gave HTTP response to HTTPS client`,
      });
    });

    it("follows redirects on the host, up to ten", async () => {
      const port = await serve(({ target }, response) => {
        const left = Number(target.slice(1));
        if (left === 0) response.send(200, {});
        else response.send(302, { location: `/${left - 1}` });
      });
      assert.equal((await run({ httpGet: { port, path: "/9" } })).result, "success");
      assert.deepEqual(await run({ httpGet: { port, path: "/10" } }), {
        result: "failure",
        output: `Get "http://127.0.0.1:${port}/0": stopped after 10 redirects`,
      });
    });

    it("takes a redirect to another host for an odd success", async () => {
      const port = await serve(answer(302, { location: "http://elsewhere.invalid/" }, "gone"));
      assert.deepEqual(await run({ httpGet: { port } }), {
        result: "warning",
        output: "Probe terminated redirects, Response body: gone",
      });
      assert.equal(asked.length, 1);
    });

    it("says how nothing was answered", async () => {
      const gone = await network.listenTcp({ address: "127.0.0.1", port: 0 }, () => undefined);
      await gone.close();
      assert.deepEqual(await run({ httpGet: { port: gone.port, path: "/" } }), {
        result: "failure",
        output: `Get "http://127.0.0.1:${gone.port}/": dial tcp 127.0.0.1:${gone.port}: connect: connection refused`,
      });
      const port = await serve(() => undefined);
      assert.deepEqual(await run({ httpGet: { port, path: "/" }, timeoutSeconds: 0.05 }), {
        result: "failure",
        output: `Get "http://127.0.0.1:${port}/": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`,
      });
    });

    it("reads no more than it must of an endless answer", async () => {
      const port = await serve((_request, response) => {
        response.start(200, {});
        const more = (): void => {
          while (response.write(Buffer.alloc(64 * 1024)))
            if (response.headersSent === false) return;
          response.onDrain(more);
        };
        more();
      });
      assert.deepEqual(await run({ httpGet: { port } }), { result: "success" });
    });
  });

  describe("by TCP", () => {
    it("is content with a connection", async () => {
      const sockets: Duplex[] = [];
      const target = { address: "127.0.0.1", port: 0 };
      const listener = await network.listenTcp(target, (socket) => sockets.push(socket));
      open.push(listener);
      assert.deepEqual(await run({ tcpSocket: { port: listener.port } }), { result: "success" });
    });

    it("says what refused", async () => {
      const gone = await network.listenTcp({ address: "127.0.0.1", port: 0 }, () => undefined);
      await gone.close();
      assert.deepEqual(await run({ tcpSocket: { port: gone.port, host: "127.0.0.1" } }), {
        result: "failure",
        output: `dial tcp 127.0.0.1:${gone.port}: connect: connection refused`,
      });
    });
  });

  describe("by gRPC", () => {
    async function listen(handlers: [string, RpcHandler][]): Promise<number> {
      const listener = await network.listenRpc({
        address: "127.0.0.1",
        port: 0,
        handlers: new Map(handlers),
      });
      open.push({ close: () => listener.close(0) });
      return listener.port;
    }
    const answering = (...bytes: number[]): RpcHandler => ({
      kind: "unary",
      handle: async () => Uint8Array.from(bytes),
    });

    it("asks the health service by name, as kube-probe", async () => {
      const calls: [Uint8Array, unknown][] = [];
      const handle: RpcHandler = {
        kind: "unary",
        handle: async (call, request) => {
          calls.push([request, call.metadata["user-agent"]]);
          return Uint8Array.of(8, 1);
        },
      };
      const port = await listen([[health, handle]]);
      const service = "a".repeat(200);
      assert.deepEqual(await run({ grpc: { port, service } }), { result: "success" });
      assert.deepEqual(await run({ grpc: { port } }), { result: "success" });
      const [[named, agent] = [], [unnamed] = []] = calls;
      assert.deepEqual(
        Buffer.from(named ?? []),
        Buffer.concat([Buffer.of(10, 0xc8, 1), Buffer.from(service)]),
      );
      assert.equal(unnamed?.length, 0);
      assert.match(String(agent), /^kube-probe\/1\.37/);
    });

    for (const [name, bytes] of [
      ["NOT_SERVING", [8, 2]],
      ["UNKNOWN", []],
      ["SERVICE_UNKNOWN", [8, 3]],
    ] as const) {
      it(`takes ${name} for a failure`, async () => {
        const port = await listen([[health, answering(...bytes)]]);
        const output = `service unhealthy (responded with "${name}")`;
        assert.deepEqual(await run({ grpc: { port } }), { result: "failure", output });
      });
    }

    it("says how it failed", async () => {
      const outputOf = async (port: number): Promise<string> => {
        const outcome = await run({ grpc: { port }, timeoutSeconds: 0.2 });
        return outcome.result === "failure" ? outcome.output : outcome.result;
      };
      const without = await listen([["/other.Service/Call", answering()]]);
      assert.match(
        await outputOf(without),
        /^error: this server does not implement the grpc health/,
      );
      const never: RpcHandler = { kind: "unary", handle: () => new Promise(() => undefined) };
      const slow = await listen([[health, never]]);
      assert.equal(await outputOf(slow), "timeout: health rpc did not complete within 0.2s");
      const refusing: RpcHandler = {
        kind: "unary",
        handle: async () => {
          throw new RpcError(5, "no such service");
        },
      };
      const refused = await listen([[health, refusing]]);
      assert.equal(await outputOf(refused), "error: health rpc probe failed: no such service");
      const gone = await network.listenTcp({ address: "127.0.0.1", port: 0 }, () => undefined);
      await gone.close();
      const unreached = `timeout: failed to connect service "127.0.0.1:${gone.port}" within 0.2s: `;
      assert.ok((await outputOf(gone.port)).startsWith(unreached));
    });
  });

  describe("by a command", () => {
    const text = (value: string): Uint8Array => Buffer.from(value);

    it("runs it with the spec's own variables and its timeout", async () => {
      const calls: unknown[] = [];
      const execSync = async (...call: unknown[]) => {
        calls.push(call);
        return { exitCode: 0, stdout: text(""), stderr: text("") };
      };
      const env = [
        { name: "WHO", value: "me" },
        { name: "FROM", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
      ];
      const command = ["check", "$(WHO)", "$(NOBODY)", "$$(WHO)"];
      const outcome = await run({ exec: { command }, timeoutSeconds: 7 }, { env }, { execSync });
      assert.deepEqual(outcome, { result: "success" });
      assert.deepEqual(calls, [["c1", ["check", "me", "$(NOBODY)", "$(WHO)"], 7]]);
    });

    it("fails with what it printed, up to 10 KiB", async () => {
      const execSync = async () => ({
        exitCode: 3,
        stdout: text("o".repeat(20_000)),
        stderr: text("e"),
      });
      const outcome = await run({ exec: { command: ["x"] } }, {}, { execSync });
      assert.deepEqual(outcome, { result: "failure", output: "o".repeat(10_240) });
    });

    it("fails when it takes too long", async () => {
      const execSync = async () => {
        throw new RuntimeError(4, "timeout 1s exceeded");
      };
      const outcome = await run({ exec: { command: ["sleep", "9"] } }, {}, { execSync });
      const output = 'command timed out: "sleep 9" timed out after 1s';
      assert.deepEqual(outcome, { result: "failure", output });
    });

    it("asks three times where the runtime refuses, and then knows nothing", async () => {
      let calls = 0;
      const execSync = async () => {
        calls += 1;
        throw new RuntimeError(5, "container is gone");
      };
      const outcome = await run({ exec: { command: ["x"] } }, {}, { execSync });
      assert.deepEqual(outcome, {
        result: "unknown",
        output: "rpc error: code = NotFound desc = container is gone",
      });
      assert.equal(calls, 3);
    });
  });
});
