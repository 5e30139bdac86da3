import { Command, Option } from "commander";
import { gitVersion, steersmanVersion } from "../../api/versions.js";
import type { Platform } from "../../platform/platform.js";
import type { DnsFlags } from "./dnsCommand.js";
import { addEtcdCommands } from "./etcd/etcdCommands.js";
import type { InitFlags } from "./initCommand.js";
import type { LoadImageFlags } from "./loadImageCommand.js";
import { addStoreCommands } from "./storeCommands.js";
import type { UpFlags } from "./upCommand.js";

function option(flags: string, text: string, value?: string): Option {
  const made = new Option(flags, text);
  return value === undefined ? made : made.default(value, value === "" ? "off" : value);
}

const logOptions = (): Option[] => [
  option("-v, --v <level>", "how much to log, 0 to 10", "0"),
  option("--logging-format <format>", "the log's form", "text").choices(["text", "json"]),
];

/** Of `steersman dns`. */
export function dnsOptions(): Option[] {
  const collect = (text: string, before: readonly string[] = []): string[] => [...before, text];
  return [
    option("--kubeconfig <file>", "of the API server (default: that of the pod it runs in)"),
    option(
      "--listen-address <ip[:port]>",
      "where to serve over UDP and TCP, as often as given (default: port 53 of every address)",
    ).argParser(collect),
    option("--cluster-domain <domain>", "the domain of the cluster's names", "cluster.local"),
    option(
      "--forward <to>",
      "who is asked for other zones: auto (whom /etc/resolv.conf names), none (such queries are " +
        "refused), or IP[:PORT] with commas between",
      "auto",
    ),
    option("--ttl <seconds>", "how long clients may keep a record", "30"),
    option(
      "--service-ip <ip>",
      "keep the Service kube-system/kube-dns at this address and lead it here (two, with a comma " +
        "between, for both families)",
    ),
    option(
      "--http-address <ip[:port]>",
      "where to serve /healthz, /readyz and /metrics; empty: nowhere",
      "127.0.0.1:9153",
    ),
    ...logOptions(),
  ];
}

function upOptions(): Option[] {
  return [
    option("--data-dir <dir>", "where everything is kept", "./.steersman"),
    option(
      "--etcd-servers <urls>",
      "keep objects in this etcd, with commas between its members; the data directory has keys and " +
        "certificates",
    ),
    option(
      "--etcd-cafile <file>",
      "the authorities of etcd's certificates (default: the machine's)",
    ),
    option("--etcd-certfile <file>", "the certificate that etcd is shown"),
    option("--etcd-keyfile <file>", "the key of that certificate"),
    option("--etcd-prefix <path>", "what the keys in etcd begin with (default: /registry)"),
    option(
      "--serve-etcd <ip:port>",
      "serve the own store as etcd's API, for whoever has the certificate in DIR/pki/etcd; port 0 " +
        "takes a free one",
    ),
    option("--in-memory", "keep nothing on disk but, while they run, what real nodes need there"),
    option("--secure-port <port>", "REST with TLS; 0 takes a free port", "6443"),
    option("--grpc-port <port>", "gRPC with TLS; 0 takes a free port", "6444"),
    option(
      "--insecure-port <port>",
      "plain REST on 127.0.0.1 without authentication, for root and this user, not for pods",
      "",
    ),
    option("--insecure-port-allow-any-user", "let every local user use the insecure port"),
    option("--bind-address <ip>", "the address to listen on", "127.0.0.1"),
    option("--nodes <n>", "how many nodes; the first 16 may be real", "1"),
    option(
      "--runtime <runtime>",
      "what runs containers: containerd (as root; the first node is this machine, the others are " +
        "namespaces), simulated (nothing does), auto (containerd where it can be had)",
      "auto",
    ).choices(["auto", "containerd", "simulated"]),
    option(
      "--job-run-seconds <seconds>",
      "how long containers of Jobs run on simulated nodes before they complete, or never",
      "1",
    ),
    option(
      "--kubeconfig <file>",
      "where to write the kubeconfig (default: in the data directory; nowhere with --in-memory)",
    ),
    option("--service-cluster-ip-range <cidr>", "addresses of Services", "10.96.0.0/12"),
    option(
      "--cluster-cidr <cidr>",
      "addresses of pods (default: 10.244.0.0/16, or 10.128.0.0/9 for more than 256 nodes)",
    ),
    option("--node-cidr <cidr>", "addresses of real nodes", "10.243.0.0/24"),
    option(
      "--cluster-dns <ip>",
      "whom pods of real nodes ask for names: the address of a server of your own, or none " +
        "(default: a server of this program, at the tenth address of the service range)",
    ),
    option(
      "--enable-admission-plugins <names>",
      "admission plugins beside the default ones, with commas between",
    ),
    option("--disable-admission-plugins <names>", "default admission plugins that do not run"),
    option(
      "--workers <n>",
      "threads that serve beside the first; none yet, more than 0 has no effect",
      "0",
    ),
    ...logOptions(),
  ];
}

