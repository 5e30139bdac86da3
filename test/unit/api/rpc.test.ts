import assert from "node:assert/strict";
import type protobuf from "protobufjs";
import { decodeMessage, encodeMessage } from "../../../lib/api/messageCodec.js";
import { dynamicPath, rpcMethods } from "../../../lib/api/rpcMethods.js";
import { apiErrorOf, rpcErrorOf } from "../../../lib/api/rpcStatus.js";
import { apiErrors } from "../../../lib/api/status.js";
import { RpcCode, RpcError } from "../../../lib/platform/rpc.js";
import { listProtoFiles, loadProtoFiles } from "../../../proto/generators/model.js";

describe("gRPC services", () => {
  const root = loadProtoFiles("proto", listProtoFiles("proto", "steersman"));

  it("have every method of the runtime table, with its messages", () => {
    const seen = new Set<string>();
    for (const [path, method] of rpcMethods()) {
      const declared = root.lookupService(method.service).methods[method.name];
      assert.ok(declared, path);
      declared.resolve();
      seen.add(path);
      assert.equal(declared.responseStream === true, method.isStream, path);
      if (method.response === "object") {
        assert.equal(declared.resolvedResponseType?.fullName, `.${method.responseMessage}`, path);
      }
      if (method.requestMessage !== undefined) {
        const object = declared.resolvedRequestType?.fields.object;
        assert.equal(object?.resolvedType?.fullName, `.${method.requestMessage}`, path);
      }
    }
    assert.ok(seen.has("/steersman.api.core.v1.PodService/Evict"));
    assert.ok(seen.has("/steersman.api.apps.v1.DeploymentService/UpdateScale"));
    assert.equal(seen.has("/steersman.api.core.v1.PodService/CreateExec"), false);
    assert.equal(dynamicPath("deletecollection"), "/steersman.v1.Dynamic/DeleteCollection");
  });

  it("use the field numbers of the opaque messages in every typed one", () => {
    const opaque = (name: string) => root.lookupType(`steersman.v1.${name}`);
    for (const { service, name, request, response } of rpcMethods().values()) {
      const method = root.lookupService(service).methods[name]!;
      const pairs: [protobuf.Type | null, string][] = [[method.resolvedRequestType, request]];
      if (response !== "object") pairs.push([method.resolvedResponseType, response]);
      for (const [typed, like] of pairs) {
        for (const field of typed!.fieldsArray) {
          const twin = opaque(like).fields[field.name];
          assert.equal(twin?.id, field.id, `${typed!.fullName}.${field.name}`);
          assert.equal(twin.repeated, field.repeated, `${typed!.fullName}.${field.name}`);
        }
      }
    }
  });
});

describe("messages around objects", () => {
  const types = loadProtoFiles("proto", ["steersman/v1/dynamic.proto"]);

  it("are what protobufjs writes and reads", () => {
    const request = {
      namespace: "default",
      name: "ü",
      options: { resourceVersion: "12" },
      resource: { group: "apps", version: "v1", resource: "deployments" },
    };
    const type = types.lookupType("steersman.v1.GetRequest");
    const bytes = encodeMessage("GetRequest", request);
    assert.deepEqual(Buffer.from(bytes), Buffer.from(type.encode(request).finish()));
    assert.deepEqual(decodeMessage("GetRequest", bytes), request);
  });

  it("keep numbers, flags, lists and bytes", () => {
    const request = {
      namespace: "",
      deleteOptions: {
        gracePeriodSeconds: -1,
        orphanDependents: false,
        dryRun: ["All", ""],
        preconditions: { uid: "u" },
      },
      listOptions: { limit: 2 ** 40, timeoutSeconds: 0, sendInitialEvents: true },
    };
    const bytes = encodeMessage("DeleteCollectionRequest", request);
    assert.deepEqual(decodeMessage("DeleteCollectionRequest", bytes), request);
    const type = types.lookupType("steersman.v1.DeleteCollectionRequest");
    const read = type.toObject(type.decode(bytes), { longs: Number });
    assert.deepEqual(read.deleteOptions.gracePeriodSeconds, -1);
    assert.deepEqual(read.listOptions.limit, 2 ** 40);
    const chunk = { items: [Buffer.from("a"), Buffer.alloc(0), Buffer.alloc(300, 7)] };
    const items = decodeMessage("ListChunk", encodeMessage("ListChunk", chunk)).items;
    assert.deepEqual(
      items?.map((i) => Buffer.from(i)),
      chunk.items,
    );
  });

  it("skip what they do not know and refuse what is cut short", () => {
    const unknown = Uint8Array.of(0xf8, 0x07, 0x01, 0xfa, 0x07, 0x01, 0x61);
    const known = encodeMessage("ObjectResponse", { object: Uint8Array.of(1) });
    const both = decodeMessage("ObjectResponse", Buffer.concat([unknown, known]));
    assert.deepEqual([...both.object!], [1]);
    assert.throws(() => decodeMessage("ObjectResponse", Uint8Array.of(0x0a, 5, 1)), RangeError);
  });
});

describe("errors over gRPC", () => {
  it("carry the whole Status", () => {
    const error = apiErrors.invalid({ group: "apps", kind: "Deployment" }, "web", [
      { type: "FieldValueRequired", field: "spec.selector", detail: "Required value" },
    ]);
    const rpc = rpcErrorOf(error.status);
    assert.equal(rpc.code, RpcCode.invalidArgument);
    assert.deepEqual(apiErrorOf(rpc).status, error.status);
  });

  it("tell conflicts apart", () => {
    const pods = { group: "", resource: "pods" };
    assert.equal(rpcErrorOf(apiErrors.alreadyExists(pods, "a").status).code, RpcCode.alreadyExists);
    assert.equal(rpcErrorOf(apiErrors.conflict(pods, "a").status).code, RpcCode.aborted);
  });

  it("become a Status of the same meaning where they carry none", () => {
    const { status } = apiErrorOf(new RpcError(RpcCode.unavailable, "no connection"));
    assert.equal(status.reason, "ServiceUnavailable");
    assert.equal(status.code, 503);
    assert.equal(status.message, "no connection");
    assert.equal(apiErrorOf(new RpcError(RpcCode.dataLoss, "x")).code, 500);
  });
});
