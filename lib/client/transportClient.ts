import type { Status } from "../api/gen/types/metaV1.js";
import { mediaTypes } from "../api/mediaTypes.js";
import { isDns1123Label } from "../api/names.js";
import { shown } from "../api/optionChecks.js";
import { type ResourceType, resourceTypeCheck } from "../api/resourceType.js";
import { ApiError, apiErrors } from "../api/status.js";
import type { HttpClientResponse } from "../platform/network.js";
import type { Client, DynamicResourceType, RawRequest } from "./client.js";
import type { DynamicObject, KubernetesObject, ResourceClient } from "./resourceClient.js";
import type { Transport } from "./transport.js";
import { TransportResourceClient } from "./transportResourceClient.js";

const maxErrorBytes = 64 * 1024;

/** The client over any transport. */
export class TransportClient implements Client {
  readonly #transport: Transport;
  readonly namespace: string | undefined;

  readonly #over: AbortController;

  constructor(transport: Transport, namespace?: string, over = new AbortController()) {
    this.#transport = transport;
    this.namespace = namespace;
    this.#over = over;
  }

  get closed(): AbortSignal {
    return this.#over.signal;
  }

  inNamespace(namespace: string): Client {
    if (typeof namespace === "string" && isDns1123Label(namespace).length === 0) {
      return new TransportClient(this.#transport, namespace, this.#over);
    }
    throw apiErrors.badRequest(`${JSON.stringify(namespace)} is no name of a namespace`);
  }

  get transport(): "rpc" | "rest" {
    return this.#transport.kind;
  }

  get server(): string {
    return this.#transport.server;
  }

  resource<T>(type: ResourceType<T>): ResourceClient<T> {
    refuseNoType(type);
    return new TransportResourceClient<T>(this.#transport, type, this.namespace);
  }

  dynamic(type: DynamicResourceType): ResourceClient<DynamicObject> {
    refuseNoType(type);
    return new TransportResourceClient<DynamicObject>(this.#transport, type, this.namespace);
  }

  metadata(type: DynamicResourceType): ResourceClient<KubernetesObject> {
    refuseNoType(type);
    const { group, kind, namespaced, resource, version } = type;
    // Without the type's messages: the answers are none of them.
    const metadataType = { group, kind, namespaced, resource, version, metadataOnly: true };
    return new TransportResourceClient<KubernetesObject>(
      this.#transport,
      metadataType,
      this.namespace,
    );
  }

  async raw(request: RawRequest): Promise<HttpClientResponse> {
    refuseNoRequest(request);
    return this.#transport.raw(request);
  }

  async rawJson(path: string, signal?: AbortSignal): Promise<unknown> {
    const answer = await this.raw({
      path,
      headers: { accept: mediaTypes.json },
      ...(signal === undefined ? {} : { signal }),
    });
    if (answer.status >= 200 && answer.status < 300) {
      const text = Buffer.from(await answer.readAll()).toString("utf8");
      try {
        return JSON.parse(text);
      } catch {
        throw apiErrors.badRequest(
          `the response of ${path} is not JSON: client.raw gives its text`,
        );
      }
    }
    throw errorOfResponse(
      answer.status,
      "get",
      { group: "", resource: "" },
      "",
      Buffer.from(await answer.readAll(maxErrorBytes)).toString("utf8"),
    );
  }

  close(): void {
    this.#over.abort(closedError());
    this.#transport.close();
  }
}

function closedError(): ApiError {
  return apiErrors.serviceUnavailable("the client is closed, or the cluster it is of has stopped");
}

/** Throws BadRequest for what does not name a resource. */
function refuseNoType(type: unknown): void {
  const wanted = resourceTypeCheck(type);
  if (wanted !== undefined) throw apiErrors.badRequest(`${shown(type)} is not ${wanted}`);
}

/** Throws BadRequest for what is no request. */
function refuseNoRequest(request: RawRequest | undefined): void {
  const path = request?.path;
  if (typeof path === "string" && path.startsWith("/")) return;
  const example = 'raw needs a path that begins with a slash, as in { path: "/version" }';
  throw apiErrors.badRequest(`${example}; ${shown(path)} is none`);
}

/** A Status error over HTTP: the Status in the body, or one made from the code. */
export function errorOfResponse(
  code: number,
  verb: string,
  resource: { group: string; resource: string },
  name: string,
  body: string,
): ApiError {
  try {
    const status = JSON.parse(body) as Partial<Status>;
    if (status.kind === "Status" && status.status === "Failure") {
      return new ApiError({ ...(status as Status), code: status.code ?? code });
    }
  } catch {
    // Not JSON: the code alone must do.
  }
  return apiErrors.ofResponse(code, verb, resource, name, body);
}
