import type { ServerRequest } from "../serverRequest.js";

/**
 * Before anything is written: a request whose deadline has passed has been told so, and writes
 * nothing any more.
 */
export function refuseLateWrite({ passedDeadline }: ServerRequest): void {
  if (passedDeadline !== undefined) throw passedDeadline;
}
