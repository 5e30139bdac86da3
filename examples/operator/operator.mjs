// Keeps a copy of every ConfigMap that has the annotation example.com/copy-to ("a, b") in the namespaces it names.
import {
  connect,
  eventRecorder,
  informerFactory,
  objectKey,
  objectReference,
  patches,
  resources,
  runWorkers,
  splitKey,
  workQueue,
} from "steersman";

const copyTo = "example.com/copy-to";
const fieldManager = "copy-operator";
const copiedFrom = "example.com/copied-from";
const annotationsOf = (map) => map.metadata.annotations ?? {};
const wanted = (map) => (annotationsOf(map)[copyTo] ?? "").split(",").map((name) => name.trim());

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => stop.abort());
const client = await connect(); // $KUBECONFIG, ~/.kube/config, or the pod's service account
const maps = client.resource(resources.configmaps);
const recorder = eventRecorder(client, { component: fieldManager, signal: stop.signal });
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
    const metadata = { name, namespace: target, annotations: { [copiedFrom]: key } };
    const copy = { apiVersion: "v1", kind: "ConfigMap", metadata, data: original.data ?? {} };
    await maps.patch(name, patches.apply(copy), { namespace: target, fieldManager, force: true });
    if (copies.some((map) => map.metadata.namespace === target)) continue;
    const about = objectReference(resources.configmaps, original);
    recorder.event(about, "Normal", "Copied", `The copy in ${target} is there`);
  }
}

factory.start(stop.signal);
await factory.waitForSync(stop.signal);
stop.signal.addEventListener("abort", () => queue.shutDown());
await runWorkers({ queue, workers: 2, sync });
await factory.stopped();
client.close();
