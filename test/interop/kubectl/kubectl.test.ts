import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { ClusterProcess } from "../../support/clients/clusterProcess.js";
import { Kubectl } from "../../support/clients/kubectl.js";
import { requirement } from "../../support/clients/requirement.js";
import { builtKubectl } from "../../support/clients/upstreamPrograms.js";

function installedKubectl(): string {
  return execFileSync("which", ["kubectl"], { encoding: "utf8" }).trim();
}

const programs = [
  { title: "kubectl of the same release", what: "Go and the kubectl module", find: builtKubectl },
  { title: "the kubectl on PATH", what: "a kubectl on PATH", find: installedKubectl },
] as const;

const configMap = (data: string, labels = "a: b"): string => `
apiVersion: v1
kind: ConfigMap
metadata: {name: applied, labels: {${labels}}}
data: {${data}}
`;

for (const { title, what, find } of programs) {
  describe(`${title} against \`steersman up\``, function () {
    this.timeout(1_200_000);
    let cluster: ClusterProcess;
    let kubectl: Kubectl;

    before(async function () {
      const program = await requirement(this, what, find);
      cluster = await ClusterProcess.start({ nodes: 2 });
      kubectl = new Kubectl(program, cluster);
      await kubectl.ok("wait --for=create serviceaccount/default --timeout=240s");
      await kubectl.ok("wait --for=condition=Ready node --all --timeout=240s");
    });

    after(async () => {
      await cluster?.stop();
    });

    it("rolls a deployment out, on and back", async () => {
      const created = "deployment.apps/web created";
      assert.equal(await kubectl.ok("create deployment web --image=nginx:1 --replicas=3"), created);
      const done = 'deployment "web" successfully rolled out';
      assert.ok((await kubectl.ok("rollout status deployment/web --timeout=240s")).endsWith(done));
      assert.equal(await kubectl.ok("expose deployment web --port=80"), "service/web exposed");
      const scaled = "deployment.apps/web scaled";
      assert.equal(await kubectl.ok("scale deployment web --replicas=4"), scaled);
      const updated = "deployment.apps/web image updated";
      assert.equal(await kubectl.ok("set image deployment/web nginx=nginx:2"), updated);
      await kubectl.ok("rollout status deployment/web --timeout=240s");
      const history = await kubectl.ok("rollout history deployment/web");
      assert.match(history, /^REVISION +CHANGE-CAUSE\n1 +<none>\n2 +<none>$/m);
      const back = "deployment.apps/web rolled back";
      assert.equal(await kubectl.ok("rollout undo deployment/web"), back);
      await kubectl.ok("rollout status deployment/web --timeout=240s");
      const image = "jsonpath={.spec.template.spec.containers[0].image}";
      assert.equal(await kubectl.ok(`get deployment web -o ${image}`), "nginx:1");
      const restarted = "deployment.apps/web restarted";
      assert.equal(await kubectl.ok("rollout restart deployment/web"), restarted);
      await kubectl.ok("rollout status deployment/web --timeout=240s");
    });

    it("gets in every form", async () => {
      const [head, ...rows] = (await kubectl.ok("get pods -l app=web -o wide")).split("\n");
      const columns = "NAME READY STATUS RESTARTS AGE IP NODE NOMINATED NODE READINESS GATES";
      assert.equal(head?.split(/ +/).join(" "), columns);
      const running = rows.filter((row) => /^web-\w+-\w+ +1\/1 +Running +0 /.test(row));
      assert.equal(running.length, 4, rows.join("\n"));
      assert.match(running[0] ?? "", /10\.244\.[01]\.\d+ +node-[01] +<none> +<none>$/);
      const nodes = (await kubectl.ok("get nodes -o wide")).split("\n");
      assert.match(nodes[0] ?? "", /^NAME +STATUS +ROLES +AGE +VERSION +INTERNAL-IP +EXTERNAL-IP/);
      assert.match(nodes[1] ?? "", /^node-0 +Ready +<none> +\S+ +v1\.37\.\S+ +\S+ +<none>/);
      const services = await kubectl.ok("get services");
      assert.match(services, /^NAME +TYPE +CLUSTER-IP +EXTERNAL-IP +PORT\(S\) +AGE$/m);
      assert.match(services, /^web +ClusterIP +10\.\d+\.\d+\.\d+ +<none> +80\/TCP +\S+$/m);
      const deployments = await kubectl.ok("get deployment web -o wide");
      assert.match(deployments, /^NAME +READY +UP-TO-DATE +AVAILABLE +AGE +CONTAINERS +IMAGES/);
      assert.match(deployments, /^web +4\/4 +4 +4 +\S+ +nginx +nginx:1 +app=web$/m);
      const json = JSON.parse(await kubectl.ok("get deployment web -o json"));
      assert.deepEqual([json.apiVersion, json.kind], ["apps/v1", "Deployment"]);
      assert.match(await kubectl.ok("get service web -o yaml"), /^ {2}sessionAffinity: None$/m);
      const names = await kubectl.ok("get pods -l app=web --sort-by=.metadata.name -o name");
      const table = await kubectl.ok("get pods -l app=web --sort-by=.metadata.name");
      assert.match(table, /^NAME +READY +STATUS +RESTARTS +AGE\nweb-/);
      assert.deepEqual(names.split("\n"), names.split("\n").sort());
      assert.match(await kubectl.ok("get all"), /^replicaset\.apps\/web-\w+ +4 +4 +4/m);
      const chosen = "get nodes -o custom-columns=N:.metadata.name --field-selector=metadata.name=";
      assert.equal(await kubectl.ok(`${chosen}node-1`), "N\nnode-1");
    });

    it("describes", async () => {
      const pod = await kubectl.ok("describe pod -l app=web --show-events");
      assert.match(pod, /^Controlled By: +ReplicaSet\/web-\w+$/m);
      assert.match(pod, /^QoS Class: +BestEffort$/m);
      assert.match(
        pod,
        /^ +Normal +Scheduled .*default-scheduler +Successfully assigned default\//m,
      );
      assert.match(pod, /^ +Normal +Started .*kubelet/m);
      const node = await kubectl.ok("describe node node-0");
      assert.match(node, /^ +Ready +True .*KubeletReady +kubelet is posting ready status$/m);
      assert.match(node, /^Non-terminated Pods: +\(\d+ in total\)$/m);
      assert.match(node, /^PodCIDR: +10\.244\.0\.0\/24$/m);
      assert.match(node, /^ +HolderIdentity: +node-0$/m);
      const deployment = await kubectl.ok("describe deployment web");
      assert.match(deployment, /^Replicas: +4 desired \| 4 updated \| 4 total \| 4 available/m);
      assert.match(deployment, /^ +Available +True +MinimumReplicasAvailable$/m);
      assert.match(
        deployment,
        /deployment-controller +Scaled up replica set web-\w+ from 0 to 3$/m,
      );
      const service = await kubectl.ok("describe service web");
      assert.match(service, /^Endpoints: +10\.244\.\d\.\d+:80,10\.244\./m);
      assert.match(service, /^IP Family Policy: +SingleStack$/m);
    });

    it("applies: creates, changes and prunes a field, and diffs before", async () => {
      const first = configMap('one: "1", two: "2"');
      assert.equal(await kubectl.ok("apply -f -", first), "configmap/applied created");
      assert.equal(await kubectl.ok("apply -f -", first), "configmap/applied unchanged");
      const second = configMap('one: "3"', "c: d");
      const { exitCode, stdout } = await kubectl.run(["diff", "-f", "-"], { input: second });
      assert.equal(exitCode, 1);
      const changes = stdout.split("\n").filter((line) => /^[-+] /.test(line));
      assert.deepEqual(
        changes.filter((line) => /one|two|a: b|c: d/.test(line)).map((line) => line.trim()),
        ['-  one: "1"', '-  two: "2"', '+  one: "3"', "-    a: b", "+    c: d"],
      );
      assert.equal(await kubectl.ok("apply -f -", second), "configmap/applied configured");
      assert.equal(await kubectl.ok("diff -f -", second), "");
      const applied = JSON.parse(await kubectl.ok("get configmap applied -o json"));
      assert.deepEqual(applied.data, { one: "3" });
      assert.deepEqual(applied.metadata.labels, { c: "d" });
      const kept = await kubectl.ok("apply view-last-applied configmap/applied -o json");
      assert.deepEqual(JSON.parse(kept).data, { one: "3" });
      const dry = await kubectl.ok("delete configmap applied --dry-run=server");
      assert.match(dry, /^configmap "applied" deleted.*\(server dry run\)$/);
      assert.match(await kubectl.ok("delete -f -", second), /^configmap "applied" deleted/);
      const gone = 'Error from server (NotFound): configmaps "applied" not found';
      assert.equal(await kubectl.refused("get configmap applied"), gone);
    });

    it("waits in vain for a definition of custom resources, and reads why", async () => {
      const definition = JSON.stringify({
        apiVersion: "apiextensions.k8s.io/v1",
        kind: "CustomResourceDefinition",
        metadata: { name: "xs.example.com" },
        spec: {
          group: "example.com",
          names: { plural: "xs", kind: "X" },
          scope: "Cluster",
          versions: [
            {
              ...{ name: "v1", served: true, storage: true },
              schema: { openAPIV3Schema: { type: "object" } },
            },
          ],
        },
      });
      await kubectl.ok("create -f -", definition);
      const wait = ["wait", "--for=condition=Established", "crd/xs.example.com", "--timeout=1s"];
      const { exitCode, stderr } = await kubectl.run(wait);
      assert.equal(exitCode, 1);
      assert.match(stderr, /timed out waiting for the condition/);
      const path = "jsonpath={.status.conditions[0].message}";
      const why = await kubectl.ok(`get crd xs.example.com -o ${path}`);
      assert.equal(why, "custom resources are not served yet");
      await kubectl.ok("delete crd xs.example.com");
    });

    it("watches", async () => {
      await kubectl.ok("create configmap watched");
      const lines = await kubectl.follow(
        "get configmap watched -w --output-watch-events --no-headers",
        () => kubectl.ok("label configmap watched x=y"),
        (seen) => seen.some((line) => line.startsWith("MODIFIED")),
      );
      assert.match(lines[0] ?? "", /^ADDED +watched +0 +\S+$/);
      assert.match(lines.at(-1) ?? "", /^MODIFIED +watched +0 +\S+$/);
    });

    it("knows the API", async () => {
      const resources = await kubectl.ok("api-resources");
      assert.match(resources, /^NAME +SHORTNAMES +APIVERSION +NAMESPACED +KIND$/m);
      assert.match(resources, /^deployments +deploy +apps\/v1 +true +Deployment$/m);
      assert.match(resources, /^customresourcedefinitions +crd,crds +apiextensions\.k8s\.io\/v1 /m);
      const versions = (await kubectl.ok("api-versions")).split("\n");
      for (const version of ["v1", "apps/v1", "autoscaling/v2", "rbac.authorization.k8s.io/v1"])
        assert.ok(versions.includes(version), version);
      const containers = await kubectl.ok("explain pod.spec.containers");
      assert.match(containers, /^KIND: +Pod\nVERSION: +v1\n\nFIELD: containers <\[\]Container>$/m);
      assert.match(containers, /^ +name\t<string> -required-$/m);
      const spec = await kubectl.ok("explain deployment.spec");
      assert.match(spec, /^GROUP: +apps\nKIND: +Deployment\nVERSION: +v1$/m);
      assert.match(spec, /^ +selector\t<LabelSelector> -required-$/m);
      const unknown = await kubectl.refused("explain pod.nothing");
      assert.equal(unknown, 'error: field "nothing" does not exist');
      const info = await kubectl.ok("cluster-info");
      assert.match(info, /Kubernetes control plane.* is running at .*https:\/\/127\.0\.0\.1:\d+/);
      const version = JSON.parse(await kubectl.ok("version -o json"));
      assert.match(version.serverVersion.gitVersion, /^v1\.37\./);
      assert.equal(await kubectl.ok("get --raw /readyz"), "ok");
    });

    it("keeps pods off nodes: cordon, drain, taint", async () => {
      assert.equal(await kubectl.ok("cordon node-0"), "node/node-0 cordoned");
      assert.match(await kubectl.ok("get node node-0"), /^node-0 +Ready,SchedulingDisabled /m);
      assert.equal(await kubectl.ok("uncordon node-0"), "node/node-0 uncordoned");
      const drained = await kubectl.ok("drain node-1 --ignore-daemonsets --timeout=240s");
      assert.match(drained, /^pod\/web-\w+-\w+ evicted$/m);
      assert.match(drained, /^node\/node-1 drained$/m);
      const left = "get pods -A -o name --field-selector=spec.nodeName=node-1";
      assert.equal(await kubectl.ok(left), "");
      await kubectl.ok("uncordon node-1");
      assert.equal(await kubectl.ok("taint node node-0 a=b:NoSchedule"), "node/node-0 tainted");
      assert.match(await kubectl.ok("describe node node-0"), /^Taints: +a=b:NoSchedule$/m);
      assert.equal(await kubectl.ok("taint node node-0 a:NoSchedule-"), "node/node-0 untainted");
      await kubectl.ok("rollout status deployment/web --timeout=240s");
    });

    it("changes objects: label, annotate, patch, edit, wait, replace", async () => {
      await kubectl.ok("create configmap changed --from-literal=x=1");
      const done = (verb: string): string => `configmap/changed ${verb}`;
      assert.equal(await kubectl.ok("label configmap changed tier=a"), done("labeled"));
      const taken = "error: 'tier' already has a value (a), and --overwrite is false";
      assert.equal(await kubectl.refused("label configmap changed tier=b"), taken);
      const labeled = await kubectl.ok("label configmap changed tier=b --overwrite");
      assert.equal(labeled, done("labeled"));
      assert.equal(await kubectl.ok("label configmap changed tier-"), done("unlabeled"));
      assert.equal(await kubectl.ok("annotate configmap changed note=y"), done("annotated"));
      const patch = (type: string, value: string) =>
        kubectl.ok(`patch configmap changed --type=${type} -p ${value}`);
      assert.equal(await patch("strategic", '{"data":{"x":"2"}}'), done("patched"));
      assert.equal(await patch("strategic", '{"data":{"x":"2"}}'), done("patched (no change)"));
      assert.equal(await patch("merge", '{"data":{"x":null,"z":"3"}}'), done("patched"));
      const replace = '[{"op":"replace","path":"/data/z","value":"4"}]';
      assert.equal(await patch("json", replace), done("patched"));
      const missed = '[{"op":"test","path":"/data/z","value":"9"}]';
      const refusal = await kubectl.refused(`patch configmap changed --type=json -p ${missed}`);
      assert.match(refusal, /^The request is invalid/);
      const script = `#!/bin/sh\nexec sed -i 's/z: "4"/z: "5"/' "$1"\n`;
      const editor = kubectl.write("editor", script, 0o700);
      const environment = { EDITOR: editor };
      const edited = await kubectl.okArgs(["edit", "configmap", "changed"], { environment });
      assert.equal(edited, done("edited"));
      const reached = "wait --for=jsonpath={.data.z}=5 configmap/changed --timeout=240s";
      assert.equal(await kubectl.ok(reached), done("condition met"));
      const whole = JSON.parse(await kubectl.ok("get configmap changed -o json"));
      const current = JSON.stringify({ ...whole, data: { z: "6" } });
      assert.equal(await kubectl.ok("replace -f -", current), done("replaced"));
      const stale = await kubectl.run(["replace", "-f", "-"], { input: current });
      assert.match(
        stale.stderr,
        /^Error from server \(Conflict\): .*the object has been modified;/,
      );
      const available = "wait --for=condition=Available deployment/web --timeout=240s";
      assert.equal(await kubectl.ok(available), "deployment.apps/web condition met");
      const events = await kubectl.ok("get events");
      assert.match(events, /^LAST SEEN +TYPE +REASON +OBJECT +MESSAGE$/m);
      assert.match(events, /^\S+ +Normal +Killing +pod\/web-\w+-\w+ +Stopping container nginx$/m);
      for (const kind of ["nodes", "pods"])
        assert.equal(await kubectl.refused(`top ${kind}`), "error: Metrics API not available");
    });

    it("creates the kinds that it has commands for", async () => {
      const table: [string, string][] = [
        ["secret generic s --from-literal=k=v", "secret/s"],
        [
          "clusterrole nodes --verb=get --resource=nodes",
          "clusterrole.rbac.authorization.k8s.io/nodes",
        ],
        ["job once --image=busybox -- true", "job.batch/once"],
        [
          "poddisruptionbudget web --selector=app=web --min-available=1",
          "poddisruptionbudget.policy/web",
        ],
        ["ingress i --rule=a.b/c=web:80", "ingress.networking.k8s.io/i"],
        ["priorityclass high --value=100", "priorityclass.scheduling.k8s.io/high"],
        ["service nodeport np --tcp=80", "service/np"],
      ];
      for (const [command, name] of table)
        assert.equal(await kubectl.ok(`create ${command}`), `${name} created`);
      const schedule = ["--schedule=*/5 * * * *", "--image=busybox", "--", "true"];
      const cronJob = await kubectl.okArgs(["create", "cronjob", "often", ...schedule]);
      assert.equal(cronJob, "cronjob.batch/often created");
      const manual = await kubectl.ok("create job manual --from=cronjob/often");
      assert.equal(manual, "job.batch/manual created");
      const jobs = await kubectl.ok("get jobs");
      assert.match(jobs, /^NAME +STATUS +COMPLETIONS +DURATION +AGE$/m);
      assert.match(
        await kubectl.ok("get cronjob often"),
        /^often +\*\/5 \* \* \* \* +<none> +False/m,
      );
      assert.match(await kubectl.ok("get secret s"), /^s +Opaque +1 +\S+$/m);
      assert.match(await kubectl.ok("get service np"), /^np +NodePort .* 80:3\d{4}\/TCP /m);
    });

    it("runs, debugs and ends a pod, and sets what a template has", async () => {
      assert.equal(await kubectl.ok("run p --image=x --restart=Never"), "pod/p created");
      const ready = "wait pod/p --for=condition=Ready --timeout=240s";
      assert.equal(await kubectl.ok(ready), "pod/p condition met");
      await kubectl.ok("debug p --image=y -q");
      const debuggers = "get pod p -o jsonpath={.spec.ephemeralContainers[*].image}";
      assert.equal(await kubectl.ok(debuggers), "y");
      const ended = await kubectl.ok("delete pod p --grace-period=0 --force");
      assert.match(ended, /^pod "p" force deleted/);
      const changes: [string, string][] = [
        ["rollout pause deployment/web", "paused"],
        ["set env deployment/web KEY=value", "env updated"],
        ["set resources deployment/web --limits=cpu=1", "resource requirements updated"],
        ["rollout resume deployment/web", "resumed"],
      ];
      for (const [command, done] of changes)
        assert.equal(await kubectl.ok(command), `deployment.apps/web ${done}`);
      await kubectl.ok("rollout status deployment/web --timeout=240s");
      const template = await kubectl.ok("describe deployment web");
      assert.match(template, /^ +KEY: +value$/m);
      assert.match(template, /^ +Limits:\n +cpu: +1$/m);
      const scaled = await kubectl.ok("autoscale deployment web --max=5 --cpu-percent=50");
      assert.equal(scaled, "horizontalpodautoscaler.autoscaling/web autoscaled");
      const scalers = await kubectl.ok("get hpa web");
      assert.match(scalers, /^web +Deployment\/web +cpu: <unknown>\/50% +1 +5 /m);
    });

    it("holds a namespace to its quota", async () => {
      assert.equal(await kubectl.ok("create namespace small"), "namespace/small created");
      await kubectl.ok("create quota q --hard=configmaps=1 -n small");
      const used = "wait --for=jsonpath={.status.used.configmaps}=1 resourcequota/q -n small";
      await kubectl.ok(`${used} --timeout=240s`);
      const refusal = await kubectl.refused("create configmap more -n small");
      const message =
        'configmaps "more" is forbidden: exceeded quota: q, requested: configmaps=1, ' +
        "used: configmaps=1, limited: configmaps=1";
      assert.ok(refusal.endsWith(message), refusal);
      const described = await kubectl.ok("describe quota q -n small");
      assert.match(described, /^configmaps +1 +1$/m);
      assert.equal(
        await kubectl.ok("delete namespace small --timeout=240s"),
        'namespace "small" deleted',
      );
    });

    it("lets an ordinary user do what a role says", async () => {
      await kubectl.ok("create role reader --verb=get,list --resource=pods");
      await kubectl.ok("create serviceaccount robot");
      await kubectl.ok("create rolebinding robot --role=reader --serviceaccount=default:robot");
      const token = await kubectl.ok("create token robot --duration=10m");
      const kubeconfig = await kubectl.writeTokenKubeconfig(token);
      const asRobot = (command: string) => kubectl.okArgs(command.split(" "), { kubeconfig });
      const name = "system:serviceaccount:default:robot";
      assert.match(await asRobot("auth whoami"), new RegExp(`^Username +${name}$`, "m"));
      assert.equal(await asRobot("auth can-i list pods"), "yes");
      const rules = await asRobot("auth can-i --list");
      assert.match(rules, /^Resources +Non-Resource URLs +Resource Names +Verbs$/m);
      assert.match(rules, /^pods +\[\] +\[\] +\[get list\]$/m);
      assert.match(rules, /^ +\[\/healthz\] +\[\] +\[get\]$/m);
      await asRobot("get pods");
      const { stdout, exitCode } = await kubectl.run(["auth", "can-i", "delete", "pods"], {
        kubeconfig,
      });
      assert.deepEqual([stdout.trim(), exitCode], ["no", 1]);
      assert.equal(
        await kubectl.refused("delete pod p", { kubeconfig }),
        `Error from server (Forbidden): pods "p" is forbidden: User "${name}" cannot delete ` +
          'resource "pods" in API group "" in the namespace "default"',
      );
      assert.equal(
        await kubectl.refused("get nodes", { kubeconfig }),
        `Error from server (Forbidden): nodes is forbidden: User "${name}" cannot list ` +
          'resource "nodes" in API group "" at the cluster scope',
      );
      assert.equal(
        await kubectl.ok("auth can-i create pods --as=admin --as-group=system:masters"),
        "yes",
      );
    });

    it("lists an administrator's rules once, and as complete", async () => {
      const { stdout, stderr } = await kubectl.run(["auth", "can-i", "--list"]);
      assert.equal(stderr, "");
      assert.equal(stdout.match(/^\*\.\* +\[\] +\[\] +\[\*\]$/gm)?.length, 1);
      assert.equal(stdout.match(/^ +\[\*\] +\[\] +\[\*\]$/gm)?.length, 1);
    });

    it("says what the server refuses", async () => {
      assert.equal(
        await kubectl.refused("create deployment web --image=x"),
        'error: failed to create deployment: deployments.apps "web" already exists',
      );
      assert.equal(
        await kubectl.refused("get deployment none"),
        'Error from server (NotFound): deployments.apps "none" not found',
      );
      const type = 'error: the server doesn\'t have a resource type "nosuch"';
      assert.equal(await kubectl.refused("get nosuch"), type);
      const input = JSON.stringify({
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: "bad" },
        spec: { restartPolicy: "Sometimes", containers: [{ name: "A", image: "x" }] },
      });
      const invalid = await kubectl.refused("create -f -", { input });
      const [head, ...causes] = invalid.split("\n");
      assert.equal(head, 'The Pod "bad" is invalid: ');
      assert.equal(causes.length, 2, invalid);
      assert.match(
        causes[0] ?? "",
        /^\* spec\.containers\[0\]\.name: Invalid value: "A": a lowercase/,
      );
      assert.equal(
        causes[1],
        '* spec.restartPolicy: Unsupported value: "Sometimes": supported values: ' +
          '"Always", "OnFailure", "Never"',
      );
    });

    it("deletes and leaves nothing", async () => {
      const deleted = await kubectl.ok("delete deployment,service -l app=web --timeout=240s");
      assert.match(deleted, /^deployment\.apps "web" deleted/m);
      assert.match(deleted, /^service "web" deleted/m);
      await kubectl.ok("wait --for=delete pod -l app=web --timeout=240s");
      assert.equal(await kubectl.ok("get pods -l app=web -o name"), "");
    });
  });
}
