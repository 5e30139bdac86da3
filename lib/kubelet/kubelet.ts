import { setMaxListeners } from "node:events";
import { coreV1 } from "../api/gen/resources.js";
import type { Container, Node, NodeStatus, Pod, Secret, Service } from "../api/gen/types/coreV1.js";
import { formatTime } from "../api/time.js";
import { ClientEventRecorder, objectReference } from "../client/events/eventRecorder.js";
import { CachingInformer } from "../client/informer/cachingInformer.js";
import type { Informer } from "../client/informer/informer.js";
import { makePrivateDirectory } from "../platform/privateDirectory.js";
import { ApiObjects } from "./apiObjects.js";
import { PodCgroups } from "./cgroups/podCgroups.js";
import { PodCertificates } from "./credentials/podCertificates.js";
import { TrustBundles } from "./credentials/trustBundles.js";
import { ContainerGarbage } from "./garbage/containerGarbage.js";
import { ContainerRemover } from "./garbage/containerRemover.js";
import { GarbageCollector } from "./garbage/garbageCollector.js";
import { ImageGarbage } from "./garbage/imageGarbage.js";
import { LogRotator } from "./garbage/logRotator.js";
import { removePodLogLeftovers } from "./garbage/podLogLeftovers.js";
import { sandboxImages } from "./garbage/sandboxImages.js";
import { ImageManager } from "./images/imageManager.js";
import type { KubeletOptions } from "./kubeletOptions.js";
import { type Machine, measurePressure, readMachine } from "./node/machine.js";
import { NodeEvents } from "./node/nodeEvents.js";
import { NodeManager } from "./node/nodeManager.js";
import { nodeStatus } from "./node/nodeStatus.js";
import { ContainerKiller } from "./pods/containerKiller.js";
import { ContainerStarter } from "./pods/containerStarter.js";
import type { NodeAllocatable } from "./pods/downwardFields.js";
import { HookRunner } from "./pods/hookRunner.js";
import { admitPod, featureRefusal, type Refusal, refusalPrefix } from "./pods/podAdmission.js";
import {
  containersOf,
  isMirrorPod,
  isStaticPod,
  mirroredUid,
  podFullName,
  podUid,
} from "./pods/podIdentity.js";
import { asksForRound } from "./pods/podLife.js";
import { PodWorker, type PodWorkerServices } from "./pods/podWorker.js";
import { RuntimeWatcher } from "./pods/runtimeWatcher.js";
import { StaticPods } from "./pods/staticPods.js";
import { StatusManager } from "./pods/statusManager.js";
import { sysctlRefusal } from "./pods/sysctls.js";
import { HttpGetter } from "./probes/httpGetter.js";
import { ProbeManager } from "./probes/probeManager.js";
import { Prober } from "./probes/prober.js";
import { ProbeMetrics } from "./stats/probeMetrics.js";
import { CommandMounter } from "./volumes/mounter.js";
import type { VolumeSources } from "./volumes/volumeContent.js";
import { VolumeManager } from "./volumes/volumeManager.js";

/** How often leftovers are looked for: pods that nobody wants, directories without a pod. */
const housekeepingMilliseconds = 30_000;
const runtimeCheckMilliseconds = 5_000;

/**
 * The node agent: makes the pods that are bound to this node run, and tells what becomes of them.
 */
export class Kubelet {
  readonly probeMetrics = new ProbeMetrics();
  readonly #options: KubeletOptions;
  readonly #abort = new AbortController();
  readonly #workers = new Map<string, PodWorker>();
  readonly #pods: Informer<Pod>;
  readonly #services: Informer<Service>;
  readonly #ownNode: Informer<Node>;
  readonly #node: NodeManager;
  readonly #nodeEvents: NodeEvents;
  readonly #static: StaticPods;
  readonly #statuses: StatusManager;
  readonly #probes: ProbeManager;
  readonly #http: HttpGetter;
  readonly #volumes: VolumeManager;
  readonly #trustBundles: TrustBundles;
  readonly #certificates: PodCertificates;
  readonly #watcher: RuntimeWatcher;
  readonly #recorder: ClientEventRecorder;
  readonly #images: ImageManager;
  readonly #objects: ApiObjects;
  readonly #remover: ContainerRemover;
  readonly #loops: Promise<unknown>[] = [];
  #machine: Machine | undefined;
  #workerServices: PodWorkerServices | undefined;
  #networkProblem: string | undefined = "the runtime has not been asked yet";
  #runtimeProblem: string | undefined = "the runtime has not been asked yet";

