import assert from "node:assert/strict";
import { type ZPages, zPage } from "../../../lib/api/introspection/zpages.js";
import { FlagValues } from "../../../lib/cmd/flags/flagValues.js";
import { kubeSchedulerFlags } from "../../../lib/cmd/flags/kubeSchedulerFlags.js";

const started = Date.UTC(2026, 10, 8, 16, 27, 31);
const now = started + ((26 * 60 + 5) * 60 + 9) * 1000;
const pages: ZPages = {
  component: "kube-scheduler",
  startedMilliseconds: started,
  flags: new Map([
    ["v", "2"],
    ["leader-elect", "true"],
  ]),
  paths: ["/metrics", "/healthz"],
};
const warning =
  "Warning: This endpoint is not meant to be machine parseable, has no formatting compatibility guarantees and is for debugging purposes only.";

/** The forms are those that kube-apiserver 1.37 gave. */
describe("/statusz and /flagz", () => {
  it("are text for people", () => {
    for (const accept of ["", "*/*", "text/plain", "application/json, text/*;q=0.5"]) {
      const page = zPage("/statusz", accept, pages, now);
      assert.deepEqual([page?.code, page?.contentType], [200, "text/plain; charset=utf-8"]);
    }
    assert.equal(
      zPage("/statusz", "", pages, now)?.body,
      `\nkube-scheduler statusz\n${warning}\n\nStarted: Sun Nov  8 16:27:31 UTC 2026\n` +
        "Up: 26 hr 05 min 09 sec\nGo version: \nBinary version: 1.37\nEmulation version: 1.37\n" +
        "Paths: /flagz /healthz /metrics /statusz\n",
    );
    assert.equal(
      zPage("/flagz", "", pages, now)?.body,
      `\nkube-scheduler flagz\n${warning}\nleader-elect:true\nv:2\n`,
    );
  });

  it("are objects for programs that ask for them", () => {
    const accept = (as: string, type = "application/json", version = "v1beta1") =>
      `${type};v=${version};g=config.k8s.io;as=${as}`;
    const status = zPage("/statusz", accept("Statusz"), pages, now);
    assert.equal(status?.contentType, "application/json;g=config.k8s.io;v=v1beta1;as=Statusz");
    assert.deepEqual(JSON.parse(status?.body ?? ""), {
      kind: "Statusz",
      apiVersion: "config.k8s.io/v1beta1",
      metadata: { name: "kube-scheduler" },
      startTime: "2026-11-08T16:27:31Z",
      uptimeSeconds: 93_909,
      goVersion: "",
      binaryVersion: "1.37",
      emulationVersion: "1.37",
      paths: ["/flagz", "/healthz", "/metrics", "/statusz"],
    });
    const yaml = zPage("/flagz", accept("Flagz", "application/yaml", "v1alpha1"), pages, now);
    assert.match(yaml?.body ?? "", /^apiVersion: config\.k8s\.io\/v1alpha1\nflags:\n/);
    for (const refused of [
      "application/json",
      accept("Flagz"),
      accept("Statusz", "application/json", "v1"),
    ]) {
      const page = zPage("/statusz", refused, pages, now);
      assert.equal(page?.code, 406, refused);
      assert.match(page?.body ?? "", /: application\/json, application\/yaml, text\/plain"/);
    }
  });

  it("are not there for other paths, nor flags where there is no command line", () => {
    const { flags, ...without } = pages;
    assert.ok(flags);
    assert.equal(zPage("/flagz", "", without, now), undefined);
    assert.equal(zPage("/statusz/", "", pages, now), undefined);
  });

  it("show values as Go's flags print them, without counting them as read", () => {
    const values = new FlagValues(kubeSchedulerFlags);
    values.add("leader-elect-lease-duration", "90s");
    values.add("profiling", "F");
    const shown = values.inEffect();
    assert.equal(shown.get("leader-elect-lease-duration"), "1m30s");
    assert.equal(shown.get("profiling"), "false");
    assert.equal(shown.get("authorization-always-allow-paths"), "[/healthz,/readyz,/livez]");
    assert.equal(shown.get("secure-port"), "10259");
    assert.deepEqual(values.unreadSet(), ["leader-elect-lease-duration", "profiling"]);
  });
});
