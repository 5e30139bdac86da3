import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect as connectTo, createServer } from "node:net";
import { Readable } from "node:stream";
import type { ApiError } from "../../../../lib/api/status.js";
import type { ConnectObjects, ConnectTransport } from "../../../../lib/apiserver/connect.js";
import { parsePodLogOptions } from "../../../../lib/apiserver/connector/logOptions.js";
import { kubeletEndpoint } from "../../../../lib/apiserver/connector/nodeAddress.js";
import { NodeConnector } from "../../../../lib/apiserver/connector/nodeConnector.js";
import { chooseContainer, type PodTree } from "../../../../lib/apiserver/connector/podContainer.js";
import { isProxied } from "../../../../lib/apiserver/connector/proxyPath.js";
import {
  forwardedHeaders,
  rewriteHtml,
  rewriteLink,
} from "../../../../lib/apiserver/connector/proxyRewriting.js";
import { splitSchemeNamePort } from "../../../../lib/apiserver/connector/schemeNamePort.js";
import type {
  HttpCall,
  HttpClient,
  HttpListener,
  HttpRequest,
  HttpResponse,
} from "../../../../lib/platform/network.js";
import { nodePlatform } from "../../../../lib/platform/node/nodePlatform.js";

const pod = (names: string[], inits: string[] = []): PodTree => ({
  metadata: { name: "p", namespace: "default" },
  spec: {
    nodeName: "n",
    containers: names.map((name) => ({ name })),
    initContainers: inits.map((name) => ({ name })),
  },
});

const refusal = (run: () => unknown): ApiError => {
  try {
    run();
  } catch (error) {
    return error as ApiError;
  }
  throw new Error("it was not refused");
};

describe("connecting to nodes, pods and services", () => {
  it("splits what a proxy request names", () => {
    assert.deepEqual(splitSchemeNamePort("a"), { scheme: "", name: "a", port: "" });
    assert.deepEqual(splitSchemeNamePort("a:80"), { scheme: "", name: "a", port: "80" });
    assert.deepEqual(splitSchemeNamePort("10.0.0.9:10250"), {
      scheme: "",
      name: "10.0.0.9",
      port: "10250",
    });
    assert.deepEqual(splitSchemeNamePort("https:a:web"), {
      scheme: "https",
      name: "a",
      port: "web",
    });
    for (const bad of ["", ":80", "ftp:a:1", "a:b:c:d", "http::1"]) {
      assert.equal(splitSchemeNamePort(bad), undefined, bad);
    }
  });

  it("chooses the container or says which there are", () => {
    assert.equal(chooseContainer(pod(["a"]), ""), "a");
    assert.equal(chooseContainer(pod(["a"], ["i"]), "i"), "i");
    assert.equal(
      refusal(() => chooseContainer(pod(["a", "b"], ["i"]), "")).message,
      "a container name must be specified for pod p, choose one of: [a b] " +
        "or one of the init containers: [i]",
    );
    const wrong = refusal(() => chooseContainer(pod(["a"]), "x"));
    assert.equal(wrong.code, 400);
    assert.equal(wrong.message, "container x is not valid for pod p");
  });

  it("takes the first address of the wanted types", () => {
    const node = {
      status: {
        addresses: [
          { type: "InternalIP", address: "10.0.0.9" },
          { type: "Hostname", address: "n" },
        ],
        daemonEndpoints: { kubeletEndpoint: { Port: 10260 } },
      },
    } as never;
    assert.deepEqual(kubeletEndpoint(node, ["Hostname", "InternalIP"], 10250), {
      host: "n",
      port: 10260,
    });
    assert.equal(kubeletEndpoint(node, ["InternalIP"], 10250).host, "10.0.0.9");
    assert.throws(
      () => kubeletEndpoint(node, ["ExternalIP"], 10250),
      /no preferred addresses found/,
    );
  });

  it("checks log options", () => {
    const parse = (text: string) => parsePodLogOptions("p", new URLSearchParams(text));
    assert.equal(
      parse("follow=true&tailLines=3&container=a&timestamps=false").kubeletQuery.toString(),
      "follow=true&tailLines=3",
    );
    const both = refusal(() => parse("sinceSeconds=1&sinceTime=2026-01-01T00:00:00Z"));
    assert.equal(both.code, 422);
    assert.match(refusal(() => parse("limitBytes=0")).message, /limitBytes: Invalid value: 0/);
    assert.match(refusal(() => parse("stream=x")).message, /stream: Unsupported value: "x"/);
    assert.equal(refusal(() => parse("tailLines=x")).code, 400);
  });

  it("keeps a page's links behind the proxy", () => {
    const root = { prefix: "/api/v1/namespaces/d/pods/p/proxy", host: "10.0.0.1:80" };
    assert.equal(rewriteLink("/x?a=1", root), `${root.prefix}/x?a=1`);
    assert.equal(rewriteLink("http://10.0.0.1:80/x", root), `${root.prefix}/x`);
    assert.equal(rewriteLink("http://10.0.0.1/x", root), `${root.prefix}/x`);
    assert.equal(rewriteLink("http://example.com/x", root), "http://example.com/x");
    assert.equal(rewriteLink("relative", root), "relative");
    assert.equal(
      rewriteHtml(`<a class=x href="/a">/a</a><img src='/b'>`, root),
      `<a class=x href="${root.prefix}/a">/a</a><img src='${root.prefix}/b'>`,
    );
  });

  it("passes no secrets and no headers of the connection on", () => {
    const headers = {
      ...{ authorization: "Bearer x", "impersonate-user": "a", "x-remote-user": "b" },
      ...{ connection: "Upgrade", upgrade: "websocket", host: "h", accept: "*/*", ":path": "/" },
    };
    assert.deepEqual(forwardedHeaders(headers, false), { accept: "*/*" });
    assert.deepEqual(forwardedHeaders(headers, true), { accept: "*/*", upgrade: "websocket" });
  });
});

