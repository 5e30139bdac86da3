import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { getEventListeners } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect as connectHttp2 } from "node:http2";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { HttpListener } from "../../../lib/platform/network.js";
import { nodePlatform } from "../../../lib/platform/node/nodePlatform.js";
import { RpcError, type RpcHandlers } from "../../../lib/platform/rpc.js";

const { network } = nodePlatform;

function makeCertificate(names = "IP:127.0.0.1,DNS:localhost"): {
  certificate: string;
  key: string;
} {
  const folder = mkdtempSync(join(tmpdir(), "steersman-test-"));
  try {
    const key = join(folder, "key.pem");
    const certificate = join(folder, "cert.pem");
    execFileSync("openssl", [
      ..."req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2".split(" "),
      ..."-subj /O=system:masters/CN=tester -addext".split(" "),
      `subjectAltName=${names}`,
      ...["-keyout", key, "-out", certificate],
    ]);
    return { certificate: readFileSync(certificate, "utf8"), key: readFileSync(key, "utf8") };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe("platform network", () => {
  const tls = makeCertificate();
  const closers: (() => unknown)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });

  async function listen(secure: boolean): Promise<HttpListener> {
    const listener = await network.listenHttp({
      address: "127.0.0.1",
      port: 0,
      ...(secure ? { tls: { ...tls, clientCertificateAuthorities: tls.certificate } } : {}),
      onRequest: (request, response) => {
        Promise.resolve(request.readBody(10)).then(
          (body) =>
            response.send(
              200,
              { "content-type": "text/plain" },
              `${request.httpVersion} ${request.method} ${request.target} ${body.length} ${
                request.connection.peerCertificate?.verified ?? "none"
              }`,
            ),
          (error) => response.send(413, {}, (error as { code: string }).code),
        );
      },
      onUpgrade: (_request, socket) => {
        socket.write(
          "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: SPDY/3.1\r\n\r\n",
        );
        socket.pipe(socket);
      },
    });
    closers.push(() => listener.close());
    return listener;
  }

  it("answers HTTP/1.1 in plain text and over TLS, and sees client certificates", async () => {
    const client = network.httpClient();
    closers.push(() => client.close());
    const plain = await listen(false);
    const answer = await client.call({
      url: `http://127.0.0.1:${plain.port}/a?b=c`,
      method: "POST",
      body: "abc",
    });
    assert.equal(Buffer.from(await answer.readAll()).toString(), "1.1 POST /a?b=c 3 none");
    const secure = await listen(true);
    const url = `https://127.0.0.1:${secure.port}/x`;
    const withCertificate = await client.call({
      url,
      tls: { certificateAuthorities: tls.certificate, ...tls },
    });
    assert.equal(Buffer.from(await withCertificate.readAll()).toString(), "1.1 GET /x 0 true");
    const without = await client.call({ url, tls: { certificateAuthorities: tls.certificate } });
    assert.equal(Buffer.from(await without.readAll()).toString(), "1.1 GET /x 0 none");
    await assert.rejects(client.call({ url }), /self-signed/);
  });

  it("leaves nothing on a signal when a request cannot be made, and still minds it", async () => {
    const client = network.httpClient();
    closers.push(() => client.close());
    const { signal } = new AbortController();
    const { key } = makeCertificate();
    const wrong = { url: "https://127.0.0.1:1/", signal, tls: { ...tls, key } };
    await assert.rejects(client.call(wrong), { code: "ERR_OSSL_X509_KEY_VALUES_MISMATCH" });
    assert.equal(getEventListeners(signal, "abort").length, 0);
    const listener = await listen(false);
    const abort = new AbortController();
    const url = `http://127.0.0.1:${listener.port}/`;
    const aborted = client.call({ url, signal: abort.signal });
    abort.abort();
    await assert.rejects(aborted, { name: "AbortError" });
    await assert.rejects(client.call({ url, signal: abort.signal }), { name: "AbortError" });
  });

  it("checks each server's name with a client that has spoken to another", async () => {
    const client = network.httpClient();
    closers.push(() => client.close());
    const [named, numbered] = [makeCertificate("DNS:localhost"), makeCertificate("IP:127.0.0.1")];
    const ports = [];
    for (const own of [named, numbered]) {
      const listener = await network.listenHttp({
        ...{ address: "127.0.0.1", port: 0, tls: own },
        onRequest: (_request, response) => response.send(200, {}, "ok"),
      });
      closers.push(() => listener.close());
      ports.push(listener.port);
    }
    const both = { certificateAuthorities: named.certificate + numbered.certificate };
    const dialAddress = "127.0.0.1";
    const ask = async (url: string, more: object = {}): Promise<string> => {
      const answer = await client.call({ url, tls: { ...both, ...more }, dialAddress });
      return Buffer.from(await answer.readAll()).toString();
    };
    for (const tls of [both, both]) {
      const options = { tls };
      const named = await client.call({ url: `https://localhost:${ports[0]}/`, ...options });
      assert.equal(Buffer.from(await named.readAll()).toString(), "ok");
      const numbered = await client.call({ url: `https://127.0.0.1:${ports[1]}/`, ...options });
      assert.equal(Buffer.from(await numbered.readAll()).toString(), "ok");
    }
    assert.equal(await ask(`https://127.0.0.1:${ports[0]}/`, { serverName: "localhost" }), "ok");
    // An address is checked, too, whatever is dialled and whatever Host says.
    const elsewhere = makeCertificate("IP:10.0.0.9");
    const away = await network.listenHttp({
      ...{ address: "127.0.0.1", port: 0, tls: elsewhere },
      onRequest: (_request, response) => response.send(200, {}, "ok"),
    });
    closers.push(() => away.close());
    const authority = { certificateAuthorities: elsewhere.certificate };
    assert.equal(await ask(`https://10.0.0.9:${away.port}/`, authority), "ok");
    const named9 = { ...authority, serverName: "10.0.0.9" };
    assert.equal(await ask(`https://127.0.0.1:${away.port}/`, named9), "ok");
    for (const url of [`https://127.0.0.1:${away.port}/`, `https://10.0.0.8:${away.port}/`]) {
      await assert.rejects(ask(url, authority), { code: "ERR_TLS_CERT_ALTNAME_INVALID" });
    }
    const headers = { host: "localhost" };
    await assert.rejects(
      client.call({ url: `https://127.0.0.1:${ports[0]}/`, tls: both, dialAddress, headers }),
      { code: "ERR_TLS_CERT_ALTNAME_INVALID" },
    );
    await assert.rejects(ask(`https://other:${ports[0]}/`), {
      code: "ERR_TLS_CERT_ALTNAME_INVALID",
    });
    await assert.rejects(ask(`https://localhost:${ports[1]}/`, { serverName: "localhost" }), {
      code: "ERR_TLS_CERT_ALTNAME_INVALID",
    });
  });

  it("tells whoever reads an answer that it was cut, also before it was read", async () => {
    const client = network.httpClient();
    closers.push(() => client.close());
    const listener = await network.listenHttp({
      ...{ address: "127.0.0.1", port: 0 },
      onRequest: (request, response) => {
        if (request.target === "/whole") {
          response.send(200, {}, "ok");
          return;
        }
        response.start(200, { "content-length": "10" });
        response.write(Buffer.from("12345"));
        response.abort();
      },
    });
    closers.push(() => listener.close());
    const url = `http://127.0.0.1:${listener.port}/`;
    await assert.rejects((await client.call({ url })).readAll());
    const late = await client.call({ url });
    const { body } = late;
    body.resume();
    await new Promise((resolve) => body.on("close", resolve));
    await assert.rejects(late.readAll());
    const whole = await client.call({ url: `${url}whole` });
    assert.equal((await whole.readAll()).length, 2);
    assert.equal((await whole.readAll()).length, 0);
    await assert.rejects((await client.call({ url })).readAll(2), /larger than 2 bytes/);
  });

  it("ends a call with its signal, and an answer that is being read", async () => {
    const client = network.httpClient();
    closers.push(() => client.close());
    const listener = await network.listenHttp({
      ...{ address: "127.0.0.1", port: 0 },
      onRequest: (request, response) => {
        if (request.target === "/late") return;
        response.start(200, {});
        response.write(Buffer.from("begins"));
      },
    });
    closers.push(() => listener.close());
    const controller = new AbortController();
    const call = (path: string) => ({
      url: `http://127.0.0.1:${listener.port}${path}`,
      signal: controller.signal,
    });
    const read = client.call(call("/")).then((answer) => answer.readAll());
    const late = client.call(call("/late"));
    setImmediate(() => controller.abort());
    await assert.rejects(late, { name: "AbortError", code: "ABORT_ERR" });
    await assert.rejects(read);
    await assert.rejects(client.call(call("/")), { name: "AbortError" });
    const left = () => getEventListeners(controller.signal, "abort").length;
    while (left() > 0) await new Promise(setImmediate);
  });

  it("answers HTTP/2 over TLS", async () => {
    const secure = await listen(true);
    const session = connectHttp2(`https://127.0.0.1:${secure.port}`, { ca: tls.certificate });
    closers.push(() => session.destroy());
    const stream = session.request({ ":path": "/h2", ":method": "PUT" });
    stream.end("12345");
    const text = await new Promise<string>((resolve) => {
      let all = "";
      stream.on("data", (part) => {
        all += String(part);
      });
      stream.on("end", () => resolve(all));
    });
    assert.equal(text, "2.0 PUT /h2 5 none");
  });

  it("refuses a body past its limit and goes on", async () => {
    const client = network.httpClient();
    closers.push(() => client.close());
    const plain = await listen(false);
    const url = `http://127.0.0.1:${plain.port}/`;
    const answer = await client.call({ url, method: "POST", body: "a".repeat(100) });
    assert.equal(answer.status, 413);
    assert.equal(Buffer.from(await answer.readAll()).toString(), "BODY_TOO_LARGE");
    assert.equal((await client.call({ url })).status, 200);
  });

  it("upgrades to a raw stream", async () => {
    const client = network.httpClient();
    closers.push(() => client.close());
    const plain = await listen(false);
    const result = await client.upgrade({
      url: `http://127.0.0.1:${plain.port}/`,
      headers: { upgrade: "SPDY/3.1" },
    });
    assert.ok(result.upgraded);
    const echoed = new Promise<string>((resolve) =>
      result.socket.once("data", (d) => resolve(String(d))),
    );
    result.socket.write("hello");
    assert.equal(await echoed, "hello");
    result.socket.destroy();
  });

  it("carries unary calls, streams, errors and cancellation over gRPC", async () => {
    let cancelled: (() => void) | undefined;
    const wasCancelled = new Promise<void>((resolve) => {
      cancelled = resolve;
    });
    const handlers: RpcHandlers = new Map([
      [
        "/test.Echo/Say",
        {
          kind: "unary",
          handle: async (call, request) => {
            if (request.length === 0)
              throw new RpcError(3, "empty", { "detail-bin": Uint8Array.of(1, 2) });
            const verified = call.connection.peerCertificate?.verified === true;
            return Uint8Array.of(verified ? 1 : 0, ...request);
          },
        },
      ],
      [
        "/test.Echo/Count",
        {
          kind: "serverStream",
          handle: async (call, request, send) => {
            call.signal.addEventListener("abort", () => cancelled?.());
            for (let i = 0; i < (request[0] ?? 0); i++) if (!(await send(Uint8Array.of(i)))) return;
            // Whoever asks for so many is gone before the end.
            if (request[0] === 255) await wasCancelled;
          },
        },
      ],
    ]);
    const listener = await network.listenRpc({
      address: "127.0.0.1",
      port: 0,
      handlers,
      tls: { ...tls, clientCertificateAuthorities: tls.certificate },
    });
    closers.push(() => listener.close());
    const channel = network.rpcChannel({
      target: `127.0.0.1:${listener.port}`,
      tls: { certificateAuthorities: tls.certificate, ...tls },
    });
    closers.push(() => channel.close());
    assert.deepEqual([...(await channel.unary("/test.Echo/Say", Uint8Array.of(7)))], [1, 7]);
    await assert.rejects(channel.unary("/test.Echo/Say", new Uint8Array()), (error: RpcError) => {
      assert.equal(error.code, 3);
      assert.equal(error.message, "empty");
      assert.deepEqual([...(error.metadata["detail-bin"] as Uint8Array)], [1, 2]);
      return true;
    });
    const seen: number[] = [];
    for await (const message of channel.serverStream("/test.Echo/Count", Uint8Array.of(5))) {
      seen.push(message[0] as number);
    }
    assert.deepEqual(seen, [0, 1, 2, 3, 4]);
    for await (const _ of channel.serverStream("/test.Echo/Count", Uint8Array.of(255))) break;
    await wasCancelled;
  });

  it("checks a gRPC server's certificate for the address it dials", async () => {
    for (const [names, isGood] of [
      ["IP:127.0.0.1", true],
      ["DNS:localhost,DNS:ip-address.invalid,IP:127.0.0.2", false],
    ] as const) {
      const own = makeCertificate(names);
      const handlers: RpcHandlers = new Map([
        ["/test.Echo/Say", { kind: "unary", handle: async () => Uint8Array.of(1) }],
      ]);
      const listen = { address: "127.0.0.1", port: 0, handlers, tls: own };
      const listener = await network.listenRpc(listen);
      closers.push(() => listener.close());
      const target = `127.0.0.1:${listener.port}`;
      const tlsOptions = { certificateAuthorities: own.certificate };
      const channel = network.rpcChannel({ target, tls: tlsOptions });
      closers.push(() => channel.close());
      const answer = channel.unary("/test.Echo/Say", new Uint8Array());
      if (isGood) assert.deepEqual([...(await answer)], [1]);
      else await assert.rejects(answer, /does not match|altnames/i);
    }
  });
});
