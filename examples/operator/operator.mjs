// Keeps a copy of every ConfigMap that has the annotation example.com/copy-to ("a, b") in the namespaces it names.
import { isDeepStrictEqual } from "node:util";
import {
  connect,
  eventRecorder,
  informerFactory,
  objectKey,
  objectReference,
  resources,
  runWorkers,
  splitKey,
  workQueue,
} from "steersman";

const copyTo = "example.com/copy-to";
const copiedFrom = "example.com/copied-from";
const annotationsOf = (map) => map.metadata.annotations ?? {};
const wanted = (map) => (annotationsOf(map)[copyTo] ?? "").split(",").map((name) => name.trim());
const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => stop.abort());
const client = await connect(); // $KUBECONFIG, ~/.kube/config, or the pod's service account
const maps = client.resource(resources.configmaps);
const recorder = eventRecorder(client, { component: "copy-operator", signal: stop.signal });
const factory = informerFactory(client);
const lister = factory.lister(resources.configmaps);
const queue = workQueue("copies");
// A copy that somebody changed or deleted is its original's business.
const enqueue = (map) => queue.add(annotationsOf(map)[copiedFrom] ?? objectKey(map));
factory.informer(resources.configmaps).addEventHandler({
  onAdd: enqueue,
  onUpdate: (_before, map) => enqueue(map),
  onDelete: enqueue,
});
async function sync(key) {
  const { namespace, name } = splitKey(key);
  const original = lister.get(name, namespace);
  const targets = original ? wanted(original).filter((one) => one !== "" && one !== namespace) : [];
  const copies = lister.list().filter((map) => annotationsOf(map)[copiedFrom] === key);
  for (const { metadata } of copies.filter((map) => !targets.includes(map.metadata.namespace))) {
    await maps.delete(metadata.name, { namespace: metadata.namespace });
  }
  for (const target of targets) {
    const there = lister.get(name, target);
    const { data = {} } = original;
    if (there === undefined) {
      const metadata = { name, namespace: target, annotations: { [copiedFrom]: key } };
      await maps.create({ metadata, data });
      recorder.event(objectReference(resources.configmaps, original), "Normal", "Copied", target);
    } else if (annotationsOf(there)[copiedFrom] === key && !isDeepStrictEqual(there.data, data)) {
      await maps.update({ ...there, data });
    }
  }
}
factory.start(stop.signal);
await factory.waitForSync(stop.signal);
stop.signal.addEventListener("abort", () => queue.shutDown());
const onError = (key, error) => console.error(key, error.message); // it is tried again
await runWorkers({ queue, workers: 2, sync, onError });
await factory.stopped();
client.close();
