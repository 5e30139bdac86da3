import assert from "node:assert/strict";
import type {
  NonResourcePolicyRule,
  ResourcePolicyRule,
  Subject,
} from "../../../../lib/api/gen/types/flowcontrolV1.js";
import { matchesRules } from "../../../../lib/apiserver/fairness/requestMatching.js";
import { parseRequestInfo } from "../../../../lib/apiserver/http/parseRequestInfo.js";
import type { UserInfo } from "../../../../lib/apiserver/identity.js";

const user = (name: string, ...groups: string[]): UserInfo => ({
  name,
  uid: "",
  groups,
  extra: {},
});
const anyone: Subject = { kind: "User", user: { name: "*" } };
const everything: ResourcePolicyRule = {
  verbs: ["*"],
  apiGroups: ["*"],
  resources: ["*"],
  clusterScope: true,
  namespaces: ["*"],
};
const pods = parseRequestInfo("GET", "/api/v1/namespaces/n/pods", undefined);

describe("FlowSchema rules", () => {
  describe("match subjects", () => {
    const account = (namespace: string, name: string): Subject => ({
      kind: "ServiceAccount",
      serviceAccount: { namespace, name },
    });
    const cases: [string, Subject, UserInfo, boolean][] = [
      ["a user", { kind: "User", user: { name: "a" } }, user("a"), true],
      ["another user", { kind: "User", user: { name: "a" } }, user("b"), false],
      ["any user", anyone, user("b"), true],
      ["a group", { kind: "Group", group: { name: "g" } }, user("a", "f", "g"), true],
      ["another group", { kind: "Group", group: { name: "g" } }, user("a", "f"), false],
      ["any group, of a user without", { kind: "Group", group: { name: "*" } }, user("a"), true],
      ["an account", account("n", "s"), user("system:serviceaccount:n:s"), true],
      ["another account", account("n", "s"), user("system:serviceaccount:n:t"), false],
      ["any account", account("n", "*"), user("system:serviceaccount:n:t"), true],
      ["any account elsewhere", account("n", "*"), user("system:serviceaccount:nn:t"), false],
      ["a kind without its field", { kind: "User" }, user("a"), false],
    ];
    for (const [name, subject, who, expected] of cases) {
      it(`${name}: ${expected}`, () => {
        const rules = [{ subjects: [subject], resourceRules: [everything] }];
        assert.equal(matchesRules(rules, pods, who), expected);
      });
    }
  });

  describe("match resources", () => {
    const cases: [string, string, Partial<ResourcePolicyRule>, boolean][] = [
      ["GET", "/api/v1/namespaces/n/pods", { verbs: ["list"] }, true],
      ["GET", "/api/v1/namespaces/n/pods", { verbs: ["get"] }, false],
      ["GET", "/api/v1/namespaces/n/pods/a/status", { resources: ["pods"] }, false],
      ["GET", "/api/v1/namespaces/n/pods/a/status", { resources: ["pods/status"] }, true],
      ["GET", "/apis/apps/v1/namespaces/n/deployments", { apiGroups: [""] }, false],
      ["GET", "/apis/apps/v1/namespaces/n/deployments", { apiGroups: ["", "apps"] }, true],
      ["GET", "/api/v1/namespaces/n/pods", { namespaces: ["m"] }, false],
      ["GET", "/api/v1/namespaces/n/pods", { clusterScope: false }, true],
      ["GET", "/api/v1/pods", { clusterScope: false }, false],
      ["GET", "/api/v1/nodes", { namespaces: [] }, true],
      // Not alone it is a name like others.
      ["GET", "/api/v1/namespaces/n/pods", { verbs: ["get", "*"] }, false],
    ];
    for (const [method, path, rule, expected] of cases) {
      it(`${path} by ${JSON.stringify(rule)}: ${expected}`, () => {
        const rules = [{ subjects: [anyone], resourceRules: [{ ...everything, ...rule }] }];
        assert.equal(
          matchesRules(rules, parseRequestInfo(method, path, undefined), user("a")),
          expected,
        );
      });
    }
  });

  describe("match paths", () => {
    const cases: [string, NonResourcePolicyRule, boolean][] = [
      ["/healthz", { verbs: ["get"], nonResourceURLs: ["/healthz"] }, true],
      ["/healthz/ping", { verbs: ["get"], nonResourceURLs: ["/healthz"] }, true],
      ["/healthzz", { verbs: ["get"], nonResourceURLs: ["/healthz"] }, false],
      ["/apis/a", { verbs: ["get"], nonResourceURLs: ["/apis/*"] }, true],
      ["/apis", { verbs: ["get"], nonResourceURLs: ["/apis/*"] }, false],
      ["/x", { verbs: ["*"], nonResourceURLs: ["*"] }, true],
      ["/x", { verbs: ["post"], nonResourceURLs: ["*"] }, false],
    ];
    for (const [path, rule, expected] of cases) {
      it(`${path} by ${JSON.stringify(rule)}: ${expected}`, () => {
        const rules = [{ subjects: [anyone], nonResourceRules: [rule] }];
        const info = parseRequestInfo("GET", path, undefined);
        assert.equal(matchesRules(rules, info, user("a")), expected);
      });
    }
  });

  it("of a resource are for no path, and the other way round", () => {
    const paths = [{ verbs: ["*"], nonResourceURLs: ["*"] }];
    assert.ok(!matchesRules([{ subjects: [anyone], nonResourceRules: paths }], pods, user("a")));
    const path = parseRequestInfo("GET", "/version", undefined);
    assert.ok(
      !matchesRules([{ subjects: [anyone], resourceRules: [everything] }], path, user("a")),
    );
  });
});
