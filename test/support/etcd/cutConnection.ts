import { connect, createServer, type Server, type Socket } from "node:net";

/** A way to a server on loopback that can be cut, and mended. */
export class CutConnection {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #isCut = false;
  /** Is told of each connection that is ended as it is made. */
  onCut: () => void = () => undefined;

  private constructor(port: number) {
    this.#server = createServer((socket) => {
      if (this.#isCut) {
        socket.destroy();
        this.onCut();
        return;
      }
      const there = connect(port, "127.0.0.1");
      for (const [one, other] of [
        [socket, there],
        [there, socket],
      ] as const) {
        this.#sockets.add(one);
        one.on("error", () => undefined);
        one.on("close", () => {
          this.#sockets.delete(one);
          other.destroy();
        });
        one.pipe(other);
      }
    });
  }

  static async to(url: string): Promise<CutConnection> {
    const way = new CutConnection(Number(new URL(url).port));
    await new Promise<void>((resolve) => {
      way.#server.listen(0, "127.0.0.1", resolve);
    });
    return way;
  }

  get url(): string {
    const { port } = this.#server.address() as { port: number };
    return `http://127.0.0.1:${port}`;
  }

  /** Ends every connection, and each that is made from now on. */
  cut(): void {
    this.#isCut = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  mend(): void {
    this.#isCut = false;
  }

  /** Nothing arrives any more in either direction, and nobody is told. */
  hold(): void {
    for (const socket of this.#sockets) socket.pause();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
