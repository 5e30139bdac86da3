import type { ComponentCheck } from "../../apiserver/registry/componentStatuses.js";
import type { Platform } from "../../platform/platform.js";

const timeoutMilliseconds = 5_000;

/** Where the managers' health is by default; upstream asks nowhere else either. */
const managers = [
  { name: "scheduler", port: 10_259 },
  { name: "controller-manager", port: 10_257 },
];

/** Asks the managers of this machine how they are, as ComponentStatus tells it. */
export function componentChecks(platform: Platform): ComponentCheck[] {
  return managers.map(({ name, port }) => ({
    name,
    check: async () => {
      const url = `https://127.0.0.1:${port}/healthz`;
      const http = platform.network.httpClient();
      try {
        // Their certificates are their own, and nothing secret is said.
        const tls = { insecureSkipVerify: true };
        const answer = await http.call({ url, tls, timeoutMilliseconds });
        const text = Buffer.from(await answer.readAll()).toString("utf8");
        if (answer.status !== 200) throw new Error(text);
        return text;
      } catch (error) {
        throw new Error(`Get "${url}": ${(error as Error).message}`);
      } finally {
        http.close();
      }
    },
  }));
}
