import { gitVersion } from "../versions.js";

export type Json = string | number | boolean | Json[] | { [key: string]: Json | undefined };
export type Schema = { [key: string]: Json | undefined };

/** Definitions that stand for no message. */
export const extraDefinitions = {
  patch: "io.k8s.apimachinery.pkg.apis.meta.v1.Patch",
  version: "io.k8s.apimachinery.pkg.version.Info",
} as const;

/** What documents begin and end with. */
export const info = { title: "Kubernetes", version: gitVersion };
export const bearerToken = {
  BearerToken: {
    description: "A bearer token.",
    type: "apiKey",
    name: "authorization",
    in: "header",
  },
};

export function documentV3(paths: Schema, schemas: Schema): Schema {
  return {
    openapi: "3.0.0",
    info,
    paths,
    components: { schemas, securitySchemes: bearerToken },
    security: [{ BearerToken: [] }],
  };
}

/** How a document names the definitions of messages, and points at them. */
export interface Definitions {
  readonly version: 2 | 3;
  /** `io.k8s.api.core.v1.Pod` for the message `k8s.io.api.core.v1.Pod`. */
  definitionName(message: string): string;
}

export function reference({ version }: Definitions, definition: string): Schema {
  const prefix = version === 2 ? "#/definitions/" : "#/components/schemas/";
  return { $ref: prefix + definition };
}
