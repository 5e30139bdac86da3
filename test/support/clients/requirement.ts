/**
 * Runs what a suite cannot do without (a compiler, packages from a registry). Where it fails, the
 * continuous integration fails; elsewhere the suite is skipped and says why.
 */
export async function requirement<T>(
  context: Mocha.Context,
  what: string,
  provide: () => T | Promise<T>,
): Promise<T> {
  try {
    return await provide();
  } catch (error) {
    if (process.env.CI === "true") throw error;
    const [line] = String(error instanceof Error ? error.message : error).split("\n", 1);
    console.log(`      skipped: needs ${what}: ${line}`);
    return context.skip();
  }
}
