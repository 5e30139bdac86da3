import { createHash } from "node:crypto";
import type { UserInfo } from "../identity.js";

/**
 * Tokens and passwords are looked up by digest: comparing digests tells nothing about the secret by
 * its time.
 */
export function digestOf(secret: string): string {
  return createHash("sha256").update(secret).digest("base64");
}

export interface CredentialLine {
  readonly secret: string;
  readonly user: UserInfo;
}

/**
 * Lines `secret,user,uid[,"group1,group2"]` of --token-auth-file and --basic-auth-file.
 * Throws an Error with the line's number, never its content.
 */
export function parseCredentialFile(text: string, fileName: string): CredentialLine[] {
  const lines: CredentialLine[] = [];
  for (const [position, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === "" || line.startsWith("#")) continue;
    const fields = parseCsvLine(line);
    const at = `${fileName}: line ${position + 1}`;
    if (fields === undefined) throw new Error(`${at} is no valid CSV`);
    const [secret = "", name = "", uid = "", groups = ""] = fields;
    if (fields.length < 3) {
      throw new Error(`${at} has ${fields.length} columns, at least 3 are needed`);
    }
    if (secret === "") continue;
    const named = groups.split(",").filter((group) => group !== "");
    const user = { name, uid, groups: [...named, "system:authenticated"], extra: {} };
    lines.push({ secret, user });
  }
  return lines;
}

function parseCsvLine(line: string): string[] | undefined {
  const fields: string[] = [];
  let rest = line;
  for (;;) {
    const match = /^\s*(?:"((?:[^"]|"")*)"|([^",]*))\s*(,|$)/.exec(rest);
    if (match === null) return undefined;
    fields.push(match[1] === undefined ? (match[2] ?? "").trim() : match[1].replaceAll('""', '"'));
    if (match[3] === "") return fields;
    rest = rest.slice(match[0].length);
  }
}
