import { formatMicroTime } from "../api/time.js";

/** A metav1.MicroTime of milliseconds since the epoch. */
export function microTimestamp(milliseconds: number): string {
  return formatMicroTime(milliseconds * 1000);
}
