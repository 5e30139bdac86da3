import type { Messages } from "./messages.js";

/** What a channel protocol's name says of its messages. */
export interface ChannelProtocol {
  /** 1 to 5; 5 can close a channel, 4 and above end with a Status. */
  readonly version: number;
  readonly isBase64: boolean;
}

/** WebSocket subprotocols of exec and attach, by preference of the client. */
export const channelProtocols: readonly string[] = [
  "v5.channel.k8s.io",
  "v4.channel.k8s.io",
  "v4.base64.channel.k8s.io",
  "channel.k8s.io",
  "base64.channel.k8s.io",
];

export function parseChannelProtocol(name: string): ChannelProtocol {
  const version = /^v(\d)\./.exec(name)?.[1];
  return {
    version: version === undefined ? 1 : Number(version),
    isBase64: name.includes("base64"),
  };
}

/** Of v5: its payload is the number of the channel that the client sends nothing more on. */
export const closeChannel = 255;

export interface ChannelHandlers {
  /** A promise holds back further messages. */
  readonly onData: (channel: number, bytes: Buffer) => Promise<void> | undefined;
  readonly onClose: (channel: number) => void;
}

/**
 * Channels in one WebSocket: the first byte of a message is the channel's number; in the base64
 * forms, the first character is its digit.
 */
export class ChannelSocket {
  readonly protocol: ChannelProtocol;
  readonly socket: Messages;

  constructor(socket: Messages, handlers: ChannelHandlers) {
    this.socket = socket;
    this.protocol = parseChannelProtocol(socket.protocol);
    socket.onMessage((message) => {
      if (message.length === 0) return undefined;
      const first = message[0] as number;
      if (this.protocol.isBase64) {
        const bytes = Buffer.from(message.toString("latin1", 1), "base64");
        return handlers.onData(first - 0x30, bytes);
      }
      if (this.protocol.version >= 5 && first === closeChannel) {
        handlers.onClose(message[1] ?? 0);
        return undefined;
      }
      return handlers.onData(first, message.subarray(1));
    });
  }

  send(channel: number, bytes: Uint8Array): Promise<void> {
    if (this.protocol.isBase64) {
      return this.socket.send(String(channel) + Buffer.from(bytes).toString("base64"));
    }
    return this.socket.send(Buffer.concat([Buffer.of(channel), bytes]));
  }
}
