import { admissionPluginRows } from "../../lib/api/capabilities/admissionPlugins.js";
import type { Limitation } from "../../lib/api/capabilities/capability.js";
import { configFieldRows } from "../../lib/api/capabilities/configFields.js";
import { featureGates, gateCapability } from "../../lib/api/capabilities/featureGates.js";
import { features } from "../../lib/api/capabilities/features.js";
import { flagRows } from "../../lib/api/capabilities/flags/flagCapability.js";
import type { FieldRow } from "../../lib/api/capabilities/objects/fieldRow.js";
import { kindsWithFields, ownFieldRowsOf } from "../../lib/api/capabilities/objects/fields.js";
import { kindRows } from "../../lib/api/capabilities/objects/kinds.js";
import { podAnnotationRows } from "../../lib/api/capabilities/objects/podAnnotations.js";
import { podFieldRows } from "../../lib/api/capabilities/objects/podFields.js";
import { serviceAnnotationRows } from "../../lib/api/capabilities/objects/serviceAnnotations.js";
import { subresourceRows } from "../../lib/api/capabilities/objects/subresources.js";
import type { GeneratedFile } from "./generatedFile.js";

const notice =
  "<!-- Made from lib/api/capabilities by `npm run generate`. Change it there, not here. -->";

interface Stated {
  readonly state: Limitation["state"] | "others";
  readonly why: string;
}

/** One row for each name, by name, with the state and the sentence of its limitation. */
function limitationTable(
  heading: string,
  rows: readonly { readonly names: readonly string[]; readonly limitation: Stated }[],
): string {
  const lines = rows
    .flatMap(({ names, limitation }) => names.map((name) => ({ name, ...limitation })))
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
    .map(({ name, state, why }) => `| \`${name}\` | ${state} | ${why.replaceAll("|", "\\|")} |`);
  return [`| ${heading} | state | why, and what to do |`, "|---|---|---|", ...lines].join("\n");
}

function flagsDocument(): string {
  const sections = Object.entries(flagRows).map(([component, rows]) => {
    const table = limitationTable(
      "flag",
      rows.map((row) => ({ names: row.flags.map((flag) => `--${flag}`), limitation: row })),
    );
    return `## ${component}\n\n${table}\n`;
  });
  return `# Flags that do less than upstream's

${notice}

All of upstream's flags are known; those that are not listed here work. A **refused** flag
guards something and would not do so yet: with another value than its default it ends the start
with one line. An **inert** flag is accepted, has no effect yet, and is named once in the log.
A value that asks for what is done anyway (\`--profiling=false\`) is neither refused nor named.
Files that flags name are read and parsed at the start, also those of inert flags. What is true
of fields in the files of \`--config\`, of admission plugins and of feature gates is in
[features.md](features.md). Where a flag has two rows, the value decides.

${sections.join("\n")}`;
}

function featureSections(): string {
  return features
    .map(({ area, rows }) => {
      const lines = rows.map(({ feature, state, beside = "", tests = [] }) => {
        const cells = [feature, state, beside, tests.map((path) => `\`${path}\``).join(", ")];
        return `|${cells.map((cell) => (cell === "" ? " " : ` ${cell} `)).join("|")}|`;
      });
      const head = ["| feature | state | beside upstream | tests |", "|---|---|---|---|"];
      return `## ${area}\n${[...head, ...lines].join("\n")}\n`;
    })
    .join("\n");
}

function configSections(): string {
  return Object.entries(configFieldRows)
    .map(([component, rows]) => {
      const table = limitationTable(
        "field",
        rows.map((row) => ({ names: row.fields, limitation: row })),
      );
      return `### ${component}\n\n${table}\n`;
    })
    .join("\n");
}

