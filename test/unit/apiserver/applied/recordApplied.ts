import { writeFileSync } from "node:fs";
import { request } from "node:https";
import { fileURLToPath } from "node:url";
import { builtServers, Peer, tokens } from "../../../bench/peers/peer.js";
import { applyCases } from "./applyCases.js";
import { runApplyCase, type SentAnswer, type SentRequest } from "./runApplyCase.js";

/**
 * Writes down what upstream's kube-apiserver answers to the cases: run by hand when they change,
 * `node dist/test/unit/apiserver/applied/recordApplied.js`.
 */
async function record(): Promise<void> {
  const peer = await Peer.start("upstream", builtServers(), true);
  try {
    const lines: string[] = [];
    for (const [at, one] of applyCases.entries()) {
      const answers = await runApplyCase(one, `case-${at}-applied`, (sent) => send(peer.url, sent));
      lines.push(JSON.stringify({ name: one.name, answers }));
    }
    const file = "../../../../../test/unit/apiserver/applied/applied.jsonl";
    writeFileSync(fileURLToPath(new URL(file, import.meta.url)), `${lines.join("\n")}\n`);
  } finally {
    await peer.stop();
  }
}

function send(url: string, { method, path, contentType, body }: SentRequest): Promise<SentAnswer> {
  const headers = {
    authorization: `Bearer ${tokens.administrator}`,
    ...(contentType === "" ? {} : { "content-type": contentType }),
  };
  return new Promise((resolve, reject) => {
    const options = { method, rejectUnauthorized: false, agent: false as const, headers };
    const sent = request(url + path, options, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("end", () => {
        const text = Buffer.concat(parts).toString("utf8");
        resolve({
          status: response.statusCode ?? 0,
          text,
          warnings: warningsOf(response.headers.warning),
        });
      });
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

/** The texts of a Warning header. */
export function warningsOf(header: string | readonly string[] | undefined): string[] {
  const all = typeof header === "string" ? header.split(/, (?=299 - ")/) : (header ?? []);
  return all.map((text) => text.slice(7, -1).replaceAll('\\"', '"').replaceAll("\\\\", "\\"));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await record();
