import type { Files } from "../../platform/files.js";

/** What real nodes change: this program, CNI's plugins and the proxy. */
const paths = ["net/ipv4/ip_forward", "net/ipv4/conf/all/route_localnet"];

/** Remembers the kernel's settings in a file, so that also the run after a crash restores them. */
export class KeptSysctls {
  constructor(
    readonly files: Files,
    readonly file: string,
  ) {}

  /** Does nothing where an earlier run's memory is still there. */
  async keep(): Promise<void> {
    if (await this.files.exists(this.file)) return;
    const values: Record<string, string> = {};
    for (const path of paths) {
      values[path] = (await this.files.readText(`/proc/sys/${path}`)).trim();
    }
    await this.files.replaceFile(this.file, JSON.stringify(values));
  }

  async restore(): Promise<void> {
    if (!(await this.files.exists(this.file))) return;
    const values = JSON.parse(await this.files.readText(this.file)) as Record<string, string>;
    for (const path of paths) {
      const value = values[path];
      if (value !== undefined) await this.files.writeFile(`/proc/sys/${path}`, `${value}\n`);
    }
    await this.files.remove(this.file);
  }
}
