import assert from "node:assert/strict";
import type { Secret } from "../../../../lib/api/gen/types/coreV1.js";
import type { PodSandboxConfig } from "../../../../lib/kubelet/cri/runtime.js";
import { type ImageError, ImageManager } from "../../../../lib/kubelet/images/imageManager.js";
import { parseImageReference } from "../../../../lib/kubelet/images/imageReference.js";
import { credentialsFor } from "../../../../lib/kubelet/images/pullCredentials.js";
import { SimulatedRuntime } from "../../../../lib/kubelet/simulated/simulatedRuntime.js";
import { SeededRandom } from "../../../../lib/platform/virtual/seededRandom.js";
import { VirtualClock } from "../../../../lib/platform/virtual/virtualClock.js";
import { container, pod } from "../../../support/kubelet/kubeletObjects.js";

describe("parseImageReference", () => {
  const digest = `sha256:${"a".repeat(64)}`;
  const cases: [string, string | undefined][] = [
    ["nginx", "docker.io library/nginx latest -"],
    ["nginx:1.2", "docker.io library/nginx 1.2 -"],
    ["team/app", "docker.io team/app latest -"],
    ["localhost/app", "localhost app latest -"],
    ["localhost:5000/app:v1", "localhost:5000 app v1 -"],
    ["reg.io/a/b/c", "reg.io a/b/c latest -"],
    [`reg.io/a@${digest}`, `reg.io a - ${digest}`],
    [`reg.io/a:v1@${digest}`, `reg.io a v1 ${digest}`],
    ["", undefined],
    ["Nginx", undefined],
    ["a//b", undefined],
    ["a b", undefined],
    ["a:", undefined],
  ];
  for (const [image, expected] of cases) {
    it(`${JSON.stringify(image)}: ${expected}`, () => {
      const parsed = parseImageReference(image);
      const shown =
        parsed &&
        `${parsed.registry} ${parsed.repository} ${parsed.tag || "-"} ${parsed.digest || "-"}`;
      assert.equal(shown, expected);
    });
  }
});

describe("credentialsFor", () => {
  const secretOf = (auths: object): Secret => ({
    metadata: { name: "s" },
    data: { ".dockerconfigjson": Buffer.from(JSON.stringify({ auths })).toString("base64") },
  });
  const user = (name: string) => ({ auth: Buffer.from(`${name}:p:w`).toString("base64") });
  const usersFor = (image: string, auths: object) => {
    const reference = parseImageReference(image);
    assert.ok(reference);
    return credentialsFor(reference, [secretOf(auths)]).map((auth) => auth.username);
  };
  const cases: [string, string, object, string[]][] = [
    ["the host", "reg.io/a", { "reg.io": user("x"), "other.io": user("y") }, ["x"]],
    ["Docker's hub", "nginx", { "https://index.docker.io/v1/": user("x") }, ["x"]],
    ["a wildcard of one part", "a.reg.io/x", { "*.reg.io": user("x") }, ["x"]],
    ["a wildcard is not two parts", "a.b.reg.io/x", { "*.reg.io": user("x") }, []],
    ["the port", "reg.io:5000/x", { "reg.io": user("x"), "reg.io:5000": user("y") }, ["y"]],
    [
      "the longest path first",
      "reg.io/team/app",
      { "reg.io": user("x"), "reg.io/team": user("y"), "reg.io/else": user("z") },
      ["y", "x"],
    ],
    [
      "nothing unreadable",
      "reg.io/a",
      { "reg.io": { auth: "" }, "reg.io/a": { auth: "eA==" } },
      [""],
    ],
  ];
  for (const [name, image, auths, expected] of cases) {
    it(`heeds ${name}`, () => assert.deepEqual(usersFor(image, auths), expected));
  }

  it("keeps colons of the password, and reads the old form", () => {
    const old = JSON.stringify({ "reg.io": user("x") });
    const secret = {
      metadata: { name: "s" },
      data: { ".dockercfg": Buffer.from(old).toString("base64") },
    };
    const reference = parseImageReference("reg.io/a");
    assert.ok(reference);
    assert.deepEqual(credentialsFor(reference, [secret]), [{ username: "x", password: "p:w" }]);
  });
});

