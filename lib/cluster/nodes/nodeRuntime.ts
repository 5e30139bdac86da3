import { CriRuntime } from "../../kubelet/cri/criRuntime.js";
import type { ContainerRuntime } from "../../kubelet/cri/runtime.js";
import type { Logger } from "../../platform/logger.js";
import type { Platform } from "../../platform/platform.js";

/** Containerds answer when their plugins are up, which takes a second or two. */
const responseLimitMilliseconds = 30_000;
const pollMilliseconds = 25;
/** For a container's own end before it is killed, when everything stops. */
const graceSeconds = 2;
const callLimitMilliseconds = 20_000;
/** How long what a runtime does not remove is tried again: it ends a start that was under way. */
const removalLimitMilliseconds = 10_000;
const removalPauseMilliseconds = 200;
const podUidLabel = "io.kubernetes.pod.uid";

/** A node's containerd, own or the system's. */
export interface NodeRuntime {
  readonly socket: string;
  /** For the person who started it, such as `containerd 1.6.20 of its own`. */
  readonly description: string;
  /** Called when the node's pod range is known. */
  configureNetwork(podCidr: string): Promise<void>;
  /** Ends the pods that this program's kubelet started on it, and itself where it is its own. */
  stop(): Promise<void>;
}

/** A client of the CRI at a socket. Its caller closes it. */
export function criAt(platform: Pick<Platform, "network">, socket: string): CriRuntime {
  const channel = platform.network.rpcChannel({ target: `unix:${socket}` });
  return new CriRuntime(channel, callLimitMilliseconds);
}

/**
 * Waits until containerd answers CRI, and resolves with its version. Rejects when it does not
 * within half a minute, or as soon as `failed` says why.
 */
export async function untilResponding(
  platform: Pick<Platform, "network" | "clock" | "files">,
  socket: string,
  failed: () => string | undefined,
  limitMilliseconds = responseLimitMilliseconds,
): Promise<string> {
  const { clock, files } = platform;
  const end = clock.monotonic() + limitMilliseconds;
  let last = "its socket is not there";
  while (clock.monotonic() < end) {
    const why = failed();
    if (why !== undefined) throw new Error(why);
    if (await files.exists(socket)) {
      // A new channel each time: one that was refused waits longer and longer.
      const cri = criAt(platform, socket);
      try {
        return (await cri.version()).runtimeVersion;
      } catch (error) {
        last = (error as Error).message;
      } finally {
        cri.close();
      }
    }
    await clock.sleep(pollMilliseconds);
  }
  throw new Error(`containerd at ${socket} does not answer: ${last}`);
}

/** What ending pods uses of a runtime. */
type PodEnder = Pick<
  ContainerRuntime,
  "listContainers" | "stopContainer" | "listPodSandboxes" | "stopPodSandbox" | "removePodSandbox"
>;

/**
 * Ends the pods whose UID is wanted and removes what the runtime and CNI keep of them. A runtime
 * refuses to remove a container that it is starting just then, for a kubelet that was killed: what
 * fails is tried again until the runtime lists nothing of these pods, for some seconds. What is
 * left then is logged: cgroups and processes are looked after in any case.
 */
export async function endPods(
  { clock }: Pick<Platform, "clock">,
  cri: PodEnder,
  logger: Logger,
  isWanted: (uid: string) => boolean,
): Promise<void> {
  const end = clock.monotonic() + removalLimitMilliseconds;
  for (;;) {
    const { found, failures } = await endPodsOnce(cri, isWanted);
    if (found === 0) return;
    if (clock.monotonic() >= end) {
      for (const { what, error } of failures) logger.warning("Left behind", { what, error });
      return;
    }
    // Where all went well the next look is at once: it only makes sure.
    if (failures.length > 0) await clock.sleep(removalPauseMilliseconds);
  }
}

interface RemovalFailure {
  readonly what: string;
  readonly error: unknown;
}

async function endPodsOnce(
  cri: PodEnder,
  isWanted: (uid: string) => boolean,
): Promise<{ found: number; failures: RemovalFailure[] }> {
  const failures: RemovalFailure[] = [];
  const attempt = (what: string, work: Promise<unknown>): Promise<unknown> =>
    work.catch((error: unknown) => failures.push({ what, error }));
  const isOurs = ({ labels }: { labels: Readonly<Record<string, string>> }): boolean =>
    isWanted(labels[podUidLabel] ?? "");
  const containers = (await cri.listContainers()).filter(isOurs);
  const running = containers.filter((one) => one.state === "running");
  await Promise.all(
    running.map(({ id }) => attempt(`container ${id}`, cri.stopContainer(id, graceSeconds))),
  );
  const sandboxes = (await cri.listPodSandboxes()).filter(isOurs);
  await Promise.all(
    sandboxes.map(({ id }) =>
      attempt(
        `sandbox ${id}`,
        cri.stopPodSandbox(id).then(() => cri.removePodSandbox(id)),
      ),
    ),
  );
  return { found: sandboxes.length, failures };
}
