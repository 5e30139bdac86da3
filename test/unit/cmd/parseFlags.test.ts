import assert from "node:assert/strict";
import { parseFlagTable } from "../../../lib/cmd/flags/flagTable.js";
import type { FlagValues } from "../../../lib/cmd/flags/flagValues.js";
import { describeFlags, parseFlags } from "../../../lib/cmd/flags/parseFlags.js";

const definitions = parseFlagTable(`
name string =none
config-file string
on bool
off bool =true
count int =7
small int32
rate float =0.5
wait duration =1m0s
hosts strings =[a,b]
args stringArray
labels mapStringString
gates colonSeparatedMapStringBool
v Level -v
old int =8080 !
help bool -h
version version[=true]
`);

const parse = (...args: string[]): FlagValues => parseFlags(definitions, args);

interface Row {
  readonly args: readonly string[];
  readonly read: (values: FlagValues) => unknown;
  readonly is: unknown;
}

const name = (values: FlagValues): string => values.string("name");
const rows: readonly Row[] = [
  { args: [], read: name, is: "none" },
  { args: ["--name=x"], read: name, is: "x" },
  { args: ["--name", "x"], read: name, is: "x" },
  { args: ["--name=a=b"], read: name, is: "a=b" },
  { args: ["--name", "--on"], read: name, is: "--on" },
  { args: ["--name=x", "--name=y"], read: name, is: "y" },
  { args: ["--name="], read: name, is: "" },
  { args: ["--name", ""], read: name, is: "" },
  { args: ["--name="], read: (values) => values.isSet("name"), is: true },
  { args: ["--config_file=x"], read: (values) => values.string("config-file"), is: "x" },
  { args: ["--config_file", "x_y"], read: (values) => values.string("config-file"), is: "x_y" },
  { args: ["--on"], read: (values) => values.boolean("on"), is: true },
  { args: ["--on=T"], read: (values) => values.boolean("on"), is: true },
  { args: ["--off=0"], read: (values) => values.boolean("off"), is: false },
  { args: [], read: (values) => values.boolean("off"), is: true },
  { args: ["--count", "-3"], read: (values) => values.integer("count"), is: -3 },
  { args: ["--count=0x10"], read: (values) => values.integer("count"), is: 16 },
  { args: ["--rate=1e-3"], read: (values) => values.number("rate"), is: 0.001 },
  { args: ["--wait=1h2m3.5s"], read: (values) => values.duration("wait"), is: 3_723_500 },
  { args: [], read: (values) => values.duration("wait"), is: 60_000 },
  { args: ["-v", "2"], read: (values) => values.integer("v"), is: 2 },
  { args: ["-v=2"], read: (values) => values.integer("v"), is: 2 },
  { args: ["-v2"], read: (values) => values.integer("v"), is: 2 },
  { args: ["--v=2"], read: (values) => values.integer("v"), is: 2 },
  { args: ["-h"], read: (values) => values.boolean("help"), is: true },
  { args: ["-hv4"], read: (values) => values.integer("v"), is: 4 },
  { args: ["--version"], read: (values) => values.string("version"), is: "true" },
  { args: ["--version=raw"], read: (values) => values.string("version"), is: "raw" },
  { args: [], read: (values) => values.strings("hosts"), is: ["a", "b"] },
  { args: ["--hosts=x,y"], read: (values) => values.strings("hosts"), is: ["x", "y"] },
  { args: ["--hosts=x", "--hosts", "y,z"], read: (v) => v.strings("hosts"), is: ["x", "y", "z"] },
  { args: ["--hosts="], read: (values) => values.strings("hosts"), is: [] },
  { args: ["--args=x,y", "--args=z"], read: (values) => values.strings("args"), is: ["x,y", "z"] },
  {
    args: ["--labels=a=1,b=", "--labels=c=x=y"],
    read: (values) => [...values.map("labels")],
    is: [
      ["a", "1"],
      ["b", ""],
      ["c", "x=y"],
    ],
  },
  { args: ["--old=1"], read: (values) => values.integer("old"), is: 1 },
  { args: ["--on", "--"], read: (values) => values.boolean("on"), is: true },
];