describe("ImageManager", () => {
  let clock: VirtualClock;
  let runtime: SimulatedRuntime;
  let pulls: string[];
  let releases: (() => void)[];
  let failure: Error | undefined;
  let events: string[];

  beforeEach(() => {
    clock = new VirtualClock();
    runtime = new SimulatedRuntime({ clock, random: new SeededRandom(1) });
    pulls = [];
    releases = [];
    failure = undefined;
    events = [];
  });

  function manager(maxParallelPulls = 1, isHeld = false): ImageManager {
    const pullImage = runtime.pullImage.bind(runtime);
    runtime.pullImage = async (image) => {
      pulls.push(image);
      if (isHeld) await new Promise<void>((resolve) => releases.push(resolve));
      if (failure) throw failure;
      return pullImage(image);
    };
    return new ImageManager({ clock, runtime, maxParallelPulls });
  }

  function ensure(of: ImageManager, image: string, imagePullPolicy?: string) {
    const own = container("main", { image, ...(imagePullPolicy ? { imagePullPolicy } : {}) });
    const emit = (event: { reason: string; message: string }) => events.push(event.reason);
    return of.ensure(pod(), own, [], {} as PodSandboxConfig, emit);
  }

  it("pulls by policy", async () => {
    const images = manager();
    await ensure(images, "reg.io/a:1", "IfNotPresent");
    await ensure(images, "reg.io/a:1", "IfNotPresent");
    assert.deepEqual(pulls, ["reg.io/a:1"]);
    await ensure(images, "reg.io/a:1", "Always");
    assert.equal(pulls.length, 2);
    await ensure(images, "reg.io/a:1", "Never");
    assert.deepEqual(events, ["Pulling", "Pulled", "Pulled", "Pulling", "Pulled", "Pulled"]);
    await assert.rejects(ensure(images, "reg.io/b:1", "Never"), {
      reason: "ErrImageNeverPull",
      message: 'Container image "reg.io/b:1" is not present with pull policy of Never',
    });
  });

  it("without a policy pulls what is latest always", async () => {
    const images = manager();
    for (const image of ["reg.io/a", "reg.io/a", "reg.io/a:1", "reg.io/a:1"]) {
      await ensure(images, image);
    }
    assert.deepEqual(pulls, ["reg.io/a:latest", "reg.io/a:latest", "reg.io/a:1"]);
  });

  it("refuses what is no name", async () => {
    await assert.rejects(ensure(manager(), "A B"), {
      reason: "InvalidImageName",
      message:
        'Failed to apply default image tag "A B": couldn\'t parse image name "A B": ' +
        "invalid reference format",
    });
  });

  it("backs off after a failure, tells why, and forgets it after a success", async () => {
    const images = manager();
    failure = new Error("no such image");
    const attempt = () =>
      ensure(images, "reg.io/a:1").then(
        () => "pulled",
        (error: unknown) => `${(error as ImageError).reason}: ${(error as Error).message}`,
      );
    assert.equal(await attempt(), "ErrImagePull: no such image");
    assert.deepEqual(events, ["Pulling", "Failed"]);
    assert.equal(
      await attempt(),
      'ImagePullBackOff: Back-off pulling image "reg.io/a:1": ErrImagePull: no such image',
    );
    assert.equal(pulls.length, 1);
    await clock.advance(10_000);
    assert.equal(await attempt(), "ErrImagePull: no such image");
    await clock.advance(10_000);
    assert.match(await attempt(), /^ImagePullBackOff/);
    await clock.advance(10_000);
    failure = undefined;
    assert.equal(await attempt(), "pulled");
  });

  it("pulls an image once, however many ask at once", async () => {
    const images = manager(5, true);
    const both = [ensure(images, "reg.io/a:1"), ensure(images, "reg.io/a:1")];
    await clock.settle();
    assert.equal(pulls.length, 1);
    releases[0]?.();
    await Promise.all(both);
  });

  it("lets nobody ride on a pull with another's password", async () => {
    const images = manager(4, true);
    const ask = (password: string) => {
      const auth = Buffer.from(`robot:${password}`).toString("base64");
      const auths = JSON.stringify({ auths: { "reg.io": { auth } } });
      const data = { ".dockerconfigjson": Buffer.from(auths).toString("base64") };
      const own = container("main", { image: "reg.io/a:1", imagePullPolicy: "Always" });
      const secrets = [{ metadata: { name: "s" }, data }];
      return images.ensure(pod(), own, secrets, {} as PodSandboxConfig, () => undefined);
    };
    const all = [ask("right"), ask("right"), ask("guessed")];
    await clock.settle();
    assert.equal(pulls.length, 2);
    for (const release of releases) release();
    await Promise.all(all);
  });

  it("never pulls more at once than it may, also when one asks as another ends", async () => {
    const images = manager(1, true);
    const first = ensure(images, "reg.io/a:1");
    const second = ensure(images, "reg.io/b:1");
    await clock.settle();
    assert.deepEqual(pulls, ["reg.io/a:1"]);
    // As soon as the first has ended a third asks; the second's turn is before it.
    const third = first.then(() => ensure(images, "reg.io/c:1"));
    releases[0]?.();
    await clock.settle();
    assert.deepEqual(pulls, ["reg.io/a:1", "reg.io/b:1"]);
    releases[1]?.();
    await clock.settle();
    assert.deepEqual(pulls, ["reg.io/a:1", "reg.io/b:1", "reg.io/c:1"]);
    releases[2]?.();
    await Promise.all([first, second, third]);
  });
});
