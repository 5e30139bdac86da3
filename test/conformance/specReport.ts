import { existsSync, readFileSync } from "node:fs";
import type { Verdict, Verdicts } from "./verdict.js";

/** What the tests' runner writes of each (ginkgo's JSON report, as far as it is read here). */
interface SpecReport {
  readonly ContainerHierarchyTexts: readonly string[] | null;
  readonly LeafNodeText: string;
  readonly State: string;
  readonly RunTime: number;
  readonly NumAttempts: number;
  readonly Failure?: {
    readonly Message?: string;
    readonly Location?: { readonly FileName: string; readonly LineNumber: number };
  };
}

const maxReasonLength = 400;

function reasonOf({ State, Failure }: SpecReport): string {
  const message = (Failure?.Message ?? "").replace(/\s+/g, " ").trim().slice(0, maxReasonLength);
  const { FileName = "", LineNumber = 0 } = Failure?.Location ?? {};
  const place = FileName === "" ? "" : ` (${FileName.split("/").at(-1)}:${LineNumber})`;
  return `${State === "failed" ? "" : `${State}: `}${message}${place}`;
}

function verdictOf(spec: SpecReport): Verdict | undefined {
  const seconds = Math.round(spec.RunTime / 1e8) / 10;
  if (spec.State === "passed") return { result: "passed", seconds };
  // Those that were not asked for are skipped without an attempt.
  if (spec.State === "skipped" || spec.State === "pending") {
    if (spec.NumAttempts === 0 || spec.Failure?.Message === undefined) return undefined;
    return { result: "not run", reason: reasonOf(spec) };
  }
  return { result: "failed", seconds, reason: reasonOf(spec) };
}

/** Verdicts of a report's file about these tests; none where there is no whole report. */
export function readSpecReport(path: string, names: readonly string[]): Verdicts {
  const verdicts: Verdicts = new Map();
  if (!existsSync(path)) return verdicts;
  const [suite] = JSON.parse(readFileSync(path, "utf8")) as { SpecReports: SpecReport[] | null }[];
  const wanted = new Set(names);
  for (const spec of suite?.SpecReports ?? []) {
    const name = [...(spec.ContainerHierarchyTexts ?? []), spec.LeafNodeText].join(" ");
    if (!wanted.has(name)) continue;
    const verdict = verdictOf(spec);
    if (verdict) verdicts.set(name, verdict);
  }
  return verdicts;
}