const refusals: readonly { args: readonly string[]; message: string | RegExp }[] = [
  { args: ["--nome=x"], message: "unknown flag: --nome" },
  { args: ["-x"], message: "unknown shorthand flag: 'x' in -x" },
  { args: ["--name"], message: "flag needs an argument: --name" },
  { args: ["-v"], message: "flag needs an argument: 'v' in -v" },
  { args: ["--on=maybe"], message: /^invalid argument "maybe" for "--on" flag: / },
  { args: ["--on="], message: /^invalid argument "" for "--on" flag: / },
  { args: ["--count=x"], message: /^invalid argument "x" for "--count" flag: / },
  { args: ["--count=1.5"], message: /^invalid argument "1.5" for "--count" flag: / },
  { args: ["--count="], message: /^invalid argument "" for "--count" flag: / },
  { args: ["--small=2147483648"], message: /^invalid argument "2147483648" for "--small" flag: / },
  { args: ["--rate=fast"], message: /^invalid argument "fast" for "--rate" flag: / },
  { args: ["--wait=5"], message: /^invalid argument "5" for "--wait" flag: / },
  { args: ["--wait=5 m"], message: /^invalid argument "5 m" for "--wait" flag: / },
  { args: ["--labels=a"], message: /^invalid argument "a" for "--labels" flag: / },
  { args: ["--version=new"], message: /^invalid argument "new" for "--version" flag: / },
  { args: ["-v=loud"], message: /^invalid argument "loud" for "-v, --v" flag: / },
  { args: ["on"], message: /"on"/ },
  { args: ["--on", "true"], message: /"true"/ },
];

describe("parseFlags", () => {
  for (const { args, read, is } of rows) {
    it(`reads ${JSON.stringify(args)} as ${JSON.stringify(is)} (${read})`, () => {
      assert.deepEqual(read(parse(...args)), is);
    });
  }

  for (const { args, message } of refusals) {
    it(`refuses ${JSON.stringify(args)}`, () => {
      assert.throws(() => parse(...args), { name: "FlagError", message });
    });
  }

  it("says which flags are set and never read", () => {
    const values = parse("--name=x", "--count=1", "-v2");
    values.string("name");
    assert.deepEqual(values.unreadSet(), ["count", "v"]);
  });
});

describe("describeFlags", () => {
  const text = describeFlags("kube-x", definitions);
  const line = (flag: string): string =>
    text.split("\n").find((candidate) => new RegExp(`--${flag}(?= |$)`).test(candidate)) ?? "";

  it("shows each flag with its type and default", () => {
    assert.match(text, /^Usage:\n {2}kube-x \[flags\]\n/);
    assert.match(line("name"), /^ {6}--name string +\(default "none"\)$/);
    assert.match(line("config-file"), /^ {6}--config-file string$/);
    assert.match(line("count"), /--count int +\(default 7\)$/);
    assert.match(line("wait"), /--wait duration +\(default 1m0s\)$/);
    assert.match(line("off"), /--off +\(default true\)$/);
    assert.match(line("hosts"), /--hosts strings +\(default \[a,b\]\)$/);
    assert.match(line("v"), /^ {2}-v, --v Level +How much is logged/);
    assert.match(line("help"), /^ {2}-h, --help +Shows this text$/);
  });

  it("says what is deprecated", () => {
    assert.match(line("old"), /--old int +\(default 8080\) \(DEPRECATED: .+\)$/);
  });

  it("is sorted", () => {
    const names = [...text.matchAll(/^ {2}.{4}--([\w-]+)/gm)].map((match) => match[1]);
    assert.deepEqual(names, definitions.map((definition) => definition.name).sort());
  });
});
