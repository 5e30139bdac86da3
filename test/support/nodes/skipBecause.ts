/** Skips a test, or in a hook its suite, and says why; goes on where there is no reason. */
export function skipBecause(context: Mocha.Context, reason: string | undefined): void {
  if (reason === undefined) return;
  const runnable = context.test;
  if (runnable) runnable.title += ` (skipped: ${reason})`;
  context.skip();
}
