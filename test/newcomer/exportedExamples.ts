import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const entry = "lib/index.ts";
/** Kinds and resources: Kubernetes' documentation has those. */
const generated = "./api/gen/";

/** A function, class or table of functions that programs call, and the example beside it. */
export interface ExportedExample {
  readonly name: string;
  /** From the top of the repository. */
  readonly file: string;
  /** Whole, as it stands in the comment; undefined where there is none. */
  readonly program: string | undefined;
  /** What it prints: what stands behind `// → ` at the ends of its lines. */
  readonly printed: string;
}

function exportedFrom(text: string): [name: string, file: string][] {
  const statements = text.matchAll(/^export (type )?\{([^}]*)\} from "([^"]+)";/gm);
  return [...statements].flatMap(([, isType, names = "", from = ""]) => {
    if (isType !== undefined || from.startsWith(generated)) return [];
    const file = join(dirname(entry), from.replace(/\.js$/, ".ts"));
    const values = names.split(",").map((name) => name.trim());
    return values
      .filter((name) => name !== "" && !name.startsWith("type "))
      .map((name): [string, string] => [name, file]);
  });
}

/** What is neither a function nor a class, nor has functions, is a constant. */
function isConstant(declaration: string): boolean {
  return declaration.startsWith("const") && !declaration.includes("=>");
}

/** Everything that `import … from "steersman"` gives to call or construct. */
export function exportedExamples(): ExportedExample[] {
  return exportedFrom(readFileSync(join(root, entry), "utf8")).flatMap(([name, file]) => {
    const text = readFileSync(join(root, file), "utf8");
    const declared = new RegExp(`^export ((?:async )?(?:function|class|const) ${name}\\b)`, "m");
    const found = declared.exec(text);
    if (found === null) throw new Error(`${file} does not declare ${name}`);
    const end = text.slice(found.index).search(/^[})]|;$/m);
    if (isConstant(text.slice(found.index + "export ".length, found.index + end))) return [];
    const before = text.slice(0, found.index);
    const comment = before.endsWith(" */\n") ? before.slice(before.lastIndexOf("/**")) : "";
    const plain = comment.replaceAll(/^ \* ?/gm, "");
    const program = /^@example\n```ts\n([\s\S]*?)^```$/m.exec(plain)?.[1];
    const printed = [...(program ?? "").matchAll(/\/\/ → (.*)$/gm)].map(([, line]) => `${line}\n`);
    return [{ name, file, program, printed: printed.join("") }];
  });
}
