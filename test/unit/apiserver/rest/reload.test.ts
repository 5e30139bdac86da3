import assert from "node:assert/strict";
import * as http from "node:http";
import * as https from "node:https";
import type * as net from "node:net";
import * as tls from "node:tls";
import {
  type Authority,
  createAuthority,
  issue,
  noNames,
  openAuthority,
} from "../../../../lib/api/pki/certificates.js";
import { nodePlatform } from "../../../../lib/platform/node/nodePlatform.js";
import {
  startTestApiServer,
  type TestApiServer,
} from "../../../support/apiserver/testApiServer.js";

const validity = () => {
  const now = nodePlatform.clock.now();
  return { notBefore: now - 60_000, notAfter: now + 3_600_000 };
};

async function authority(commonName: string): Promise<{ pem: string; open: Authority }> {
  const made = await createAuthority({ commonName }, validity());
  return { pem: made.certificate, open: await openAuthority(made) };
}

describe("certificates that change while the server runs", () => {
  let server: TestApiServer;
  let first: Awaited<ReturnType<typeof authority>>;
  let second: Awaited<ReturnType<typeof authority>>;

  const serving = async (by: Authority, authorities: string) => {
    const names = { ...noNames, ips: ["127.0.0.1"] };
    const pair = await issue(by, { commonName: "server" }, ["server"], names, validity());
    return { ...pair, clientCertificateAuthorities: authorities };
  };
  const client = (by: Authority) => {
    const subject = { commonName: "jane", organizations: ["system:masters"] };
    return issue(by, subject, ["client"], noNames, validity());
  };

  before(async () => {
    [first, second] = await Promise.all([authority("first"), authority("second")]);
    const own = await serving(first.open, first.pem);
    const where = { address: "127.0.0.1", port: 0, tls: own };
    server = await startTestApiServer(
      { secure: where, secureRpc: where },
      { clientCertificateAuthorities: first.pem },
    );
  });
  after(() => server.stop());

  const get = (agent: https.Agent, ca: string): Promise<number> =>
    new Promise((resolve, reject) => {
      const port = server.server.addresses.secure?.port ?? 0;
      https
        .get({ host: "127.0.0.1", port, path: "/api/v1/nodes", agent, ca }, (response) => {
          response.resume();
          response.on("end", () => resolve(response.statusCode ?? 0));
        })
        .on("error", reject);
    });
  const agentOf = ({ certificate, key }: { certificate: string; key: string }) =>
    new https.Agent({ keepAlive: true, maxSockets: 1, cert: certificate, key });
  const servedBy = (port: number): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = tls.connect(
        { host: "127.0.0.1", port, rejectUnauthorized: false, ALPNProtocols: ["h2"] },
        () => {
          resolve(String(socket.getPeerCertificate().issuer.CN));
          socket.destroy();
        },
      );
      socket.on("error", reject);
    });

  it("are used for new connections, and whoever the old authority vouched for is out", async () => {
    const before = agentOf(await client(first.open));
    const later = agentOf(await client(second.open));
    try {
      assert.equal(await get(before, first.pem), 200);
      assert.equal(await get(later, first.pem), 401);
      const mismatch = {
        ...(await serving(first.open, first.pem)),
        key: (await client(first.open)).key,
      };
      assert.throws(() => server.server.reloadTls(mismatch), /key values mismatch/);
      assert.equal(await get(before, first.pem), 200);
      server.server.reloadTls(await serving(second.open, second.pem));
      await server.policy.reloadAuthorities({ clients: second.pem });
      // Its connection is the same, and its certificate is nobody's now.
      assert.equal(await get(before, first.pem), 401);
      later.destroy();
      const anew = agentOf(await client(second.open));
      assert.equal(await get(anew, second.pem), 200);
      anew.destroy();
      const { secure, secureRpc } = server.server.addresses;
      assert.equal(await servedBy(secure?.port ?? 0), "second");
      assert.equal(await servedBy(secureRpc?.port ?? 0), "second");
    } finally {
      before.destroy();
      later.destroy();
    }
  });

  it("are told to extension servers", async () => {
    await server.policy.reloadAuthorities({ clients: first.pem });
    const [info] = (await server.server.objects.list("", "configmaps", "kube-system")).filter(
      ({ metadata }) =>
        (metadata as { name?: string }).name === "extension-apiserver-authentication",
    );
    const { data } = info as { data?: Record<string, string> };
    assert.equal(data?.["client-ca-file"], first.pem);
    const reload = async () => server.policy.reloadAuthorities({ clients: "" });
    await assert.rejects(reload(), /no certificate/);
  });
});

describe("a listener whose clients' authorities have changed", () => {
  it("ends connections between requests, and others after theirs", async () => {
    let finish: () => void = () => undefined;
    let arrive: () => void = () => undefined;
    const arrived = new Promise<void>((resolve) => {
      arrive = resolve;
    });
    const listener = await nodePlatform.network.listenHttp({
      address: "127.0.0.1",
      port: 0,
      onRequest: (request, response) => {
        const answer = (): void => response.send(200, {}, "ok");
        if (request.target !== "/slow") return answer();
        finish = answer;
        arrive();
      },
    });
    const call = (agent: http.Agent, path: string): Promise<net.Socket> =>
      new Promise((resolve, reject) => {
        const request = http.get({ host: "127.0.0.1", port: listener.port, path, agent });
        request.on("response", (response) => {
          const { socket } = response;
          response.resume();
          response.on("end", () => resolve(socket));
        });
        request.on("error", reject);
      });
    const ended = (socket: net.Socket): Promise<void> =>
      socket.closed ? Promise.resolve() : new Promise((done) => socket.once("close", () => done()));
    const agents = [new http.Agent({ keepAlive: true }), new http.Agent({ keepAlive: true })];
    const [first, second] = agents as [http.Agent, http.Agent];
    try {
      const idle = await call(first, "/");
      const slow = call(second, "/slow");
      await arrived;
      listener.endConnections();
      await ended(idle);
      finish();
      await ended(await slow);
      await call(first, "/");
    } finally {
      for (const agent of agents) agent.destroy();
      await listener.close();
    }
  });
});