describe("a proxy request without a path", () => {
  const podObjects: ConnectObjects = {
    get: async () => ({ ...pod(["a"]), status: { podIP: "192.0.2.7" } }) as never,
    list: async () => [],
  };

  /** How the client was answered, or what was asked of the pod. */
  async function ask(method: string): Promise<string> {
    const calls: string[] = [];
    const client: HttpClient = {
      call: async ({ url, method: asked }) => {
        calls.push(`${asked} ${url}`);
        const body = Readable.from([Buffer.from("ok")]);
        return { status: 200, headers: {}, body, readAll: async () => Buffer.from("ok") };
      },
      upgrade: () => Promise.reject(new Error("no upgrades")),
      close: () => undefined,
    };
    const platform = {
      ...nodePlatform,
      network: { ...nodePlatform.network, httpClient: () => client },
    };
    const connector = new NodeConnector({ platform });
    const listener = await nodePlatform.network.listenHttp({
      ...{ address: "127.0.0.1", port: 0 },
      onRequest: (request, response) => {
        const path = "/api/v1/namespaces/default/pods/p/proxy";
        const info = { resource: "pods", subresource: "proxy", name: "p", namespace: "default" };
        const connect = { info: { ...info, path, subpath: "" }, query: new URLSearchParams() };
        const transport = { kind: "http", request, response } as const;
        connector.connect(connect as never, transport, podObjects).catch(() => response.abort());
      },
    });
    const url = `http://127.0.0.1:${listener.port}/api/v1/namespaces/default/pods/p/proxy?a=b`;
    const response = await fetch(url, { method, redirect: "manual" });
    await response.arrayBuffer();
    await connector.close();
    await listener.close();
    return response.status === 301 ? `301 ${response.headers.get("location")}` : calls.join();
  }

  for (const method of ["GET", "HEAD"]) {
    it(`is redirected to one with a slash for ${method}`, async () => {
      assert.equal(await ask(method), "301 /api/v1/namespaces/default/pods/p/proxy/?a=b");
    });
  }
  for (const method of ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
    it(`goes to the root for ${method}`, async () => {
      assert.equal(await ask(method), `${method} http://192.0.2.7:80/?a=b`);
    });
  }
});

