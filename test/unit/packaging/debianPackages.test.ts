import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const module = new URL("../../../../packaging/debianPackages.mjs", import.meta.url).href;

/** A package manager that knows what is installed and writes down what it is told. */
function fakeDebian(directory: string, installed: readonly string[], aptStatus = 0): void {
  const program = (name: string, body: string): void =>
    writeFileSync(join(directory, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  const cases = installed.map((name) => `${name}) echo "install ok installed";;`).join(" ");
  program("dpkg-query", `case "$4" in ${cases} *) exit 1;; esac`);
  const log = `echo "$@" "$DEBIAN_FRONTEND" "$RUNLEVEL" >> ${join(directory, "apt.log")}`;
  program("apt-get", `${log}\n[ "$1" = update ] || exit ${aptStatus}`);
}

describe("the step that installs Debian's packages", () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "steersman-debian-"));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const install = (noInstall: boolean): string => {
    const options = `{ noInstall: ${noInstall}, say: (text) => console.log(text) }`;
    const call = `installPackages(["containerd", "runc", "ipset"], ${options})`;
    const program = `const { installPackages } = await import("${module}"); ${call};`;
    return execFileSync(process.execPath, ["--input-type=module", "--eval", program], {
      encoding: "utf8",
      env: { PATH: `${directory}:/usr/bin:/bin` },
    });
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
});