/** Which values of a field the row speaks of, in words. */
function condition({ only, unless, worksBeside }: FieldRow): string {
  const list = (values: readonly unknown[]): string => values.map((one) => `\`${one}\``).join(", ");
  if (only !== undefined) return ` (only ${list(only)})`;
  if (unless !== undefined) return ` (but for ${list(unless)})`;
  if (worksBeside === undefined) return "";
  return ` (but beside \`${worksBeside.field}: ${worksBeside.value}\`)`;
}

function fieldTable(rows: readonly FieldRow[]): string {
  return limitationTable(
    "field",
    rows.map((row) => ({
      // Of containers of all lists alike.
      names: row.paths.filter((path) => !/^(?:init|ephemeral)Containers\[\]/.test(path)),
      limitation: { state: row.state, why: `${row.why}${condition(row)}` },
    })),
  );
}

function fieldSections(): string {
  const own = kindsWithFields.flatMap((kind) => {
    const rows = ownFieldRowsOf(kind);
    return rows.length === 0 ? [] : [`### ${kind}\n\n${fieldTable(rows)}\n`];
  });
  const annotations = limitationTable(
    "annotation",
    podAnnotationRows.map(({ key, message }) => ({
      names: [key],
      limitation: { state: "inert", why: message },
    })),
  );
  const ofServices = limitationTable(
    "annotation",
    serviceAnnotationRows.map(({ key, why }) => ({
      names: [key],
      limitation: { state: "inert", why },
    })),
  );
  own.unshift(`### Annotations of Services\n\n${ofServices}\n`);
  own.unshift(`### Annotations of pods and of templates\n\n${annotations}\n`);
  return [`### The spec of pods and of templates\n\n${fieldTable(podFieldRows)}\n`, ...own].join(
    "\n",
  );
}

function gateSentence(): string {
  const working = featureGates.filter(
    ({ name, isOnByDefault }) => gateCapability(name, !isOnByDefault).state === "works",
  );
  const names = working.map(({ name }) => `\`${name}\``).join(", ");
  const those = names === "" ? "None switches anything yet" : `These switch something: ${names}`;
  return `${featureGates.length} gates of 1.37 are known, each with its default. ${those}; one
that is given another value than its default is named in the log. An unknown gate that is
switched off ends the start.`;
}

function featuresDocument(): string {
  return `# Features

${notice}

What works today, how it compares with upstream Kubernetes 1.37, and the test that shows it;
then everything that is accepted or refused and does less than upstream's. The source is the
typed table in \`lib/api/capabilities\`; \`test/unit/docs\` keeps this page and
[flags.md](flags.md) as the table has it.

${featureSections()}
## Kinds
Objects of inert kinds are stored, and whoever writes one is told by a \`Warning\` header (over
gRPC, by metadata of that name). Those of others are for add-ons, as upstream. All other kinds work.

${limitationTable(
  "kind",
  kindRows.map((row) => ({ names: row.kinds, limitation: row })),
)}

## Fields
Inert fields are stored, and whoever sets or changes one is told by a \`Warning\` header. What is
said of \`containers[]\` is true of \`initContainers[]\` and \`ephemeralContainers[]\`, too.

${fieldSections()}
## Subresources
Refused subresources can be read; a write is answered with 405.

${limitationTable(
  "subresource",
  subresourceRows.map((row) => ({ names: row.subresources, limitation: row })),
)}

## Fields of configuration files
Inert fields are accepted and named in the log; refused ones end the start.

${configSections()}
## Admission plugins
Inert plugins are accepted by name and named in the log; refused ones end the start. All others
of upstream's work.

${limitationTable(
  "plugin",
  admissionPluginRows.map((row) => ({ names: row.plugins, limitation: row })),
)}

## Feature gates
${gateSentence()}
`;
}

/** docs/features.md and docs/flags.md, from the tables in lib/api/capabilities. */
export function capabilityDocuments(): GeneratedFile[] {
  return [
    { path: "docs/features.md", content: featuresDocument() },
    { path: "docs/flags.md", content: flagsDocument() },
  ];
}