describe("an upgrade through a pod's proxy", () => {
  const target = "/api/v1/namespaces/default/pods/p/proxy/chat";
  const podObjects: ConnectObjects = {
    get: async () => ({ ...pod(["a"]), status: { podIP: "192.0.2.7" } }) as never,
    list: async () => [],
  };

  it("is of paths that a pod, a Service or a node answers, and no others", () => {
    for (const path of [
      ...["namespaces/a/pods/p/proxy", "namespaces/a/pods/https:p:80/proxy/x?y"],
      ...["namespaces/a/services/s:web/proxy?x", "nodes/n/proxy/", "nodes/n:10250/proxy/pods"],
    ]) {
      assert.ok(isProxied(`/api/v1/${path}`), path);
    }
    for (const path of [
      ...["namespaces/a/pods/proxy", "namespaces/a/pods/p/exec", "namespaces/a/pods/p/proxyx"],
      ...["namespaces/a/configmaps/p/proxy", "pods?x=/nodes/n/proxy", "nodes/n/status"],
    ]) {
      assert.ok(!isProxied(`/api/v1/${path}`), path);
    }
  });

  /** What the client read, where the pod answers with this and then sends everything back. */
  async function talk(protocol: string, answer: string): Promise<{ asked: string; read: string }> {
    let asked = "";
    const backend = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.once("data", (head) => {
        asked = head.toString();
        socket.write(answer);
        socket.pipe(socket);
      });
    });
    backend.listen(0, "127.0.0.1");
    await once(backend, "listening");
    const { port } = backend.address() as AddressInfo;
    const own = nodePlatform.network.httpClient();
    const near = (call: HttpCall): HttpCall => {
      return { ...call, url: call.url.replace("192.0.2.7:80", `127.0.0.1:${port}`) };
    };
    const client: HttpClient = {
      call: (call) => own.call(near(call)),
      upgrade: (call) => own.upgrade(near(call)),
      close: () => own.close(),
    };
    const network = { ...nodePlatform.network, httpClient: () => client };
    const connector = new NodeConnector({ platform: { ...nodePlatform, network } });
    const listener = await nodePlatform.network.listenHttp({
      ...{ address: "127.0.0.1", port: 0, mayUpgradeToAny: isProxied },
      onRequest: (_request, response) => response.send(400, {}, "no upgrade"),
      onUpgrade: (request, socket, head) => {
        const info = { resource: "pods", subresource: "proxy", name: "p", namespace: "default" };
        const connect = { info: { ...info, path: target, subpath: "/chat" } };
        const transport = { kind: "upgrade", request, socket, head } as const;
        connector
          .connect({ ...connect, query: new URLSearchParams() } as never, transport, podObjects)
          .catch((error: Error) => socket.end(error.message));
      },
    });
    const socket = connectTo(listener.port, "127.0.0.1");
    socket.write(
      `GET ${target} HTTP/1.1\r\nHost: h\r\nConnection: Upgrade, HTTP2-Settings\r\n` +
        `Upgrade: ${protocol}\r\nHTTP2-Settings: AAMAAABk\r\nAuthorization: Bearer x\r\n\r\n`,
    );
    let read = "";
    for await (const part of socket) {
      read += String(part);
      if (read.endsWith("\r\n\r\n")) socket.write("hello");
      if (read.endsWith("hello")) break;
    }
    socket.destroy();
    await connector.close();
    await listener.close();
    backend.close();
    return { asked, read };
  }

  for (const protocol of ["h2c", "chat/2.0", "websocket"]) {
    it(`to ${protocol} is the pod's to agree to, and its bytes pass both ways`, async () => {
      const agreed = `HTTP/1.1 101 Switching Protocols\r\nupgrade: ${protocol}\r\nconnection: Upgrade`;
      const { asked, read } = await talk(protocol, `${agreed}\r\n\r\n`);
      assert.equal(read, `${agreed}\r\n\r\nhello`);
      assert.match(asked, /^GET \/chat HTTP\/1\.1\r\n/);
      assert.match(asked, new RegExp(`^upgrade: ${protocol}\r$`, "im"));
      assert.match(asked, /^connection: Upgrade, HTTP2-Settings\r$/im);
      assert.match(asked, /^http2-settings: AAMAAABk\r$/im);
      assert.match(asked, /^x-forwarded-for: 127\.0\.0\.1\r$/im);
      assert.doesNotMatch(asked, /Bearer/);
    });
  }

  it("is refused as the pod refuses it", async () => {
    const no = "HTTP/1.1 426 Upgrade Required\r\ncontent-length: 5\r\n\r\nhello";
    const { read } = await talk("chat", no);
    assert.match(read, /^HTTP\/1\.1 426 [\s\S]*\r\n\r\nhello$/);
  });

  it("fails where the pod answers as if nothing had been asked", async () => {
    const { read } = await talk("chat", "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello");
    assert.equal(read, "invalid upgrade response: status code 200");
  });
});

