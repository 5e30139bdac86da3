import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** Prints `pid state` of each datagram; the kernel says who sent it. */
const program = `
import os, socket, struct, sys
path = sys.argv[1]
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
s.bind("\\0" + path[1:] if path[0] == "@" else path)
print("bound", flush=True)
while True:
    data, anc, _, _ = s.recvmsg(4096, 256)
    pid = [struct.unpack("iii", d)[0] for _, kind, d in anc if kind == socket.SCM_CREDENTIALS][0]
    print(pid, data.decode().strip(), flush=True)
`;

export interface ServiceManager {
  /** The next message as `pid state`. */
  next(): Promise<string>;
  close(): void;
}

/** A datagram socket as systemd gives in NOTIFY_SOCKET; `@name` is an abstract one. */
export async function listenAsServiceManager(path: string): Promise<ServiceManager> {
  const child: ChildProcess = spawn("python3", ["-c", program, path], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  const next = async (): Promise<string> => {
    const line = await lines.next();
    if (line.done) throw new Error("the socket is closed");
    return line.value;
  };
  await next();
  return { next, close: () => child.kill("SIGKILL") };
}
