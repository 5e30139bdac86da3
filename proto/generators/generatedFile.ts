import { gunzipSync, gzipSync } from "node:zlib";

/** One file that a generator makes. */
export interface GeneratedFile {
  /** Relative to the repository's root. */
  path: string;
  content: string;
  /**
   * What is compared instead of the content, where compressors may differ from machine to
   * machine.
   */
  comparable?: (content: string) => string;
}

export const generatedHeader = "// Generated from proto/ by `npm run generate`. Do not edit.\n";

/** A module that exports a text or bytes as `data`: gzip in base64. */
export function compressedFile(path: string, data: string | Uint8Array): GeneratedFile {
  const base64 = gzipSync(data, { level: 9 }).toString("base64");
  return {
    path,
    content: `${generatedHeader}export const data =\n  "${base64}";\n`,
    comparable: (content) => {
      const found = /"([A-Za-z0-9+/=]+)";\n$/.exec(content)?.[1];
      if (found === undefined) return content;
      return gunzipSync(Buffer.from(found, "base64")).toString("latin1");
    },
  };
}