/** Words that a shell may complete: commands and options, from the program's own definition. */
function completionScript(program: Command): string {
  const commands = program.commands.map((command) => command.name()).join(" ");
  const cases = program.commands
    .map((command) => {
      const words = command.options.map((option) => option.long ?? option.short).join(" ");
      return `    ${command.name()}) COMPREPLY=($(compgen -W "${words} --help" -- "$word"));;`;
    })
    .join("\n");
  return [
    "_steersman() {",
    '  local word="$' + '{COMP_WORDS[COMP_CWORD]}"',
    '  case "$' + '{COMP_WORDS[1]}" in',
    cases,
    `    *) COMPREPLY=($(compgen -W "${commands}" -- "$word"));;`,
    "  esac",
    "}",
    "complete -o default -F _steersman steersman",
    "",
  ].join("\n");
}

/**
 * The `steersman` command. Its actions reject with an Error whose message is one line for the user.
 * `script` is the URL of the file that runs; the other commands' files are beside it.
 */
export function steersmanProgram(platform: Platform, script: string): Command {
  const program = new Command("steersman");
  program.description("A Kubernetes cluster from one npm package");
  const upCommand = program.command("up").description("start a whole cluster in this process");
  for (const option of upOptions()) upCommand.addOption(option);
  // Each command loads what it needs and no more: a DNS server needs no control plane.
  upCommand.action(async (flags: UpFlags) => {
    const { up } = await import("./upCommand.js");
    await up(flags, platform, script);
  });
  const dnsCommand = program.command("dns").description("serve the names of a cluster's Services");
  for (const option of dnsOptions()) dnsCommand.addOption(option);
  dnsCommand.action(async (flags: DnsFlags) => {
    // What starting Node has read is given back before serving reads what it needs.
    platform.host.preferLittleMemory();
    await platform.host.releaseMemory();
    const { dns } = await import("./dnsCommand.js");
    await dns(flags, platform);
  });
  program
    .command("init")
    .description("write certificates, kubeconfigs and settings for the systemd units")
    .requiredOption("--dir <dir>", "stands before every path; / writes where the units look")
    .requiredOption("--address <ip>", "this machine's address")
    .requiredOption("--node <name>", "this node's name; it may be an IPv4 address")
    .option("--service-cluster-ip-range <cidr>", "addresses of Services", "10.10.0.0/16")
    .option("--cluster-dns <ip>", "whom pods ask for names, or none (default: the tenth Service)")
    .option("--etcd-address <ip>", "where etcd is, where it is not on this machine")
    .option("--force", "make authority, keys and certificates anew, too")
    .action(async (flags: InitFlags) => {
      const { init } = await import("./initCommand.js");
      await init(flags, platform);
    });
  program
    .command("load-image")
    .description("give images of archives (docker save, OCI) to the real nodes of a cluster")
    .argument("<archive...>", "tar files")
    .option("--data-dir <dir>", "of the cluster", "./.steersman")
    .action(async (archives: string[], flags: LoadImageFlags) => {
      const { loadImage } = await import("./loadImageCommand.js");
      await loadImage(archives, flags, platform);
    });
  addEtcdCommands(program, platform, script);
  addStoreCommands(program, platform);
  program
    .command("version")
    .description("print the versions")
    .action(async () => {
      await platform.host.writeOutput(`steersman ${steersmanVersion}\nKubernetes ${gitVersion}\n`);
    });
  program
    .command("completion")
    .description("print a script for the shell (bash; zsh with bashcompinit)")
    .argument("[shell]", "bash or zsh", "bash")
    .action(async (shell: string) => {
      const head = shell === "zsh" ? "autoload -U +X bashcompinit && bashcompinit\n" : "";
      await platform.host.writeOutput(`${head}${completionScript(program)}`);
    });
  return program;
}
