/**
 * One side of a WebSocket, with back pressure both ways. Nothing is read before onMessage() was
 * called, which whoever has it does.
 */
export interface Messages {
  /** The subprotocol; empty where none was agreed on. */
  readonly protocol: string;
  /** Resolves when the connection is over, for whatever reason. */
  readonly closed: Promise<void>;
  /** While the receiver's promise is pending nothing more is read. */
  onMessage(receive: (bytes: Buffer, isText: boolean) => Promise<void> | undefined): void;
  /** Resolves when the bytes have left. */
  send(bytes: Uint8Array | string): Promise<void>;
  /** 1000 is a normal end. */
  close(code: number, reason?: string): void;
  cut(): void;
}
