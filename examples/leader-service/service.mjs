// A service of which any number may run and one works: the leader counts the cluster's pods every so often. All of them
// answer /leader. SIGTERM ends the work, gives the lease up so that the next leads at once, and then the process.
import { createServer } from "node:http";
import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { connect, leaderElector, resources } from "steersman";

const { POD_NAME, NAMESPACE = "default", PORT = "8080" } = process.env;
const identity = POD_NAME ?? `${hostname()}-${process.pid}`;
const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => stop.abort());

const client = await connect();

/** The leader's work: it ends soon after its signal aborts, for then another may lead. */
async function work(signal) {
  console.log(`${identity} leads`);
  const pods = client.resource(resources.pods);
  while (!signal.aborted) {
    try {
      const { items } = await pods.list({ signal });
      console.log(`${items.length} pods`);
    } catch (error) {
      if (!signal.aborted) console.error(error.message);
    }
    await sleep(5_000, undefined, { signal }).catch(() => undefined);
  }
}

const elector = leaderElector(client, {
  namespace: NAMESPACE,
  leaseName: "leader-service",
  identity,
  onStartedLeading: work,
  onNewLeader: (leader) => console.log(`the leader is ${leader}`),
});

const server = createServer((_request, response) => {
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ identity, leader: elector.leader, leads: elector.isLeader }));
});
server.listen(Number(PORT), () => console.log(`listening on ${server.address().port}`));

// A lease that was lost is waited for again: only the signal ends the service.
while (!stop.signal.aborted) await elector.run(stop.signal);

server.close();
client.close();
console.log("stopped");
