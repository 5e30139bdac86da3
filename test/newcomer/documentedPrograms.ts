import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** The TypeScript blocks of a document, or of a source's comments, that use the package. */
export function documentedPrograms(file: string): string[] {
  const read = readFileSync(`${root}${file}`, "utf8");
  const text = file.endsWith(".ts") ? read.replaceAll(/^ \* ?/gm, "") : read;
  const blocks = [...text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map((match) => match[1] as string);
  return blocks.filter((block) => block.includes('from "steersman"'));
}
