import { mediaTypes } from "../mediaTypes.js";
import { nativeCodec } from "../nativeCodec.js";
import { apiErrors } from "../status.js";
import { formatTime } from "../time.js";
import { versionInfo } from "../versions.js";

/** What `/statusz` and `/flagz` of one component tell. */
export interface ZPages {
  /** As upstream names it: apiserver, kube-scheduler, … */
  readonly component: string;
  readonly startedMilliseconds: number;
  /** In effect, by name; undefined where there is no command line, and so no `/flagz`. */
  readonly flags?: ReadonlyMap<string, string>;
  /** The beginnings of the paths that are served. */
  readonly paths: readonly string[];
}

export interface ZPage {
  readonly code: number;
  readonly contentType: string;
  readonly body: string;
}

type Form = { readonly kind: "text" } | Structured;

interface Structured {
  readonly kind: "structured";
  readonly mediaType: (typeof mediaTypes)["json" | "yaml"];
  readonly version: string;
}

const versions = ["v1alpha1", "v1beta1"];
const plainText = "text/plain; charset=utf-8";
const warning =
  "Warning: This endpoint is not meant to be machine parseable, has no formatting compatibility " +
  "guarantees and is for debugging purposes only.";

/** Undefined for other paths. People read text; programs ask for `;as=Statusz` or `;as=Flagz`. */
export function zPage(path: string, accept: string, pages: ZPages, now: number): ZPage | undefined {
  const isStatus = path === "/statusz";
  if (!isStatus && (path !== "/flagz" || pages.flags === undefined)) return undefined;
  const form = formOf(accept, isStatus ? "Statusz" : "Flagz");
  if (form === undefined) return notAcceptable();
  if (form.kind === "text") {
    const body = isStatus ? statusText(pages, now) : flagsText(pages);
    return { code: 200, contentType: plainText, body };
  }
  return structured(form, isStatus ? "Statusz" : "Flagz", {
    metadata: { name: pages.component },
    ...(isStatus ? status(pages, now) : { flags: Object.fromEntries(sorted(pages)) }),
  });
}

function notAcceptable(): ZPage {
  const types = [mediaTypes.json, mediaTypes.yaml, "text/plain"];
  const body = JSON.stringify(apiErrors.notAcceptable(types).status, undefined, 2);
  return { code: 406, contentType: mediaTypes.json, body };
}

function structured(form: Structured, kind: string, content: object): ZPage {
  const document = { kind, apiVersion: `config.k8s.io/${form.version}`, ...content };
  const json = JSON.stringify(document, undefined, 2);
  return {
    code: 200,
    contentType: `${form.mediaType};g=config.k8s.io;v=${form.version};as=${kind}`,
    body:
      form.mediaType === mediaTypes.json
        ? json
        : Buffer.from(nativeCodec.jsonToYaml(Buffer.from(json))).toString("utf8"),
  };
}

function status(pages: ZPages, now: number) {
  const { goVersion } = versionInfo("", "");
  return {
    startTime: formatTime(pages.startedMilliseconds),
    uptimeSeconds: uptime(pages, now),
    goVersion,
    binaryVersion: release(),
    emulationVersion: release(),
    paths: allPaths(pages),
  };
}

function release(): string {
  const { major, minor } = versionInfo("", "");
  return `${major}.${minor}`;
}

function uptime(pages: ZPages, now: number): number {
  return Math.floor((now - pages.startedMilliseconds) / 1000);
}

function allPaths({ paths, flags }: ZPages): string[] {
  return [...paths, "/statusz", ...(flags === undefined ? [] : ["/flagz"])].sort();
}

function statusText(pages: ZPages, now: number): string {
  const up = uptime(pages, now);
  const two = (part: number): string => String(Math.floor(part)).padStart(2, "0");
  return [
    "",
    `${pages.component} statusz`,
    warning,
    "",
    `Started: ${unixDate(pages.startedMilliseconds)}`,
    `Up: ${Math.floor(up / 3600)} hr ${two((up / 60) % 60)} min ${two(up % 60)} sec`,
    `Go version: ${versionInfo("", "").goVersion}`,
    `Binary version: ${release()}`,
    `Emulation version: ${release()}`,
    `Paths: ${allPaths(pages).join(" ")}`,
    "",
  ].join("\n");
}

function flagsText(pages: ZPages): string {
  const lines = sorted(pages).map(([name, value]) => `${name}:${value}`);
  return ["", `${pages.component} flagz`, warning, ...lines, ""].join("\n");
}

function sorted({ flags }: ZPages): [string, string][] {
  return [...(flags ?? [])].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** `Sat Nov 28 16:27:31 UTC 2026`. */
function unixDate(milliseconds: number): string {
  const text = new Date(milliseconds).toUTCString();
  const [, weekday, day = "", month, year, time] =
    /^(\w+), (\d+) (\w+) (\d+) (\S+)/.exec(text) ?? [];
  return `${weekday} ${month} ${day.replace(/^0/, " ")} ${time} UTC ${year}`;
}

/** The client's first choice among what there is; undefined where there is nothing for it. */
function formOf(accept: string, kind: string): Form | undefined {
  const clauses = (accept.trim() === "" ? "*/*" : accept).split(",").map((clause) => {
    const [type = "", ...rest] = clause.split(";").map((part) => part.trim());
    const parameters = new Map(rest.map((part) => part.split("=", 2) as [string, string]));
    return { type: type.toLowerCase(), parameters, quality: Number(parameters.get("q") ?? 1) };
  });
  clauses.sort((a, b) => b.quality - a.quality);
  for (const { type, parameters } of clauses) {
    const version = parameters.get("v") ?? "";
    const isAsked = parameters.get("as") === kind && parameters.get("g") === "config.k8s.io";
    if (!parameters.has("as")) {
      if (["text/plain", "text/*", "*/*"].includes(type)) return { kind: "text" };
    } else if (isAsked && versions.includes(version)) {
      if (type === mediaTypes.json || type === mediaTypes.yaml) {
        return { kind: "structured", mediaType: type, version };
      }
    }
  }
  return undefined;
}
