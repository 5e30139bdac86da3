import { CriRuntime } from "../../kubelet/cri/criRuntime.js";
import type { ContainerRuntime } from "../../kubelet/cri/runtime.js";
import type { Logger } from "../../platform/logger.js";
import type { Platform } from "../../platform/platform.js";

/** Containerds answer when their plugins are up, which takes a second or two. */
const answerLimitMilliseconds = 30_000;
const pollMilliseconds = 25;
/** For a container's own end before it is killed, when everything stops. */
const graceSeconds = 2;
const callLimitMilliseconds = 20_000;
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
export async function untilAnswers(
  platform: Pick<Platform, "network" | "clock" | "files">,
  socket: string,
  failed: () => string | undefined,
  limitMilliseconds = answerLimitMilliseconds,
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

/**
 * Ends the pods whose UID is wanted and removes what the runtime and CNI keep of them. What fails
 * is logged: cgroups and processes are looked after in any case.
 */
export async function endPods(
  cri: ContainerRuntime,
  logger: Logger,
  isWanted: (uid: string) => boolean,
): Promise<void> {
  const uidOf = ({ labels }: { labels: Readonly<Record<string, string>> }): string =>
    labels[podUidLabel] ?? "";
  const attempt = async (what: string, work: Promise<unknown>): Promise<void> => {
    await work.catch((error: unknown) => logger.warning("Left behind", { what, error }));
  };
  const containers = (await cri.listContainers()).filter((one) => isWanted(uidOf(one)));
  const running = containers.filter((one) => one.state === "running");
  await Promise.all(
    running.map(({ id }) => attempt(`container ${id}`, cri.stopContainer(id, graceSeconds))),
  );
  const sandboxes = (await cri.listPodSandboxes()).filter((one) => isWanted(uidOf(one)));
  await Promise.all(
    sandboxes.map(({ id }) =>
      attempt(
        `sandbox ${id}`,
        cri.stopPodSandbox(id).then(() => cri.removePodSandbox(id)),
      ),
    ),
  );
}