  constructor(options: KubeletOptions) {
    this.#options = options;
    const { platform, client, runtime, logger, nodeName } = options;
    const parts = { platform, logger };
    this.#recorder = new ClientEventRecorder({
      client,
      platform,
      component: "kubelet",
      host: nodeName,
      logger,
      signal: this.#abort.signal,
    });
    this.#nodeEvents = new NodeEvents(this.#recorder, nodeName);
    this.#pods = new CachingInformer(client.resource(coreV1.pods), parts, {
      fieldSelector: `spec.nodeName=${nodeName}`,
    });
    this.#services =
      options.services ?? new CachingInformer(client.resource(coreV1.services), parts, {});
    this.#ownNode = new CachingInformer(client.resource(coreV1.nodes), parts, {
      fieldSelector: `metadata.name=${nodeName}`,
    });
    this.#objects = new ApiObjects(client, platform.clock);
    this.#http = new HttpGetter(platform);
    this.#images = new ImageManager({
      clock: platform.clock,
      runtime,
      maxParallelPulls: options.maxParallelPulls,
    });
    this.#trustBundles = new TrustBundles({
      ...{ platform, client, logger },
      onChange: (isConcerned) => this.#refreshVolumes(isConcerned),
    });
    this.#certificates = this.#makeCertificates();
    const volumeSources: VolumeSources = {
      configMap: (namespace, name) => this.#objects.configMap(namespace, name),
      secret: (namespace, name) => this.#objects.secret(namespace, name),
      serviceAccountToken: (...call) => this.#objects.serviceAccountToken(...call),
      trustBundle: (source) => this.#trustBundles.of(source),
      podCertificate: (...call) => this.#certificates.credential(...call),
      allocatable: this.#allocatable,
    };
    const mounter = options.mounter ?? new CommandMounter(platform);
    this.#volumes = new VolumeManager(platform, options.rootDirectory, volumeSources, mounter);
    this.#remover = new ContainerRemover({
      files: platform.files,
      runtime,
      podDirectory: (uid) => this.#volumes.podDirectory(uid),
      containerLogsDirectory: options.containerLogsDirectory,
    });
    this.#statuses = new StatusManager(platform, client, logger, {
      onGone: (uid) => this.#workers.get(uid)?.remove(),
      onReported: (uid) => this.#workers.get(uid)?.told(),
    });
    this.#probes = this.#makeProbes();
    this.#watcher = new RuntimeWatcher({
      platform,
      runtime,
      logger,
      periodMilliseconds: options.relistMilliseconds || 60_000,
      onChange: (uid) => this.#workers.get(uid)?.wake(),
    });
    this.#node = this.#makeNode();
    this.#static = this.#makeStatic(options.staticPodPath);
  }

  /**
   * Of the node; an object whose fields are read when they are needed, since the machine is
   * measured later.
   */
  get #allocatable(): NodeAllocatable {
    const machine = (): Machine | undefined => this.#machine;
    const { reserved } = this.#options;
    return {
      get cpuMilli() {
        return (machine()?.cpuMilli ?? 0) - reserved.cpuMilli;
      },
      get memoryBytes() {
        return (machine()?.memoryBytes ?? 0) - reserved.memoryBytes;
      },
      get ephemeralStorageBytes() {
        return (machine()?.ephemeralStorageBytes ?? 0) - reserved.ephemeralStorageBytes;
      },
    };
  }

  #makeProbes(): ProbeManager {
    return new ProbeManager({
      platform: this.#options.platform,
      prober: new Prober(this.#options.platform, this.#options.runtime, this.#http),
      podOf: (uid) => this.#workers.get(uid)?.podWithStatus,
      containerOf: (uid, name) => this.#workers.get(uid)?.runningContainer(name),
      onChange: (uid) => this.#workers.get(uid)?.wake(),
      onResult: (pod, container, kind, isSuccess) =>
        this.probeMetrics.count(pod, container, kind, isSuccess),
      onTrouble: (pod, container, kind, result, output) => {
        const name = `${kind[0]?.toUpperCase()}${kind.slice(1)}`;
        const what = {
          failure: "failed",
          warning: "warning",
          unknown: "errored and resulted in unknown state",
        }[result];
        const reason = result === "warning" ? "ProbeWarning" : "Unhealthy";
        this.#emit(pod, container, "Warning", reason, `${name} probe ${what}: ${output}`);
      },
    });
  }

  #makeCertificates(): PodCertificates {
    return new PodCertificates({
      ...this.#options,
      nodeUid: () => this.#node.node?.metadata.uid,
      isActive: (uid) => this.#workers.get(uid)?.state === "syncing",
      onChange: (uid) => this.#workers.get(uid)?.refreshVolumes(),
      emit: (pod, reason, message) => this.#emit(pod, undefined, "Warning", reason, message),
    });
  }

  #refreshVolumes(isConcerned: (pod: Pod) => boolean): void {
    for (const worker of this.#workers.values()) {
      if (isConcerned(worker.pod)) worker.refreshVolumes();
    }
  }

  #makeNode(): NodeManager {
    const options = this.#options;
    return new NodeManager({
      ...options,
      updateMilliseconds: options.nodeStatusUpdateMilliseconds,
      reportMilliseconds: options.nodeStatusReportMilliseconds,
      status: (old) => this.#nodeStatus(old),
      onNode: (node) => this.#onNode(node),
    });
  }

  #makeStatic(path: string): StaticPods {
    const { platform, client, logger, nodeName, fileCheckMilliseconds } = this.#options;
    return new StaticPods({
      platform,
      client,
      logger,
      nodeName,
      path,
      checkMilliseconds: fileCheckMilliseconds,
      node: () => this.#node.node,
      apiPods: async (signal) =>
        (await this.#pods.waitForSync(signal)) ? this.#pods.indexer.list() : [],
      onAdd: (pod) => this.#setPod(pod),
      onRemove: (uid) => this.#workers.get(uid)?.remove(),
    });
  }

  get #hostIps(): readonly string[] {
    return this.#options.addresses
      .filter((address) => address.type === "InternalIP")
      .map((address) => address.address);
  }

  #emit(
    pod: Pod,
    container: Container | undefined,
    type: string,
    reason: string,
    message: string,
  ): void {
    const reference = objectReference(coreV1.pods, pod);
    const part =
      container && containersOf(pod).find((one) => one.container.name === container.name);
    const list = {
      init: "initContainers",
      regular: "containers",
      ephemeral: "ephemeralContainers",
    };
    const fieldPath = part ? { fieldPath: `spec.${list[part.kind]}{${part.container.name}}` } : {};
    const kind = type === "Warning" ? "Warning" : "Normal";
    this.#recorder.event({ ...reference, ...fieldPath }, kind, reason, message);
  }

  /** Resolves when the node is registered or being registered, and pods are followed. */
  async start(): Promise<void> {
    const { platform, runtime, rootDirectory, logger } = this.#options;
    // Every loop of the node listens for its end.
    setMaxListeners(0, this.#abort.signal);
    await makePrivateDirectory(platform.files, `${rootDirectory}/pods`);
    this.#machine = this.#options.machine
      ? await this.#options.machine()
      : await readMachine(platform, runtime, rootDirectory);
    this.#workerServices = this.#makeWorkerServices(this.#machine);
    this.#nodeEvents.starting();
    const isEnforced = await this.#workerServices.cgroups.prepare(this.#allocatable);
    if (isEnforced) {
      const message = "Updated Node Allocatable limit across pods";
      this.#nodeEvents.emit("Normal", "NodeAllocatableEnforced", message);
    }
    await this.#checkRuntime();
    const { signal } = this.#abort;
    this.#pods.addEventHandler({
      onAdd: (pod) => this.#setPod(pod),
      onUpdate: (old, pod) => this.#setPod(pod, old),
      onDelete: (pod) => this.#onDeleted(pod),
    });
    this.#ownNode.addEventHandler({
      onAdd: (node) => this.#onNodeSeen(node),
      onUpdate: (_old, node) => this.#onNodeSeen(node),
    });
    this.#loops.push(
      this.#node.run(signal),
      this.#ownNode.run(signal),
      ...(this.#options.services === undefined ? [this.#services.run(signal)] : []),
      this.#pods.run(signal),
      this.#runRuntimeCheck(signal),
      this.#runHousekeeping(signal),
      this.#runGarbage(signal),
      this.#trustBundles.run(signal),
      this.#certificates.run(signal),
    );
    this.#loops.push(this.#watcher.run(signal));
    this.#loops.push(this.#static.run(signal));
    logger.info("The kubelet has started", { node: this.#options.nodeName });
  }

  get nodeName(): string {
    return this.#options.nodeName;
  }

  /** Resolves when the Node object is there, or when the kubelet was stopped before. */
  get registered(): Promise<void> {
    return this.#node.registered;
  }

  #makeWorkerServices(machine: Machine): PodWorkerServices {
    const { platform, runtime, logger, settings } = this.#options;
    const emit = this.#emit.bind(this);
    const { cpuCfsQuota } = this.#options;
    const cgroups = new PodCgroups({
      files: platform.files,
      cpuCfsQuota,
      ...this.#options.cgroups,
    });
    const hooks = new HookRunner({ clock: platform.clock, runtime, http: this.#http, emit });
    const killer = new ContainerKiller({ clock: platform.clock, runtime, hooks, emit });
    const starter = new ContainerStarter({
      platform,
      runtime,
      images: this.#images,
      volumes: this.#volumes,
      probes: this.#probes,
      hooks,
      killer,
      environment: {
        configMap: (namespace, name) => this.#objects.configMap(namespace, name),
        secret: (namespace, name) => this.#objects.secret(namespace, name),
        services: () => this.#services.indexer.list(),
        allocatable: this.#allocatable,
      },
      settings,
      containerLogsDirectory: this.#options.containerLogsDirectory,
      memoryCapacityBytes: machine.memoryBytes,
      cpuCfsQuota,
      emit,
    });
    return {
      platform,
      runtime,
      runtimeName: machine.containerRuntimeVersion.split("://")[0] ?? "containerd",
      logger,
      volumes: this.#volumes,
      probes: this.#probes,
      starter,
      remover: this.#remover,
      killer,
      cgroups,
      settings,
      hostIps: () => this.#hostIps,
      runtimeHandler: (pod) => this.#runtimeHandler(pod),
      pullSecrets: (pod) => this.#pullSecrets(pod),
      setStatus: (pod, status, isFinished) => this.#statuses.set(pod, status, isFinished),
      knownStatus: (uid) => this.#statuses.status(uid),
      apiPod: (uid) => this.#statuses.apiPod(uid),
      isReported: (uid) => this.#statuses.isReported(uid),
      onFinished: (uid) => this.#onFinished(uid),
      emit,
      networkProblem: () => this.#networkProblem,
    };
  }

  /**
   * A pod that was promised walls or devices that this node does not have is held back, not run
   * without them.
   */
  async #runtimeHandler({ spec }: Pod): Promise<string> {
    if (spec.hostUsers === false) {
      throw new Error("user namespaces are not supported on this node");
    }
    if ((spec.resourceClaims ?? []).length > 0) {
      throw new Error("resource claims are not supported on this node");
    }
    const name = spec.runtimeClassName ?? "";
    if (name === "") return "";
    const found = await this.#objects.runtimeClass(name);
    if (found === undefined) throw new Error(`RuntimeClass ${JSON.stringify(name)} not found`);
    return found.handler;
  }

  async #pullSecrets(pod: Pod): Promise<readonly Secret[]> {
    const names = (pod.spec.imagePullSecrets ?? []).map((reference) => reference.name ?? "");
    const secrets = await Promise.all(
      names.map((name) => this.#objects.secret(pod.metadata.namespace ?? "", name)),
    );
    const missing = names.filter((_name, index) => secrets[index] === undefined).join(", ");
    if (missing !== "") {
      const message =
        `Unable to retrieve some image pull secrets (${missing}); ` +
        "attempting to pull the image may not succeed.";
      this.#emit(pod, undefined, "Warning", "FailedToRetrieveImagePullSecret", message);
    }
    return secrets.filter((secret) => secret !== undefined);
  }

  #setPod(pod: Pod, before?: Pod): void {
    if (isMirrorPod(pod)) {
      this.#statuses.observe(mirroredUid(pod), pod, true);
      if (!before || asksForRound(before, pod)) this.#workers.get(mirroredUid(pod))?.wake();
      return;
    }
    const uid = podUid(pod);
    if (!isStaticPod(pod)) this.#statuses.observe(uid, pod);
    const known = this.#workers.get(uid);
    if (known) {
      known.update(pod);
      return;
    }
    const services = this.#workerServices;
    if (!services) return;
    this.#options.logger.verbose(2).info("A pod is to run here", { pod: podFullName(pod) });
    const worker = new PodWorker(services, pod);
    this.#workers.set(uid, worker);
    const phase = pod.status?.phase;
    const isNew = phase !== "Running" && phase !== "Succeeded" && phase !== "Failed";
    if (isNew && !pod.metadata.deletionTimestamp) this.#admit(worker, pod);
    // A static pod names no objects of the API, and its mirror is not the pod.
    const isOver = phase === "Succeeded" || phase === "Failed";
    if (!isStaticPod(pod) && !isOver) this.#certificates.follow(pod);
    worker.wake();
  }

  #admit(worker: PodWorker, pod: Pod): void {
    const refusal = this.#refusalOf(worker, this.#nodeNow);
    if (refusal === undefined) return;
    if (refusal.reason !== "NodeAffinity" || isStaticPod(pod)) {
      this.#refuse(worker, refusal);
      return;
    }
    worker.hold();
    this.#admitByNode(worker).catch((error: unknown) => {
      this.#options.logger.error("A pod was neither admitted nor refused", { error });
    });
  }

  /** The node as watched may be older than what the pod was bound to it for: it is read again. */
  async #admitByNode(worker: PodWorker): Promise<void> {
    const { client, nodeName } = this.#options;
    const read = client.resource(coreV1.nodes).get(nodeName);
    const node = await read.catch(() => this.#nodeNow);
    const refusal = this.#refusalOf(worker, node);
    if (refusal !== undefined) this.#refuse(worker, refusal);
    worker.release();
  }

  /** The node as last seen, or as it will be registered. */
  get #nodeNow(): Pick<Node, "metadata" | "spec"> {
    const { nodeName, labels, taints } = this.#options;
    const seen = this.#ownNode.indexer.getByName("", nodeName) ?? this.#node.node;
    return (
      seen ?? { metadata: { name: nodeName, labels: { ...labels } }, spec: { taints: [...taints] } }
    );
  }

  #refusalOf(worker: PodWorker, node: Pick<Node, "metadata" | "spec">): Refusal | undefined {
    const { pod } = worker;
    const { name, namespace } = pod.metadata;
    // A static pod takes the place of the one that its file named before.
    const isReplaced = ({ metadata }: Pod): boolean =>
      isStaticPod(pod) && metadata.name === name && metadata.namespace === namespace;
    const others = [...this.#workers.values()]
      .filter((other) => other !== worker && other.holdsResources && !isReplaced(other.pod))
      .map((other) => other.pod);
    const { runtime, maxPods, allowedUnsafeSysctls = [] } = this.#options;
    return (
      sysctlRefusal(pod, allowedUnsafeSysctls) ??
      featureRefusal(pod, runtime.features) ??
      admitPod(pod, others, this.#allocatable, maxPods, node)
    );
  }

  #refuse(worker: PodWorker, { reason, message }: Refusal): void {
    this.#emit(worker.pod, undefined, "Warning", reason, message.replace(refusalPrefix, ""));
    worker.fail(reason, message);
  }

  #onDeleted(pod: Pod): void {
    if (isMirrorPod(pod)) {
      this.#statuses.mirrorGone(mirroredUid(pod), podUid(pod));
      return;
    }
    const uid = podUid(pod);
    const worker = this.#workers.get(uid);
    if (!worker) return;
    if (worker.state === "finished") this.#forget(uid);
    else worker.remove();
  }

  #onFinished(uid: string): void {
    const worker = this.#workers.get(uid);
    const { name = "", namespace = "" } = worker?.pod.metadata ?? {};
    const there = this.#pods.indexer.getByName(namespace, name);
    if (!there || podUid(there) !== uid) this.#forget(uid);
  }

  #forget(uid: string): void {
    this.#workers.delete(uid);
    this.#statuses.forget(uid);
    this.#objects.forgetPod(uid);
    this.#certificates.forget(uid);
    this.probeMetrics.forget(uid);
  }

  #onNodeSeen(node: Node): void {
    this.#node.observe(node);
    this.#onNode(node);
  }

  #onNode(node: Node): void {
    this.#nodeEvents.seen(node);
    const podCidr = node.spec?.podCIDR;
    if (!podCidr || podCidr === this.#podCidr) return;
    this.#podCidr = podCidr;
    this.#options.runtime
      .updateRuntimeConfig(podCidr)
      .then(() => this.#checkRuntime())
      .catch((error: unknown) => {
        this.#podCidr = "";
        this.#options.logger.warning("The runtime was not told the pod CIDR", { error });
      });
  }
  #podCidr = "";

  async #nodeStatus(old: NodeStatus | undefined): Promise<NodeStatus> {
    const { platform, runtime, rootDirectory } = this.#options;
    const pressure = this.#options.pressure
      ? await this.#options.pressure()
      : await measurePressure(platform, runtime, rootDirectory);
    const problems = [
      ...(this.#runtimeProblem ? [`container runtime is down: ${this.#runtimeProblem}`] : []),
      ...(this.#networkProblem
        ? [`container runtime network not ready: ${this.#networkProblem}`]
        : []),
      ...(this.#watcher.problem ? [this.#watcher.problem] : []),
    ];
    const status = nodeStatus({
      machine: this.#machine as Machine,
      pressure,
      addresses: this.#options.addresses,
      kubeletVersion: this.#options.kubeletVersion,
      kubeletPort: this.#options.kubeletPort,
      maxPods: this.#options.maxPods,
      reserved: this.#options.reserved,
      images: await runtime.listImages().catch(() => []),
      maxImages: this.#options.nodeStatusMaxImages,
      features: runtime.features,
      problems,
      old: old?.conditions ?? [],
      now: formatTime(platform.clock.now()),
    });
    this.#nodeEvents.status(old, status);
    return status;
  }

  async #runRuntimeCheck(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#options.platform.clock.sleep(runtimeCheckMilliseconds, signal);
      if (!signal.aborted) await this.#checkRuntime();
    }
  }

  async #checkRuntime(): Promise<void> {
    const before = `${this.#runtimeProblem}|${this.#networkProblem}`;
    try {
      const conditions = await this.#options.runtime.status();
      const problemOf = (type: string): string | undefined => {
        const condition = conditions.find((one) => one.type === type);
        if (condition?.status) return undefined;
        return `${type}=false reason:${condition?.reason ?? ""} message:${condition?.message ?? ""}`;
      };
      this.#runtimeProblem = problemOf("RuntimeReady");
      this.#networkProblem = problemOf("NetworkReady");
    } catch (error) {
      this.#runtimeProblem = error instanceof Error ? error.message : String(error);
    }
    if (before !== `${this.#runtimeProblem}|${this.#networkProblem}`) {
      this.#node.poke();
      for (const worker of this.#workers.values()) worker.wake();
    }
  }

  async #runHousekeeping(signal: AbortSignal): Promise<void> {
    const { platform, logger } = this.#options;
    await this.#pods.waitForSync(signal);
    while (!signal.aborted) {
      try {
        await this.#watcher.list();
        await this.#cleanLeftovers();
        this.#images.collect();
      } catch (error) {
        logger.warning("Leftovers could not be cleaned", { error });
      }
      await platform.clock.sleep(housekeepingMilliseconds, signal);
    }
  }

  async #runGarbage(signal: AbortSignal): Promise<void> {
    const { platform, runtime, logger, imageGarbage, logRotation } = this.#options;
    const { clock, files } = platform;
    const emit = this.#nodeEvents.emit.bind(this.#nodeEvents);
    const parts = { clock, files, runtime, logger, emit };
    await this.#pods.waitForSync(signal);
    const containers = new ContainerGarbage({
      clock,
      runtime,
      remover: this.#remover,
      policy: this.#options.containerGarbage,
      isKnown: (uid) => this.#workers.has(uid),
      onRemoved: (id) => this.#probes.forgetContainer(id),
    });
    const images = imageGarbage
      ? new ImageGarbage({
          ...parts,
          policy: imageGarbage,
          sandboxImages: () => sandboxImages(runtime, this.#options.sandboxImages),
        })
      : undefined;
    const logs = logRotation
      ? {
          rotator: new LogRotator({ ...parts, policy: logRotation }),
          periodMilliseconds: logRotation.periodMilliseconds,
        }
      : undefined;
    await new GarbageCollector({ clock, logger, containers, images, logs, emit }).run(signal);
  }

  /** Pods that run here though nobody wants them; files and cgroups of pods that are gone. */
  async #cleanLeftovers(): Promise<void> {
    const services = this.#workerServices;
    if (!services || !this.#static.hasRead) return;
    const { platform, settings, containerLogsDirectory } = this.#options;
    for (const summary of this.#watcher.pods.values()) {
      if (this.#workers.has(summary.uid)) continue;
      const { uid, name, namespace } = summary;
      const orphan: Pod = { metadata: { uid, name, namespace }, spec: { containers: [] } };
      const worker = new PodWorker({ ...services, setStatus: () => undefined }, orphan);
      this.#workers.set(uid, worker);
      worker.remove();
    }
    const isKnown = (uid: string): boolean => this.#workers.has(uid) || this.#watcher.pods.has(uid);
    await removePodLogLeftovers({
      files: platform.files,
      podLogsDirectory: settings.podLogsDirectory,
      containerLogsDirectory,
      isKnown,
    });
    for (const uid of await this.#volumes.knownPods()) {
      if (!isKnown(uid)) await this.#volumes.tearDown(uid);
    }
    await services.cgroups.removeLeftovers(isKnown);
  }

  /** One entry for each certificate of a pod: its signer, and its state as metrics name it. */
  get certificateStates(): ReturnType<PodCertificates["counts"]> {
    return this.#certificates.counts();
  }

  /** Pods as this node knows them, with their newest status: what `/pods` of its server shows. */
  get pods(): readonly Pod[] {
    return [...this.#workers.values()].map((worker) => worker.podWithStatus);
  }

  /** For the server's streams and logs. */
  findPod(namespace: string, name: string, uid?: string): Pod | undefined {
    return this.pods.find(
      (pod) =>
        pod.metadata.namespace === namespace &&
        pod.metadata.name === name &&
        (uid === undefined || podUid(pod) === uid),
    );
  }

  containerIdOf(pod: Pod, container: string): string | undefined {
    return this.#workers.get(podUid(pod))?.runningContainer(container)?.id;
  }

  sandboxIdOf(pod: Pod): string | undefined {
    return this.#workers.get(podUid(pod))?.sandboxId;
  }

  /** Where the pods' cgroups are; undefined until the kubelet has started. */
  get cgroups(): PodCgroups | undefined {
    return this.#workerServices?.cgroups;
  }

  get machine(): Machine | undefined {
    return this.#machine;
  }

  /** Undefined while healthy. */
  get problem(): string | undefined {
    return this.#runtimeProblem ?? this.#watcher.problem;
  }

  /** Stops following; the containers go on and are adopted by the next kubelet. */
  async stop(): Promise<void> {
    this.#abort.abort();
    for (const worker of this.#workers.values()) worker.stop();
    this.#probes.stop();
    this.#statuses.stop();
    this.#http.close();
    await Promise.allSettled(this.#loops);
  }
}
