import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const packaging = new URL("../../../../packaging/", import.meta.url).href;

/** A package manager that knows what is installed and writes down what it is told. */
function fakeDebian(
  directory: string,
  installed: readonly string[],
  aptStatus = 0,
  work = "true",
): void {
  const program = (name: string, body: string): void =>
    writeFileSync(join(directory, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  const cases = installed.map((name) => `${name}) echo "install ok installed";;`).join(" ");
  program("dpkg-query", `case "$4" in ${cases} *) exit 1;; esac`);
  const log = `echo "$@" "$DEBIAN_FRONTEND" "$RUNLEVEL" >> ${join(directory, "apt.log")}`;
  program("apt-get", `${log}\n${work}\n[ "$1" = update ] || exit ${aptStatus}`);
}

describe("the step that installs Debian's packages", () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "steersman-debian-"));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const program = (noInstall: boolean): string => `
    const { installPackages } = await import("${packaging}debianPackages.mjs");
    const { CommandGroup } = await import("${packaging}commandGroup.mjs");
    const options = { commands: new CommandGroup(), noInstall: ${noInstall}, say: console.log };
    await installPackages(["containerd", "runc", "ipset"], options);
    console.log("more");`;
  const install = (noInstall: boolean): string => {
    return execFileSync(process.execPath, ["--input-type=module", "--eval", program(noInstall)], {
      encoding: "utf8",
      env: { PATH: `${directory}:/usr/bin:/bin` },
    }).replace(/more\n$/, "");
  };
  const asked = (): string[] => {
    const file = join(directory, "apt.log");
    return existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
  };

  it("says what is missing, and installs that without starting services", () => {
    fakeDebian(directory, ["runc"]);
    assert.equal(install(false), "• installing through apt-get: containerd, ipset\n");
    assert.deepEqual(asked(), [
      "update -q noninteractive 1",
      "install -y -q --no-install-recommends containerd ipset --download-only noninteractive 1",
      "install -y -q --no-install-recommends containerd ipset noninteractive 1",
    ]);
  });

  it("asks nothing of the package manager where everything is there", () => {
    fakeDebian(directory, ["containerd", "runc", "ipset"]);
    assert.equal(install(false), "");
    assert.deepEqual(asked(), []);
  });

  it("only says what is missing with --no-install", () => {
    fakeDebian(directory, []);
    assert.equal(install(true), "• not installing containerd, runc, ipset (--no-install)\n");
    assert.deepEqual(asked(), []);
  });

  it("goes on when the package manager cannot, and says what follows", () => {
    fakeDebian(directory, ["containerd", "runc"], 100);
    assert.match(install(false), /could not install everything; what needs it is skipped/);
  });

  /**
   * Sends SIGTERM while the package manager downloads, which lasts for ever, or installs, which
   * lasts until the set-up knows of the signal.
   */
  async function terminate(isDownload: boolean): Promise<[string, string[]]> {
    const here = isDownload ? "*--download-only*)" : "*--download-only*) ;; install*)";
    const told = join(directory, "told");
    const until = isDownload ? "exec tail -f /dev/null" : `until [ -e ${told} ]; do :; done`;
    const work = `kill -TERM $PPID; ${until}; echo done >> ${join(directory, "apt.log")}`;
    fakeDebian(directory, [], 0, `case "$*" in ${here} ${work};; esac`);
    const tell = `import { writeFileSync } from "node:fs";
      const onSignal = () => writeFileSync("${told}", "");
      setImmediate(() => process.on("SIGTERM", onSignal));`;
    const source = `${tell}${program(false)}`;
    const child = spawn(process.execPath, ["--input-type=module", "--eval", source], {
      env: { PATH: `${directory}:/usr/bin:/bin` },
      stdio: ["ignore", "pipe", "inherit"],
    });
    let said = "";
    child.stdout.on("data", (chunk: Buffer) => {
      said += chunk.toString();
    });
    const [code] = (await once(child, "close")) as [number | null];
    assert.equal(code, 143);
    return [said, asked()];
  }

  it("ends a download at once when it is told to end", async () => {
    const [said, calls] = await terminate(true);
    assert.doesNotMatch(said, /more/);
    assert.equal(calls.length, 2, calls.join("\n"));
  });

  it("lets the package manager finish what it is installing, and does nothing more", async () => {
    const [said, calls] = await terminate(false);
    assert.doesNotMatch(said, /more/);
    assert.equal(calls.length, 4, calls.join("\n"));
    assert.equal(calls.at(-1), "done");
  });
});
