// What real nodes and the tests need of Debian, installed through its own package manager.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

export const nodePackages = [
  ...["containerd", "runc", "containernetworking-plugins", "iptables", "conntrack", "ipset"],
  ...["ipvsadm", "iproute2", "procps"],
];
export const testPackages = [
  ...["docker-registry", "busybox-static", "etcd-server", "etcd-client", "nftables", "protobuf-compiler"],
  ...["openssl", "curl", "systemd", "python3-venv", "iputils-ping", "socat", "netcat-openbsd"],
  ...["bind9-dnsutils", "musl-tools"],
];

function isInstalled(name) {
  const query = spawnSync("dpkg-query", ["-W", "-f", "${Status}", name], { encoding: "utf8" });
  return query.stdout?.includes("install ok installed") === true;
}

/** Whether this is a machine whose packages are ours to install. */
export function mayInstall() {
  return existsSync("/etc/debian_version") && process.getuid?.() === 0;
}

/** Installs those that are missing, and says so first. With noInstall it only says what is missing. */
export async function installPackages(names, { commands, noInstall, say }) {
  const missing = names.filter((name) => !isInstalled(name));
  if (missing.length === 0) return;
  if (noInstall) {
    say(`• not installing ${missing.join(", ")} (--no-install)`);
    return;
  }
  say(`• installing through apt-get: ${missing.join(", ")}`);
  // Debian's services must not start by themselves: they would take ports and namespaces.
  const environment = { ...process.env, DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" };
  const options = { stdio: ["ignore", 2, 2], env: environment };
  await commands.run("apt-get", ["update", "-q"], options);
  const install = ["install", "-y", "-q", "--no-install-recommends", ...missing];
  await commands.run("apt-get", [...install, "--download-only"], options);
  if ((await commands.run("apt-get", install, { ...options, mustFinish: true })) !== 0) {
    say("✗ apt-get could not install everything; what needs it is skipped or simulated");
  }
}