describe("a simulated node", () => {
  const node = { status: { nodeInfo: { containerRuntimeVersion: "simulated://0.1.0" } } };
  const objects: ConnectObjects = {
    get: async (_group, resource) => (resource === "nodes" ? node : pod(["a"])) as never,
    list: async () => [],
  };
  for (const subresource of ["log", "exec", "attach", "portforward"]) {
    it(`says why it has nothing for ${subresource}`, async () => {
      const connector = new NodeConnector({ platform: nodePlatform });
      const info = { resource: "pods", subresource, name: "p", namespace: "default" };
      const request = { info, query: new URLSearchParams() } as never;
      const transport = { kind: "http", request: { headers: {} } } as never;
      await assert.rejects(connector.connect(request, transport, objects), {
        code: 400,
        message:
          'node "n" is simulated elsewhere: this server has no logs of it and nothing to connect to',
      });
      await connector.close();
    });
  }
});

describe("the service proxy", () => {
  let listener: HttpListener;
  const objects: ConnectObjects = {
    get: async () => ({ spec: { ports: [{ name: "web", port: 80 }] } }) as never,
    list: async (_group, _resource, _namespace, selector) =>
      selector === "kubernetes.io/service-name=some"
        ? ([
            {
              ports: [{ name: "web", port: listener.port }],
              endpoints: [
                { addresses: ["192.0.2.1"], conditions: { ready: false } },
                { addresses: ["127.0.0.1"], conditions: { ready: true } },
              ],
            },
          ] as never)
        : [],
  };
  const connector = new NodeConnector({ platform: nodePlatform });

  before(async () => {
    listener = await nodePlatform.network.listenHttp({
      address: "127.0.0.1",
      port: 0,
      onRequest: (_request, response) => response.send(200, {}, "hello"),
    });
  });
  after(async () => {
    await connector.close();
    await listener.close();
  });

  async function ask(name: string): Promise<ApiError> {
    const info = { resource: "services", subresource: "proxy", namespace: "d", name };
    const transport = {
      kind: "http",
      request: { target: "/", signal: new AbortController().signal } as HttpRequest,
      response: {} as HttpResponse,
    } as ConnectTransport;
    const request = { info: { ...info, subpath: "/", path: "/" }, query: new URLSearchParams() };
    return connector.connect(request as never, transport, objects).then(
      () => assert.fail("it was not refused"),
      (error) => error as ApiError,
    );
  }

  it("refuses as upstream what leads nowhere", async () => {
    assert.equal((await ask("none:web")).message, 'no endpoints available for service "none"');
    assert.equal((await ask("some:81")).message, 'no service port 81 found for service "some"');
    assert.equal(
      (await ask("some:other")).message,
      'no endpoints available for service "some:other"',
    );
    assert.equal((await ask("a:b:c")).message, 'invalid service request "a:b:c"');
    assert.equal(
      (await ask("some:80")).message,
      "address not allowed",
      "not to this machine itself",
    );
  });
});
