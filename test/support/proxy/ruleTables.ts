export type Chains = Map<string, string[]>;

const builtIn: Readonly<Record<string, readonly string[]>> = {
  filter: ["INPUT", "FORWARD", "OUTPUT"],
  mangle: ["PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"],
  nat: ["PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"],
};

/** What a kernel holds, as the text that iptables-restore --noflush reads makes it. */
export class RuleTables {
  readonly tables = new Map<string, Chains>();

  constructor() {
    for (const [table, names] of Object.entries(builtIn)) {
      this.tables.set(table, new Map(names.map((name) => [name, [] as string[]])));
    }
  }

  chain(table: string, name: string): readonly string[] | undefined {
    return this.tables.get(table)?.get(name);
  }

  /** Each table changes as a whole or, when a line is refused, not at all; then this throws. */
  restore(text: string): void {
    let current: { name: string; chains: Chains } | undefined;
    for (const line of text.split("\n")) {
      if (line === "") continue;
      if (line.startsWith("*")) {
        const chains = this.tables.get(line.slice(1));
        if (chains === undefined) throw new Error(`no table ${line}`);
        const copy: Chains = new Map();
        for (const [name, rules] of chains) copy.set(name, [...rules]);
        current = { name: line.slice(1), chains: copy };
      } else if (current === undefined) {
        throw new Error(`no table: ${line}`);
      } else if (line === "COMMIT") {
        this.tables.set(current.name, current.chains);
        current = undefined;
      } else {
        applyLine(current.chains, line);
      }
    }
    if (current !== undefined) throw new Error("no COMMIT");
  }

  save(): string {
    let text = "";
    for (const [table, chains] of this.tables) {
      text += `*${table}\n`;
      for (const name of chains.keys()) text += `:${name} - [0:0]\n`;
      for (const [name, rules] of chains) {
        for (const rule of rules) text += `-A ${name} ${rule}\n`;
      }
      text += "COMMIT\n";
    }
    return text;
  }
}

function applyLine(chains: Chains, line: string): void {
  const refuse = (reason: string): never => {
    throw new Error(`${reason}: ${line}`);
  };
  if (line.startsWith(":")) {
    chains.set(line.slice(1).split(" ", 1)[0] ?? "", []);
    return;
  }
  const [, command = "", name = "", rest = ""] = /^(-\w) (\S+) ?(.*)$/.exec(line) ?? [];
  const rules = chains.get(name) ?? refuse("no such chain");
  switch (command) {
    case "-A":
      rules.push(rest);
      return;
    case "-I": {
      const [, place = "1", rule = rest] = /^(\d+) (.*)$/.exec(rest) ?? [];
      if (Number(place) > rules.length + 1) refuse("index of insertion too big");
      rules.splice(Number(place) - 1, 0, rule);
      return;
    }
    case "-D": {
      const at = rules.indexOf(rest);
      if (at < 0) refuse("no such rule");
      rules.splice(at, 1);
      return;
    }
    case "-X":
      if (rules.length > 0) refuse("the chain is not empty");
      chains.delete(name);
      return;
    default:
      refuse("an unknown command");
  }
}
