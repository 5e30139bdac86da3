import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** The TypeScript blocks of a document that use the package, as they stand. */
export function documentedPrograms(file: string): string[] {
  const text = readFileSync(`${root}${file}`, "utf8");
  const blocks = [...text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map((match) => match[1] as string);
  return blocks.filter((block) => block.includes('from "steersman"'));
}
