import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { RestCaller } from "../../support/apiserver/restCaller.js";
import { startTestApiServer, type TestApiServer } from "../../support/apiserver/testApiServer.js";

const reviews = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
const review = { spec: { nonResourceAttributes: { path: "/", verb: "get" } } };

describe("bodies that never end", () => {
  let api: TestApiServer;
  let rest: RestCaller;
  const sockets: Socket[] = [];
  beforeEach(async () => {
    // Few seats, so that few requests would take them all.
    api = await startTestApiServer({
      maxMutatingRequestsInFlight: 8,
      httpLimits: { bodyIdleMilliseconds: 1_000 },
    });
    rest = new RestCaller(api.url);
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    rest.close();
    await api.stop();
  });

  /** What a request of the user, whose body stays away, is told in the end. */
  async function hold(user: string): Promise<() => Promise<string>> {
    const { hostname, port } = new URL(api.url);
    const socket = connect(Number(port), hostname);
    sockets.push(socket);
    let told = "";
    socket.on("data", (bytes) => {
      told += String(bytes);
    });
    socket.on("error", () => undefined);
    const closed = once(socket, "close");
    await once(socket, "connect");
    socket.write(
      `POST ${reviews} HTTP/1.1\r\nHost: a\r\nImpersonate-User: ${user}\r\n` +
        "Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{",
    );
    return () => closed.then(() => told);
  }

  const ask = (user: string) =>
    rest.call(reviews, { method: "POST", headers: { "impersonate-user": user }, body: review });

  const mutating = async (): Promise<string[]> =>
    (await rest.call("/metrics"))
      .text()
      .split("\n")
      .filter((line) => /^apiserver_current_in\w+_requests\{request_kind="mutating"\}/.test(line));

  it("hold no seat: everybody's requests go through beside them, and they are cut", async () => {
    const held = await Promise.all(Array.from({ length: 250 }, () => hold("greedy")));
    assert.deepEqual(
      (await mutating()).filter((line) => !line.endsWith(" 0")),
      [],
    );
    const users = Array.from({ length: 64 }, (_, i) => (i % 2 === 0 ? "greedy" : `other-${i}`));
    const answers = await Promise.all(users.map(ask));
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([201]));
    for (const told of held) assert.match(await told(), /^HTTP\/1\.1 408 Request Timeout\r\n/);
  });
});
