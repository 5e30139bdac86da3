import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { builtServers, Peer, type Side } from "../../bench/peers/peer.js";
import { requirement } from "../../support/clients/requirement.js";
import { temporaryFolder } from "../../support/commands/apiserverProcess.js";
import { dependentPairs, ServerPair } from "../../support/etcd/dependentPairs.js";

const [ourRounds, upstreamRounds] = [4, 2];
/** By which the server of this number is advertised; nobody goes there. */
const addressOf = (number: number): string => `192.0.2.${number + 1}`;
/** What the machine may do to a watch beside all else that runs on it. */
const noiseMilliseconds = 500;

/**
 * Three of our API servers and two of upstream's on one etcd. The second of two requests comes to
 * another server than the first. What is about an object knows of the first at once; policies do
 * within the lag that upstream's two servers show in the same run.
 */
describe("two requests to two servers on one etcd, the second of which needs the first", function () {
  // Upstream's server is built at first.
  this.timeout(2_400_000);
  const folder = temporaryFolder();
  const peers: Peer[] = [];
  /** By pair of requests: the longest lag between upstream's servers. */
  const upstreamLags = new Map<string, number>();

  before(async function () {
    const programs = await requirement(this, "Go and upstream's modules", builtServers);
    const pair = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const [key, publicKey] = [join(folder.path, "accounts.key"), join(folder.path, "accounts.pub")];
    const pem = pair.privateKey.export({ type: "pkcs8", format: "pem" });
    writeFileSync(key, pem, { mode: 0o600 });
    writeFileSync(publicKey, pair.publicKey.export({ type: "spki", format: "pem" }));
    const flags = ["--service-account-signing-key-file", key];
    const more = [...flags, "--service-account-key-file", publicKey];
    const start = async (side: Side): Promise<void> => {
      const own = ["--advertise-address", addressOf(peers.length)];
      peers.push(await Peer.start(side, programs, true, peers[0], [...more, ...own]));
    };
    for (const side of ["upstream", "upstream", "steersman", "steersman", "steersman"] as const) {
      await start(side);
    }
  });
  after(async () => {
    for (const peer of peers.reverse()) await peer.stop();
    folder.remove();
  });

  /** The longest lag, both ways in turn: a race that is seldom lost would pass once. */
  async function longest(
    what: string,
    [one, other]: readonly [number, number],
    set: string,
    rounds: number,
  ): Promise<number> {
    const lags: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const [first, second] =
        round % 2 === 0 ? [peers[one], peers[other]] : [peers[other], peers[one]];
      assert.ok(first !== undefined && second !== undefined);
      const servers = new ServerPair(first, second);
      try {
        const number = Object.keys(dependentPairs).indexOf(what);
        await dependentPairs[what]?.run(servers, `p${number}-${set}-${round}`);
        lags.push(...servers.lags);
      } finally {
        servers.close();
      }
    }
    return Math.max(...lags);
  }

  describe("both upstream's, to compare with", () => {
    for (const what of Object.keys(dependentPairs)) {
      it(what, async () => {
        const isSlow = dependentPairs[what]?.waitsForTokens === true;
        const rounds = isSlow ? 1 : upstreamRounds;
        upstreamLags.set(what, await longest(what, [0, 1], "theirs", rounds));
      });
    }
  });

  const sets = { "both ours": [2, 3], "a third of ours": [4, 2] } as const;
  for (const [set, pair] of Object.entries(sets)) {
    describe(set, () => {
      for (const [what, { isAtOnce }] of Object.entries(dependentPairs)) {
        it(`${what}: ${isAtOnce ? "at once" : "no later than upstream's"}`, async () => {
          const lag = await longest(what, pair, `ours-${pair[0]}`, ourRounds);
          const most = isAtOnce ? 0 : (upstreamLags.get(what) ?? 0) + noiseMilliseconds;
          assert.ok(lag <= most, `${lag} ms, upstream's ${upstreamLags.get(what)} ms`);
        });
      }
    });
  }

  describe("ours beside upstream's", () => {
    for (const [what, { isAtOnce, waitsForTokens }] of Object.entries(dependentPairs)) {
      it(what, async () => {
        // Ours is the second at first.
        const rounds = waitsForTokens === true ? 1 : upstreamRounds;
        const lag = await longest(what, [0, 3], "both", rounds);
        // Upstream's own lag where it is the second.
        const most = (upstreamLags.get(what) ?? 0) + noiseMilliseconds;
        assert.ok(isAtOnce || lag <= most, `${lag} ms, upstream's ${upstreamLags.get(what)} ms`);
      });
    }
  });

  describe("all of them", () => {
    it("stand in the service kubernetes until their leases end", async () => {
      const slices = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices";
      const servers = new ServerPair(peers[2] as Peer, peers[3] as Peer);
      try {
        const listed = async (peer: Peer | undefined): Promise<string[]> => {
          const { text } = await servers.ask(peer as Peer, `${slices}/kubernetes`);
          const { endpoints } = JSON.parse(text) as { endpoints: { addresses: string[] }[] };
          return endpoints.flatMap(({ addresses }) => addresses).sort();
        };
        const all = peers.map((_, at) => addressOf(at));
        for (const peer of peers) assert.deepEqual(await listed(peer), all, peer.side);
        // One of ours is killed: its lease runs out, and the next of the others says so.
        peers[4]?.kill();
        const left = all.filter((address) => address !== addressOf(4));
        const begin = performance.now();
        while ((await listed(peers[3])).length > left.length) {
          assert.ok(performance.now() - begin < 40_000, "it still stands there");
          await servers.ask(servers.second, `${slices}?watch=1&timeoutSeconds=2`);
        }
        for (const peer of peers.slice(0, 4)) assert.deepEqual(await listed(peer), left, peer.side);
      } finally {
        servers.close();
      }
    });
  });
});
