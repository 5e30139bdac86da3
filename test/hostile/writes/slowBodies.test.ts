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
    // Few seats, so that few sockets do: three of four may be one requester's.
    api = await startTestApiServer({ maxMutatingRequestsInFlight: 8 });
    rest = new RestCaller(api.url);
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    rest.close();
    await api.stop();
  });

  /** A request of the user whose body stays away. */
  async function hold(user: string): Promise<void> {
    const { hostname, port } = new URL(api.url);
    const socket = connect(Number(port), hostname);
    sockets.push(socket);
    socket.on("error", () => undefined);
    await once(socket, "connect");
    socket.write(
      `POST ${reviews} HTTP/1.1\r\nHost: a\r\nImpersonate-User: ${user}\r\n` +
        "Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{",
    );
  }

  const ask = (user: string) =>
    rest.call(reviews, { method: "POST", headers: { "impersonate-user": user }, body: review });

  const inFlight = async (): Promise<string[]> =>
    (await rest.call("/metrics"))
      .text()
      .split("\n")
      .filter((line) => /^apiserver_current_in\w+_requests\{request_kind="mutating"\}/.test(line));

  async function until(what: RegExp): Promise<void> {
    for (let i = 0; i < 2000; i += 1) {
      if ((await inFlight()).some((line) => what.test(line))) return;
    }
    throw new Error(`never: ${what}: ${(await inFlight()).join(" ")}`);
  }

  it("of one requester leave seats to the others", async () => {
    await Promise.all(Array.from({ length: 40 }, () => hold("greedy")));
    await until(/inqueue_requests.* 34$/);
    const answers = await Promise.all(Array.from({ length: 64 }, (_, i) => ask(`other-${i}`)));
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([201]));
  });

  it("give their seats and places back when their clients go", async () => {
    await Promise.all(Array.from({ length: 40 }, () => hold("greedy")));
    await until(/inqueue_requests.* 34$/);
    const waiting = ask("greedy");
    for (const socket of sockets.splice(0)) socket.destroy();
    assert.equal((await waiting).status, 201);
    await until(/inqueue_requests.* 0$/);
    await until(/inflight_requests.* 0$/);
  });
});
