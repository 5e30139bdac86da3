import type { Pod } from "../../lib/api/gen/types/coreV1.js";

/**
 * About 1.3 KB as it is sent, and 4 KB with what the server adds. Nobody schedules it unless asked:
 * what is measured is the API.
 */
export function benchPod(name: string, schedulerName = "nobody"): Pod {
  const environment = Array.from({ length: 12 }, (_, i) => ({
    name: `VARIABLE_${i}`,
    value: `value-of-the-variable-${i}-${"x".repeat(24)}`,
  }));
  return {
    metadata: { name, namespace: "default", labels: { app: "bench", tier: "web" } },
    spec: {
      schedulerName,
      containers: [
        {
          name: "web",
          image: "registry.local/web:1",
          env: environment,
          ports: [{ containerPort: 80 }],
          resources: { requests: { cpu: "100m", memory: "64Mi" }, limits: { memory: "128Mi" } },
        },
      ],
    },
  };
}
