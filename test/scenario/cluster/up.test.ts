import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { steersmanProgram } from "../../../lib/cmd/steersman/program.js";
import { nodePlatform } from "../../../lib/platform/node/nodePlatform.js";
import type { Platform } from "../../../lib/platform/platform.js";

/** The real machine, but without root's rights and with a person who can be told and can stop it. */
class Person {
  readonly folder = mkdtempSync(join(tmpdir(), "steersman-up-"));
  said = "";
  #stop: (() => void) | undefined;
  #heard: () => void = () => undefined;

  platform(commands: readonly string[] = []): Platform {
    const take = (text: string): undefined => {
      this.said += text;
      if (this.said.includes("ready in ")) this.#heard();
    };
    const host = {
      ...nodePlatform.host,
      isRoot: commands.length > 0,
      writeOutput: take,
      writeError: take,
      onTermination: (callback: (signal: "SIGTERM") => void) => {
        this.#stop = () => callback("SIGTERM");
        return () => undefined;
      },
    };
    const find = async (command: string): Promise<string | undefined> =>
      commands.includes(command) ? `/usr/bin/${command}` : undefined;
    return { ...nodePlatform, host, processes: { ...nodePlatform.processes, find } };
  }

  run(platform: Platform, ...args: string[]): Promise<unknown> {
    const where = ["--data-dir", join(this.folder, "data")];
    return steersmanProgram(platform, import.meta.url).parseAsync([...args, ...where], {
      from: "user",
    });
  }

  /** Runs `up` until it is ready, then stops it. */
  async upAndDown(platform: Platform, ...flags: string[]): Promise<void> {
    const heard = new Promise<void>((resolve) => {
      this.#heard = resolve;
    });
    const ports = ["--secure-port", "0", "--grpc-port", "0"];
    const running = this.run(platform, "up", ...ports, ...flags);
    await Promise.race([heard, running]);
    this.#stop?.();
    await running;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

describe("steersman up without real nodes", () => {
  let person: Person;
  beforeEach(() => {
    person = new Person();
  });
  afterEach(() => person.remove());

  it("refuses containerd without root, in one line, and starts nothing", async () => {
    const running = person.run(person.platform(), "up", "--runtime", "containerd");
    await assert.rejects(running, { message: "--runtime=containerd: root is needed" });
    assert.ok(!existsSync(join(person.folder, "data", "kubeconfig")));
    assert.ok(!existsSync(join(person.folder, "data", "nodes", "nodes.json")));
  });

  it("refuses containerd where something is not installed, and names it", async () => {
    const platform = person.platform(["iptables"]);
    const running = person.run(platform, "up", "--runtime", "containerd");
    await assert.rejects(running, {
      message: "--runtime=containerd: iptables-save is not installed",
    });
  });

  it("takes simulated nodes by itself, and says why", async () => {
    await person.upAndDown(person.platform(), "--nodes", "2");
    assert.match(person.said, /^nodes {2}2, simulated: root is needed$/m);
  });

  it("gives no reason where simulated nodes were asked for", async () => {
    await person.upAndDown(person.platform(), "--runtime", "simulated");
    assert.match(person.said, /^nodes {2}1, simulated$/m);
  });

  it("says that it writes no kubeconfig with --in-memory, and where it does", async () => {
    await person.upAndDown(person.platform(), "--in-memory");
    assert.match(person.said, /^kubeconfig {2}none with --in-memory; --kubeconfig says where/m);
    const file = join(person.folder, "kc");
    await person.upAndDown(person.platform(), "--in-memory", "--kubeconfig", file);
    assert.ok(existsSync(file));
  });

  it("names the flag that a start fails by", async () => {
    const up = (...flags: string[]): Promise<unknown> =>
      person.run(person.platform(), "up", "--secure-port", "0", "--grpc-port", "0", ...flags);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    try {
      const taken = new RegExp(`^Error: --grpc-port: 127\\.0\\.0\\.1:${port}: the port is in use$`);
      await assert.rejects(up("--grpc-port", String(port)), taken);
    } finally {
      server.close();
    }
    await assert.rejects(
      up("--runtime", "simulated", "--cluster-cidr", "foo"),
      /^Error: --cluster-cidr: "foo" is not/,
    );
    await assert.rejects(up("--bind-address", "foo"), /^Error: --bind-address: "foo" is not an IP/);
    const nowhere = join(person.folder, "none", "kc");
    await assert.rejects(up("--kubeconfig", nowhere), /^Error: --kubeconfig: .*none\/kc cannot be/);
    rmSync(join(person.folder, "data"), { recursive: true });
    writeFileSync(join(person.folder, "data"), "");
    await assert.rejects(up(), /^Error: --data-dir: /);
  });

  it("makes no certificate for a node whose name no Node could have", async () => {
    const flags = ["--dir", person.folder, "--address", "10.0.0.9", "--node", "Node_1"];
    const program = steersmanProgram(person.platform(), import.meta.url);
    const running = program.parseAsync(["init", ...flags], { from: "user" });
    await assert.rejects(running, /^Error: --node: "Node_1": a lowercase RFC 1123 subdomain/);
    assert.ok(!existsSync(join(person.folder, "etc")));
  });

  it("refuses ranges that are not apart", async () => {
    const running = person.run(person.platform(), "up", "--node-cidr", "10.244.9.0/24");
    await assert.rejects(running, /^Error: --node-cidr: 10.244.9.0\/24 overlaps --cluster-cidr/);
  });

  it("has no node to load an image into", async () => {
    const archive = join(person.folder, "image.tar");
    writeFileSync(archive, "");
    const running = person.run(person.platform(), "load-image", archive);
    await assert.rejects(running, /^Error: --data-dir: no cluster with real nodes runs on /);
  });
});
