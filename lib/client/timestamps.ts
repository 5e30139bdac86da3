import { formatMicroTime, parseTime } from "../api/time.js";

/** A metav1.MicroTime of milliseconds since the epoch. */
export function microTimestamp(milliseconds: number): string {
  return formatMicroTime(milliseconds * 1000);
}

/** Milliseconds since the epoch; undefined for an absent or unreadable time. */
export function parseTimestamp(text: string | undefined | null): number | undefined {
  return parseTime(text);
}
