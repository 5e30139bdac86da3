import assert from "node:assert/strict";
import { type Caller, type PolicyServer, startPolicyServer, type Tree } from "./policyServer.js";

const pods = "/api/v1/namespaces/default/pods";

function pod(name: string, change: object = {}): object {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name },
    spec: { containers: [{ name: "c", image: "web:1" }], ...change },
  };
}

describe("a server's policy, over TLS", () => {
  let server: PolicyServer;
  let jane: Caller;

  before(async () => {
    server = await startPolicyServer({
      tokenFile: { name: "tokens", text: 'secret-token,joe,7,"a,b"\n' },
      basicFile: { name: "passwords", text: "secret-word,jim,8\n" },
      bootstrapTokens: true,
    });
    jane = await server.certificateFor("jane", "developers");
    await server.make("/api/v1/namespaces/default/serviceaccounts", {
      metadata: { name: "default" },
    });
  });

  after(() => server.stop());

  const whoAmI = async (caller: Caller): Promise<{ code: number; user: Tree }> => {
    const path = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
    const kind = { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" };
    const { code, body } = await server.call(caller, "POST", path, kind);
    return { code, user: body.status?.userInfo as Tree };
  };

  describe("authentication", () => {
    it("knows certificates, tokens and passwords", async () => {
      const { user } = await whoAmI(jane);
      assert.equal(user.username, "jane");
      assert.deepEqual(user.groups, ["developers", "system:authenticated"]);
      const joe = (await whoAmI({ token: "secret-token" })).user;
      assert.equal(joe.username, "joe");
      assert.deepEqual(joe.groups, ["a", "b", "system:authenticated"]);
      assert.equal((await whoAmI({ basic: "jim:secret-word" })).user.username, "jim");
    });

    it("refuses wrong credentials, and says nothing of them", async () => {
      for (const caller of [{ token: "secret-tokem" }, { basic: "jim:x" }, { basic: "x:y" }]) {
        const answer = await server.call(caller, "GET", "/api/v1/nodes");
        assert.equal(answer.code, 401);
        assert.equal(answer.body.message, "Unauthorized");
      }
    });

    it("lets anonymous clients do what anonymous clients may", async () => {
      assert.equal((await server.call({}, "GET", "/version")).code, 200);
      const answer = await server.call({}, "GET", "/api/v1/nodes");
      assert.equal(answer.code, 403);
      assert.equal(
        answer.body.message,
        'nodes is forbidden: User "system:anonymous" cannot list resource "nodes" ' +
          'in API group "" at the cluster scope',
      );
    });

    it("takes bootstrap tokens while they last", async () => {
      const token = (expiration: string) => ({
        metadata: { name: "bootstrap-token-abcdef" },
        type: "bootstrap.kubernetes.io/token",
        stringData: {
          "token-id": "abcdef",
          "token-secret": "0123456789abcdef",
          "usage-bootstrap-authentication": "true",
          "auth-extra-groups": "system:bootstrappers:x",
          expiration,
        },
      });
      const path = "/api/v1/namespaces/kube-system/secrets";
      await server.make(path, token("2999-01-01T00:00:00Z"));
      const caller = { token: "abcdef.0123456789abcdef" };
      const { user } = await whoAmI(caller);
      assert.equal(user.username, "system:bootstrap:abcdef");
      assert.equal((await whoAmI({ token: "abcdef.0123456789abcdee" })).code, 401);
      const body = { stringData: { expiration: "2001-01-01T00:00:00Z" } };
      const patched = await server.call(server.admin, "GET", `${path}/bootstrap-token-abcdef`);
      const next = { ...patched.body, ...body };
      const put = await server.call(server.admin, "PUT", `${path}/bootstrap-token-abcdef`, next);
      assert.equal(put.code, 200, JSON.stringify(put.body));
      assert.equal((await whoAmI(caller)).code, 401);
    });
  });

  describe("tokens of service accounts", () => {
    const accounts = "/api/v1/namespaces/default/serviceaccounts";
    const request = (spec: object) => ({
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenRequest",
      spec,
    });

    it("are signed, accepted, reviewed, and end with their account", async () => {
      await server.make(accounts, { metadata: { name: "robot" } });
      const made = await server.make(`${accounts}/robot/token`, request({}));
      const token = String(made.status?.token);
      const { user } = await whoAmI({ token });
      assert.equal(user.username, "system:serviceaccount:default:robot");
      assert.deepEqual(user.groups, [
        "system:serviceaccounts",
        "system:serviceaccounts:default",
        "system:authenticated",
      ]);
      const review = await server.make("/apis/authentication.k8s.io/v1/tokenreviews", {
        apiVersion: "authentication.k8s.io/v1",
        kind: "TokenReview",
        spec: { token },
      });
      assert.equal(review.status?.authenticated, true);
      assert.equal((await server.call(server.admin, "DELETE", `${accounts}/robot`)).code, 200);
      assert.equal((await whoAmI({ token })).code, 401);
    });

    it("may be bound to a pod, and end with it", async () => {
      await server.make(pods, pod("bound"));
      const uid = (await server.call(server.admin, "GET", `${pods}/bound`)).body.metadata?.uid;
      const boundObjectRef = { apiVersion: "v1", kind: "Pod", name: "bound", uid };
      const made = await server.make(`${accounts}/default/token`, request({ boundObjectRef }));
      const caller = { token: String(made.status?.token) };
      const { user } = await whoAmI(caller);
      assert.deepEqual(user.extra?.["authentication.kubernetes.io/pod-name"], ["bound"]);
      await server.call(server.admin, "DELETE", `${pods}/bound`);
      assert.equal((await whoAmI(caller)).code, 401);
    });

    it("cannot be had for other audiences or too short a time", async () => {
      const made = await server.make(
        `${accounts}/default/token`,
        request({ audiences: ["vault"] }),
      );
      assert.equal((await whoAmI({ token: String(made.status?.token) })).code, 401);
      const answer = await server.call(
        server.admin,
        "POST",
        `${accounts}/default/token`,
        request({ expirationSeconds: 60 }),
      );
      assert.equal(answer.code, 422);
      assert.match(String(answer.body.message), /may not specify a duration less than 10 minutes/);
    });
  });

  describe("authorization", () => {
    it("takes a role as soon as it is bound", async () => {
      assert.equal((await server.call(jane, "GET", pods)).code, 403);
      await server.make("/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings", {
        metadata: { name: "jane" },
        subjects: [{ kind: "User", name: "jane", apiGroup: "rbac.authorization.k8s.io" }],
        roleRef: { kind: "ClusterRole", name: "admin", apiGroup: "rbac.authorization.k8s.io" },
      });
      assert.equal((await server.call(jane, "GET", pods)).code, 200);
    });

    it("adds roles to those they aggregate to", async () => {
      const allowed = async (): Promise<unknown> => {
        const review = await server.call(
          jane,
          "POST",
          "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
          {
            apiVersion: "authorization.k8s.io/v1",
            kind: "SelfSubjectAccessReview",
            spec: {
              resourceAttributes: {
                namespace: "default",
                verb: "get",
                group: "example.com",
                resource: "things",
              },
            },
          },
        );
        return review.body.status?.allowed;
      };
      assert.equal(await allowed(), false);
      await server.make("/apis/rbac.authorization.k8s.io/v1/clusterroles", {
        metadata: {
          name: "things",
          labels: { "rbac.authorization.k8s.io/aggregate-to-view": "true" },
        },
        rules: [{ verbs: ["get"], apiGroups: ["example.com"], resources: ["things"] }],
      });
      assert.equal(await allowed(), true);
    });

    it("lets nobody hand out what they do not hold", async () => {
      const path = "/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles";
      const role = (resource: string) => ({
        metadata: { name: `r-${resource}` },
        rules: [{ verbs: ["get"], apiGroups: [""], resources: [resource] }],
      });
      assert.equal((await server.call(jane, "POST", path, role("pods"))).code, 201);
      const answer = await server.call(jane, "POST", path, role("nodes"));
      assert.equal(answer.code, 403);
      assert.equal(
        answer.body.message,
        'roles.rbac.authorization.k8s.io "r-nodes" is forbidden: user "jane" ' +
          '(groups=["developers" "system:authenticated"]) is attempting to grant RBAC ' +
          'permissions not currently held:\n{APIGroups:[""], Resources:["nodes"], Verbs:["get"]}',
      );
    });

    it("answers access reviews", async () => {
      const path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
      const review = (verb: string, resource: string) => ({
        apiVersion: "authorization.k8s.io/v1",
        kind: "SelfSubjectAccessReview",
        spec: { resourceAttributes: { namespace: "default", verb, resource } },
      });
      const allowed = await server.call(jane, "POST", path, review("create", "pods"));
      assert.equal(allowed.body.status?.allowed, true, JSON.stringify(allowed.body));
      const refused = await server.call(jane, "POST", path, review("create", "nodes"));
      assert.equal(refused.body.status?.allowed, false);
      const rules = await server.call(
        jane,
        "POST",
        "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews",
        {
          apiVersion: "authorization.k8s.io/v1",
          kind: "SelfSubjectRulesReview",
          spec: { namespace: "default" },
        },
      );
      assert.equal(rules.code, 201);
      assert.ok(Number(rules.body.status?.resourceRules?.length) > 5);
    });

    it("keeps nodes to themselves", async () => {
      const node = await server.certificateFor("system:node:m", "system:nodes");
      const body = (name: string, labels: object = {}) => ({ metadata: { name, labels } });
      assert.equal((await server.call(node, "POST", "/api/v1/nodes", body("m"))).code, 201);
      const other = await server.call(node, "POST", "/api/v1/nodes", body("k"));
      assert.equal(other.code, 403);
      assert.match(String(other.body.message), /node "m" is not allowed to modify node "k"/);
      assert.equal(
        (await server.call(node, "GET", "/api/v1/namespaces/default/secrets/s")).code,
        403,
      );
    });
  });

  describe("admission", () => {
    const make = (name: string, spec: object) =>
      server.call(server.admin, "POST", pods, pod(name, spec));

    it("gives pods account, token, priority and tolerations", async () => {
      const { code, body } = await make("whole", {});
      assert.equal(code, 201, JSON.stringify(body));
      const spec = body.spec as Tree;
      assert.equal(spec.serviceAccountName, "default");
      assert.equal(spec.priority, 0);
      assert.equal(spec.tolerations?.length, 2);
      const mount = spec.containers?.[0]?.volumeMounts?.[0] as Tree;
      assert.equal(mount.mountPath, "/var/run/secrets/kubernetes.io/serviceaccount");
      assert.match(String(spec.volumes?.[0]?.name), /^kube-api-access-[a-z0-9]{5}$/);
    });

    it("refuses unknown namespaces, classes and accounts", async () => {
      const nowhere = await server.call(
        server.admin,
        "POST",
        "/api/v1/namespaces/nowhere/pods",
        pod("p"),
      );
      assert.equal(nowhere.code, 404);
      assert.equal(nowhere.body.message, 'namespaces "nowhere" not found');
      const cases: [object, string][] = [
        [{ priorityClassName: "vip" }, "no PriorityClass with name vip was found"],
        [
          { serviceAccountName: "nobody" },
          'error looking up service account default/nobody: serviceaccount "nobody" not found',
        ],
        [{ runtimeClassName: "x" }, 'pod rejected: RuntimeClass "x" not found'],
      ];
      for (const [spec, why] of cases) {
        const answer = await make("refused", spec);
        assert.equal(answer.code, 403);
        assert.equal(answer.body.message, `pods "refused" is forbidden: ${why}`);
      }
      const system = await make("critical", { priorityClassName: "system-node-critical" });
      assert.equal(system.body.spec?.priority, 2_000_001_000);
    });

    it("holds pods to their namespace's level", async () => {
      await server.make("/api/v1/namespaces", {
        metadata: {
          name: "strict",
          labels: { "pod-security.kubernetes.io/enforce": "restricted" },
        },
      });
      await server.make("/api/v1/namespaces/strict/serviceaccounts", {
        metadata: { name: "default" },
      });
      const path = "/api/v1/namespaces/strict/pods";
      const answer = await server.call(server.admin, "POST", path, pod("p"));
      assert.equal(
        answer.body.message,
        'pods "p" is forbidden: violates PodSecurity "restricted:latest": ' +
          'allowPrivilegeEscalation != false (container "c" must set ' +
          "securityContext.allowPrivilegeEscalation=false), unrestricted capabilities " +
          '(container "c" must set securityContext.capabilities.drop=["ALL"]), runAsNonRoot != ' +
          'true (pod or container "c" must set securityContext.runAsNonRoot=true), ' +
          'seccompProfile (pod or container "c" must set securityContext.seccompProfile.type to ' +
          '"RuntimeDefault" or "Localhost")',
      );
      const securityContext = {
        allowPrivilegeEscalation: false,
        runAsNonRoot: true,
        capabilities: { drop: ["ALL"] },
        seccompProfile: { type: "RuntimeDefault" },
      };
      const containers = [{ name: "c", image: "web:1", securityContext }];
      const good = await server.call(server.admin, "POST", path, pod("p", { containers }));
      assert.equal(good.code, 201, JSON.stringify(good.body));
    });

    it("tells which pods are below a level that is raised", async () => {
      await server.make("/api/v1/namespaces", { metadata: { name: "rising" } });
      await server.make("/api/v1/namespaces/rising/serviceaccounts", {
        metadata: { name: "default" },
      });
      const path = "/api/v1/namespaces/rising";
      for (const name of ["a", "b"]) {
        await server.make(`${path}/pods`, pod(name, { hostNetwork: true }));
      }
      const { body } = await server.call(server.admin, "GET", path);
      const labels = { "pod-security.kubernetes.io/enforce": "baseline" };
      const metadata = { ...(body.metadata as object), labels };
      const answer = await server.call(server.admin, "PUT", path, { ...body, metadata });
      assert.equal(answer.code, 200);
      assert.match(answer.warnings, /existing pods in namespace \\"rising\\" violate the new/);
      assert.match(answer.warnings, /a \(and 1 other pod\): host namespaces/);
    });

    it("fills in and holds to limit ranges", async () => {
      await server.make("/api/v1/namespaces", { metadata: { name: "limited" } });
      await server.make("/api/v1/namespaces/limited/serviceaccounts", {
        metadata: { name: "default" },
      });
      await server.make("/api/v1/namespaces/limited/limitranges", {
        metadata: { name: "l" },
        spec: { limits: [{ type: "Container", default: { cpu: "500m" }, max: { cpu: "1" } }] },
      });
      const path = "/api/v1/namespaces/limited/pods";
      const filled = await server.call(server.admin, "POST", path, pod("a"));
      assert.deepEqual(filled.body.spec?.containers?.[0]?.resources, {
        limits: { cpu: "500m" },
        requests: { cpu: "500m" },
      });
      const resources = { limits: { cpu: "2" } };
      const containers = [{ name: "c", image: "web:1", resources }];
      const refused = await server.call(server.admin, "POST", path, pod("b", { containers }));
      assert.equal(
        refused.body.message,
        'pods "b" is forbidden: maximum cpu usage per Container is 1, but limit is 2',
      );
    });

    it("never goes beyond a quota, however many ask at once", async () => {
      await server.make("/api/v1/namespaces", { metadata: { name: "counted" } });
      const path = "/api/v1/namespaces/counted/resourcequotas";
      const hard = { "count/configmaps": "3" };
      const quota = await server.make(path, { metadata: { name: "q" }, spec: { hard } });
      const status = { hard, used: { "count/configmaps": "0" } };
      const put = await server.call(server.admin, "PUT", `${path}/q/status`, { ...quota, status });
      assert.equal(put.code, 200, JSON.stringify(put.body));
      const answers = await Promise.all(
        Array.from({ length: 8 }, (_, position) =>
          server.call(server.admin, "POST", "/api/v1/namespaces/counted/configmaps", {
            metadata: { name: `c${position}` },
          }),
        ),
      );
      assert.equal(answers.filter(({ code }) => code === 201).length, 3);
      const refused = answers.find(({ code }) => code === 403);
      assert.match(
        String(refused?.body.message),
        /requested: count\/configmaps=1, used: count\/configmaps=3, limited: count\/configmaps=3$/,
      );
      const again = await server.call(
        server.admin,
        "POST",
        "/api/v1/namespaces/counted/configmaps",
        {
          metadata: { name: String(answers.find(({ code }) => code === 201)?.body.metadata?.name) },
        },
      );
      assert.equal(again.code, 403);
    });
  });

  describe("allocation", () => {
    const services = "/api/v1/namespaces/default/services";
    const service = (name: string, spec: object = {}) => ({
      metadata: { name },
      spec: { ports: [{ port: 80 }], selector: { a: "b" }, ...spec },
    });

    it("gives each service an address of its own, and takes it back", async () => {
      const made = await Promise.all(
        Array.from({ length: 20 }, (_, position) => server.make(services, service(`s${position}`))),
      );
      const addresses = made.map((one) => String(one.spec?.clusterIP));
      assert.equal(new Set(addresses).size, 20);
      assert.deepEqual(made[0]?.spec?.clusterIPs, [addresses[0]]);
      assert.deepEqual(made[0]?.spec?.ipFamilies, ["IPv4"]);
      assert.equal(made[0]?.spec?.ipFamilyPolicy, "SingleStack");
      const asked = service("again", { clusterIP: addresses[0] });
      const taken = await server.call(server.admin, "POST", services, asked);
      const seen = async (): Promise<number> => {
        const path = `/apis/networking.k8s.io/v1/ipaddresses/${addresses[0]}`;
        return (await server.call(server.admin, "GET", path)).code;
      };
      assert.equal(await seen(), 200);
      assert.equal(
        taken.body.message,
        `Service "again" is invalid: spec.clusterIPs: Invalid value: ["${addresses[0]}"]: ` +
          `failed to allocate IP ${addresses[0]}: provided IP is already allocated`,
      );
      assert.equal((await server.call(server.admin, "DELETE", `${services}/s0`)).code, 200);
      assert.equal(await seen(), 404);
      assert.equal((await server.call(server.admin, "POST", services, asked)).code, 201);
    });

    it("gives node ports, and refuses those out of range", async () => {
      const made = await server.make(services, service("np", { type: "NodePort" }));
      const port = Number(made.spec?.ports?.[0]?.nodePort);
      assert.ok(port >= 30000 && port <= 32767);
      const wanted = { type: "NodePort", ports: [{ port: 80, nodePort: 80 }] };
      const refused = await server.call(server.admin, "POST", services, service("bad", wanted));
      assert.equal(
        refused.body.message,
        'Service "bad" is invalid: spec.ports[0].nodePort: Invalid value: 80: provided port is ' +
          "not in the valid range. The range of valid ports is 30000-32767",
      );
      const plain = { ...made, spec: { ...(made.spec as object), type: "ClusterIP" } };
      const back = await server.call(server.admin, "PUT", `${services}/np`, plain);
      assert.equal(back.code, 200, JSON.stringify(back.body));
      assert.equal(back.body.spec?.ports?.[0]?.nodePort, undefined);
    });
  });

  it("names its parts in /readyz", async () => {
    const answer = await server.text(server.admin, "/readyz?verbose");
    assert.match(answer, /\[\+\]poststarthook\/rbac\/bootstrap-roles ok/);
  });

  it("serves the keys of its tokens", async () => {
    const jwks = await server.call(server.admin, "GET", "/openid/v1/jwks");
    assert.equal(jwks.body.keys?.[0]?.alg, "ES256");
    const path = "/.well-known/openid-configuration";
    const configuration = await server.call(server.admin, "GET", path);
    assert.equal(configuration.body.issuer, "https://kubernetes.default.svc");
  });
});
