import { timeZoneAreas } from "./timeZoneAreas.js";

/** Made on first use, since most processes never ask. */
let known: ReadonlySet<string> | undefined;

function knownNames(): ReadonlySet<string> {
  known ??= new Set([
    ...Object.entries(timeZoneAreas).flatMap(([area, names]) =>
      area === "" ? names : names.map((name) => `${area}/${name}`),
    ),
    // Zones that are newer than the table.
    ...Intl.supportedValuesOf("timeZone"),
  ]);
  return known;
}

/**
 * Why a name is no location, as Go's time.LoadLocation says it; undefined where it is one. Names are
 * those of the IANA database, case and all; the empty name is UTC, `Local` the reader's own zone.
 */
export function locationProblem(name: string): string | undefined {
  if (name === "" || name === "UTC" || name === "Local") return undefined;
  if (/^[/\\]/.test(name) || name.split(/[/\\]/).includes("..")) {
    return "time: invalid location name";
  }
  return knownNames().has(name) ? undefined : `unknown time zone ${name}`;
}
