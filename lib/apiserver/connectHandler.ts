import { apiErrors } from "../api/status.js";
import type { Authorizer } from "./authorization/authorizer.js";
import { attributesOf } from "./authorizeRequest.js";
import type { ConnectObjects, KubeletConnector } from "./connect.js";
import { methodNotAllowed, resourceNotFound } from "./plainError.js";
import type { Registry } from "./registry/registry.js";
import { admissionAttributes } from "./registry/writeObject.js";
import type { ResourceRequestInfo } from "./requestInfo.js";
import type { AuthenticatedRequest } from "./serverRequest.js";
import type { ServerResult } from "./serverResult.js";

const methodVerbs: Readonly<Record<string, string>> = {
  GET: "get",
  HEAD: "get",
  POST: "create",
  PUT: "update",
  PATCH: "patch",
  DELETE: "delete",
};

/** Passes log, exec, attach, port-forward and proxy requests on, after CONNECT admission. */
export class ConnectHandler {
  readonly #registry: Registry;
  readonly #objects: ConnectObjects;
  readonly #authorizer: Authorizer;
  readonly #connector: KubeletConnector | undefined;

  constructor(
    registry: Registry,
    objects: ConnectObjects,
    authorizer: Authorizer,
    connector: KubeletConnector | undefined,
  ) {
    this.#registry = registry;
    this.#objects = objects;
    this.#authorizer = authorizer;
    this.#connector = connector;
  }

  async handle(request: AuthenticatedRequest, info: ResourceRequestInfo): Promise<ServerResult> {
    const resource = this.#registry.find(info.group, info.version, info.resource);
    const subresource = resource?.subresources.get(info.subresource);
    if (resource === undefined || subresource === undefined || info.name === "") {
      throw resourceNotFound();
    }
    const isProxy = info.subresource === "proxy";
    if (!isProxy && info.subpath !== "") {
      throw resourceNotFound();
    }
    const verb = methodVerbs[request.method];
    if (
      !isProxy &&
      (request.method === "HEAD" || verb === undefined || !subresource.verbs.includes(verb))
    ) {
      throw methodNotAllowed();
    }
    await this.#authorizeUpgrade(request, info);
    const target = {
      resource,
      namespace: info.namespace,
      name: info.name,
      subresource: info.subresource,
    };
    if (info.subresource !== "log") {
      const { admission } = this.#registry.dependencies;
      const attributes = admissionAttributes(request, target, {
        operation: "CONNECT",
        object: undefined,
        oldObject: () => undefined,
        options: () => ({
          kind: subresource.kind,
          apiVersion: "v1",
          ...Object.fromEntries(request.query ?? []),
        }),
      });
      await admission.admit(attributes);
      await admission.validate(attributes);
    }
    const transport = request.connectTransport;
    if (this.#connector === undefined || transport === undefined) {
      throw apiErrors.serviceUnavailable("this server has no connection to kubelets");
    }
    await this.#connector.connect(
      { user: request.user, info, query: request.query ?? new URLSearchParams() },
      transport,
      this.#objects,
    );
    return { kind: "sent" };
  }

  /**
   * A WebSocket begins with GET, but running a command is no reading: create is asked for as
   * well.
   */
  async #authorizeUpgrade(request: AuthenticatedRequest, info: ResourceRequestInfo): Promise<void> {
    const runs = ["exec", "attach", "portforward"].includes(info.subresource);
    if (!runs || request.method !== "GET" || request.trustedUser !== undefined) {
      return;
    }
    const attributes = { ...attributesOf(info, request.user), verb: "create" };
    const decision = await this.#authorizer.authorize(attributes);
    if (decision.outcome !== "allow") {
      throw apiErrors.forbidden(
        { group: info.group, resource: info.resource },
        info.name,
        `User ${JSON.stringify(request.user.name)} cannot create resource ` +
          `"${info.resource}/${info.subresource}" in API group "" in the namespace ` +
          JSON.stringify(info.namespace),
      );
    }
  }
}
