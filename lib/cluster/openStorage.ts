import type { Logger } from "../platform/logger.js";
import type { Platform } from "../platform/platform.js";
import { makeDataDirectory } from "../platform/privateDirectory.js";
import { type EmbeddedStorage, openEmbeddedStorage } from "../storage/embeddedStorage.js";
import { StorageError } from "../storage/storage.js";
import { formOption, type StoredForm } from "./storedForm.js";

/**
 * The embedded store under a folder; what opening it came upon is logged. Throws an Error that
 * names the folder and says what is wrong with it.
 */
export async function openStorage(
  platform: Platform,
  directory: string,
  logger: Logger,
  form: StoredForm = "protobuf",
  isShared = false,
): Promise<EmbeddedStorage> {
  try {
    await makeDataDirectory(platform.files, directory);
    const storage = await openEmbeddedStorage({
      clock: platform.clock,
      directory: `${directory}/store`,
      ...formOption(form),
      isShared,
    });
    for (const { kind, text } of storage.findings) {
      logger.warning("The store was recovered", { kind, finding: text });
    }
    return storage;
  } catch (error) {
    const why =
      error instanceof StorageError
        ? `${error.reason}: ${error.message}`
        : (error as Error).message;
    throw new Error(`${directory}: ${why}`);
  }
}
