import assert from "node:assert/strict";
import { fieldErrors } from "../../../lib/api/fieldErrors.js";
import { type ApiError, apiErrors, hasReason, successStatus } from "../../../lib/api/status.js";

const pods = { group: "", resource: "pods" };
const deployments = { group: "apps", resource: "deployments" };
const none = { group: "", resource: "" };

describe("the catalogue of errors", () => {
  const rows: [error: ApiError, code: number, reason: string, message: string][] = [
    [apiErrors.notFound(pods, "x"), 404, "NotFound", 'pods "x" not found'],
    [
      apiErrors.alreadyExists(deployments, "x"),
      409,
      "AlreadyExists",
      'deployments.apps "x" already exists',
    ],
    [
      apiErrors.generateNameConflict(pods, "x-1", 1),
      409,
      "AlreadyExists",
      'pods "x-1" already exists, the server was not able to generate a unique name for the object',
    ],
    [
      apiErrors.conflict(deployments, "x"),
      409,
      "Conflict",
      'Operation cannot be fulfilled on deployments.apps "x": the object has been modified; ' +
        "please apply your changes to the latest version and try again",
    ],
    [apiErrors.unauthorized(), 401, "Unauthorized", "Unauthorized"],
    [apiErrors.forbidden(pods, "x", "no"), 403, "Forbidden", 'pods "x" is forbidden: no'],
    [apiErrors.forbidden(pods, "", "no"), 403, "Forbidden", "pods is forbidden: no"],
    [apiErrors.forbidden(none, "", "no"), 403, "Forbidden", "forbidden: no"],
    [apiErrors.badRequest("odd"), 400, "BadRequest", "odd"],
    [apiErrors.gone("gone"), 410, "Gone", "gone"],
    [apiErrors.expired("old"), 410, "Expired", "old"],
    [apiErrors.tooManyRequests("later", 2), 429, "TooManyRequests", "later"],
    [
      apiErrors.methodNotSupported(deployments, "create"),
      405,
      "MethodNotAllowed",
      'create is not supported on resources of kind "deployments.apps"',
    ],
    [apiErrors.timeout("slow"), 504, "Timeout", "Timeout: slow"],
    [
      apiErrors.tooLargeResourceVersion(9n, 3n),
      504,
      "Timeout",
      "Timeout: Too large resource version: 9, current: 3",
    ],
    [
      apiErrors.serverTimeout(pods, "list", 0),
      500,
      "ServerTimeout",
      "The list operation against pods could not be completed at this time, please try again.",
    ],
    [apiErrors.serviceUnavailable("away"), 503, "ServiceUnavailable", "away"],
    [
      apiErrors.requestEntityTooLarge("limit is 3145728"),
      413,
      "RequestEntityTooLarge",
      "Request entity too large: limit is 3145728",
    ],
    [
      apiErrors.notAcceptable(["a/b", "c/d"]),
      406,
      "NotAcceptable",
      "only the following media types are accepted: a/b, c/d",
    ],
    [
      apiErrors.unsupportedMediaType(["a/b"]),
      415,
      "UnsupportedMediaType",
      "the body of the request was in an unknown format - accepted media types include: a/b",
    ],
    [apiErrors.internal(new Error("oops")), 500, "InternalError", "Internal error occurred: oops"],
  ];
  for (const [error, code, reason, message] of rows) {
    it(`says: ${message}`, () => {
      assert.equal(error.code, code);
      assert.equal(error.reason, reason);
      assert.equal(error.message, message);
      const { kind, apiVersion, metadata, status } = error.status;
      assert.deepEqual(
        { kind, apiVersion, metadata, status },
        { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure" },
      );
    });
  }

  it("names the object in the details", () => {
    const { details } = apiErrors.notFound(deployments, "x").status;
    assert.deepEqual(details, { name: "x", group: "apps", kind: "deployments" });
    assert.deepEqual(apiErrors.timeout("a").status.details, {});
    assert.equal(apiErrors.badRequest("a").status.details, undefined);
    assert.equal(apiErrors.tooManyRequests("a", 3).retryAfterSeconds, 3);
    assert.deepEqual(apiErrors.tooManyRequests("a", 0).status.details, {});
  });

  it("lists the causes of an invalid object", () => {
    const kind = { group: "apps", kind: "Deployment" };
    const errors = [
      fieldErrors.required("spec.selector", ""),
      fieldErrors.invalid("spec.replicas", -1, "must be greater than or equal to 0"),
    ];
    const one = apiErrors.invalid(kind, "web", errors.slice(0, 1));
    const required = 'Deployment.apps "web" is invalid: spec.selector: Required value';
    assert.equal(one.message, required);
    assert.equal(one.code, 422);
    const two = apiErrors.invalid(kind, "web", errors);
    assert.equal(
      two.message,
      'Deployment.apps "web" is invalid: [spec.selector: Required value, ' +
        "spec.replicas: Invalid value: -1: must be greater than or equal to 0]",
    );
    assert.deepEqual(two.status.details, {
      name: "web",
      group: "apps",
      kind: "Deployment",
      causes: [
        { reason: "FieldValueRequired", message: "Required value", field: "spec.selector" },
        {
          reason: "FieldValueInvalid",
          message: "Invalid value: -1: must be greater than or equal to 0",
          field: "spec.replicas",
        },
      ],
    });
    assert.equal(apiErrors.invalid(kind, "web", []).message, 'Deployment.apps "web" is invalid');
  });

  it("tells reasons", () => {
    const error = apiErrors.notFound(pods, "x");
    assert.ok(hasReason(error, "Conflict", "NotFound"));
    assert.equal(hasReason(error, "Conflict"), false);
    assert.equal(hasReason(new Error("NotFound"), "NotFound"), false);
  });

  it("makes errors of answers without a Status", () => {
    const missing = apiErrors.ofResponse(404, "GET", pods, "x", "404 page not found");
    assert.equal(missing.message, "the server could not find the requested resource (get pods x)");
    assert.equal(missing.reason, "NotFound");
    assert.deepEqual(missing.status.details?.causes, [
      { reason: "UnexpectedServerResponse", message: "404 page not found" },
    ]);
    assert.equal(apiErrors.ofResponse(409, "POST", pods, "", "").reason, "AlreadyExists");
    assert.equal(apiErrors.ofResponse(409, "PUT", pods, "x", "").reason, "Conflict");
    assert.equal(apiErrors.ofResponse(502, "GET", none, "", "bad").reason, "InternalError");
    assert.equal(apiErrors.ofResponse(418, "GET", none, "", "").reason, "");
  });

  it("has a Status for success", () => {
    assert.deepEqual(successStatus({ name: "x", kind: "pods" }), {
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Success",
      details: { name: "x", kind: "pods" },
    });
  });
});

describe("field errors", () => {
  const rows: [detail: string, expected: string][] = [
    [fieldErrors.required("f", "why").detail, "Required value: why"],
    [fieldErrors.invalid("f", 'a"b', "no").detail, 'Invalid value: "a\\"b": no'],
    [fieldErrors.invalid("f", null, "no").detail, "Invalid value: null: no"],
    [fieldErrors.invalid("f", { a: 1 }, "no").detail, 'Invalid value: {"a":1}: no'],
    [fieldErrors.typeInvalid("f", true, "no").detail, "Invalid value: true: no"],
    [
      fieldErrors.notSupported("f", "x", ["a", "b"]).detail,
      'Unsupported value: "x": supported values: "a", "b"',
    ],
    [fieldErrors.duplicate("f", "x").detail, 'Duplicate value: "x"'],
    [fieldErrors.notFound("f", "x").detail, 'Not found: "x"'],
    [fieldErrors.forbidden("f", "no").detail, "Forbidden: no"],
    [fieldErrors.tooLong("f", 63).detail, "Too long: may not be more than 63 bytes"],
    [fieldErrors.tooLong("f", 1).detail, "Too long: may not be more than 1 byte"],
    [fieldErrors.tooMany("f", 3, 2).detail, "Too many: 3: must have at most 2 items"],
    [fieldErrors.internal("f", "oops").detail, "Internal error: oops"],
  ];
  for (const [detail, expected] of rows) {
    it(`say: ${expected}`, () => assert.equal(detail, expected));
  }
});
