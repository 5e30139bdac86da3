import { type ApplyCase, a, b, container, deployment, force, get } from "./applySteps.js";
import { kindCases } from "./kindCases.js";
import { workloadCases } from "./workloadCases.js";

const maps: ApplyCase[] = [
  { name: "creates what is absent", kind: "ConfigMap", steps: [a({ data: { k: "1" } }), get] },
  {
    name: "the same again changes nothing",
    kind: "ConfigMap",
    steps: [a({ data: { k: "1" } }), a({ data: { k: "1" } })],
  },
  {
    name: "another value",
    kind: "ConfigMap",
    steps: [a({ data: { k: "1" } }), a({ data: { k: "2" } })],
  },
  {
    name: "what is applied no longer goes",
    kind: "ConfigMap",
    steps: [a({ data: { k: "1", l: "1" } }), a({ data: { k: "1" } }), a({})],
  },
  {
    name: "one conflict",
    kind: "ConfigMap",
    steps: [a({ data: { k: "1" } }), b({ data: { k: "2" } })],
  },
  {
    name: "several conflicts of several managers",
    kind: "ConfigMap",
    steps: [
      a({ data: { k: "1", m: "1" }, metadata: { labels: { "a.b/c": "1" } } }),
      { verb: "merge", manager: "u", body: { data: { l: "1" } }, bare: true },
      b({ data: { k: "2", l: "2", m: "2" }, metadata: { labels: { "a.b/c": "2" } } }),
    ],
  },
  {
    name: "force takes over",
    kind: "ConfigMap",
    steps: [a({ data: { k: "1", l: "1" } }), b({ data: { k: "2" } }, force), a({})],
  },
  {
    name: "shared ownership, and giving it up",
    kind: "ConfigMap",
    steps: [a({ data: { k: "1" } }), b({ data: { k: "1" } }), a({ data: {} }), b({ data: {} })],
  },
  {
    name: "who shares does not change",
    kind: "ConfigMap",
    steps: [a({ data: { k: "1" } }), b({ data: { k: "1" } }), b({ data: { k: "2" } })],
  },
  {
    name: "an update takes a field",
    kind: "ConfigMap",
    steps: [
      a({ data: { k: "1", l: "1" } }),
      { verb: "merge", manager: "u", body: { data: { k: "2" } }, bare: true },
      a({ data: { l: "2" } }),
    ],
  },
  {
    name: "an update takes a field away",
    kind: "ConfigMap",
    steps: [
      a({ data: { k: "1", l: "1" } }),
      { verb: "merge", manager: "u", body: { data: { k: null } }, bare: true },
      b({ data: { k: "2" } }),
    ],
  },
  {
    name: "what an update has set stays",
    kind: "ConfigMap",
    steps: [
      { verb: "create", manager: "u", body: { data: { k: "1" } } },
      a({ data: { l: "1" } }),
      a({}),
    ],
  },
  {
    name: "null and empty",
    kind: "ConfigMap",
    steps: [
      a({ data: null, binaryData: {}, immutable: false, metadata: { labels: {} } }),
      a({ data: null, binaryData: {}, immutable: false, metadata: { labels: {} } }),
      b({ immutable: false }),
      b({ data: { k: "" } }),
    ],
  },
  {
    name: "nothing is named",
    kind: "ConfigMap",
    steps: [a({}), b({})],
  },
  {
    name: "labels to annotations",
    kind: "ConfigMap",
    steps: [
      a({ metadata: { labels: { x: "1" }, annotations: { y: "1" }, finalizers: ["e.x/f"] } }),
      b({ metadata: { labels: { z: "1" }, finalizers: ["e.x/g"] } }),
      a({ metadata: {} }),
    ],
  },
  {
    name: "owners",
    kind: "ConfigMap",
    steps: [
      a({
        metadata: {
          ownerReferences: [{ apiVersion: "v1", kind: "Secret", name: "o", uid: "u-1" }],
        },
      }),
      b({
        metadata: {
          ownerReferences: [
            { apiVersion: "v1", kind: "Secret", name: "p", uid: "u-2", controller: true },
          ],
        },
      }),
    ],
  },
  {
    name: "dry run",
    kind: "ConfigMap",
    steps: [
      a({ data: { k: "1" } }, { query: "dryRun=All" }),
      get,
      a({ data: { k: "1" } }),
      a({ data: { k: "2" } }, { query: "dryRun=All" }),
      get,
    ],
  },
  {
    name: "a version that was read",
    kind: "ConfigMap",
    steps: [
      a({ data: { k: "1" } }),
      a({ data: { k: "2" }, metadata: { resourceVersion: "1" } }),
      a({ data: { k: "2" }, metadata: { resourceVersion: "x" } }),
    ],
  },
  {
    name: "a version of what is absent",
    kind: "ConfigMap",
    steps: [a({ data: { k: "1" }, metadata: { resourceVersion: "1" } })],
  },
  {
    name: "another uid",
    kind: "ConfigMap",
    steps: [a({ metadata: { uid: "u" } }), a({ data: { k: "1" } }), a({ metadata: { uid: "u" } })],
  },
];

const refused: ApplyCase[] = [
  { name: "no manager", kind: "ConfigMap", steps: [{ verb: "apply", body: {} }] },
  {
    name: "a manager that cannot be",
    kind: "ConfigMap",
    steps: [
      a({}, { manager: "x".repeat(129) }),
      a({}, { manager: "x\u0007" }),
      a({}, { query: "force=maybe" }),
      a({}, { query: "dryRun=Some&fieldValidation=Odd" }),
    ],
  },
  {
    name: "force of another patch",
    kind: "ConfigMap",
    steps: [
      a({}),
      { verb: "merge", manager: "u", query: "force=true", body: { data: {} }, bare: true },
    ],
  },
  {
    name: "managedFields",
    kind: "ConfigMap",
    steps: [
      a({ metadata: { managedFields: [] } }),
      a({ metadata: { managedFields: [{}] } }),
      a({ metadata: { managedFields: null } }),
    ],
  },
  {
    name: "names",
    kind: "ConfigMap",
    steps: [
      a('{"apiVersion":"v1","kind":"ConfigMap"}'),
      a('{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"other"}}'),
      a({ metadata: { namespace: "other" } }),
      a({ metadata: { generateName: "g-" } }),
    ],
  },
  {
    name: "kinds",
    kind: "ConfigMap",
    steps: [
      a("{}"),
      a(""),
      a('{"apiVersion":"v1","kind":"Secret","metadata":{"name":"x"}}'),
      a('{"apiVersion":"v2","kind":"ConfigMap","metadata":{"name":"x"}}'),
      a('{"apiVersion":"a/b/c","kind":"ConfigMap","metadata":{"name":"x"}}'),
    ],
  },
  {
    name: "no configuration",
    kind: "ConfigMap",
    steps: [a("[]"), a("text"), a("a: ["), a("12"), a("{")],
  },
  {
    name: "fields that are not known",
    kind: "Deployment",
    steps: [
      a(deployment({ replica: 1 })),
      a(deployment({}, [container({ img: "x" })])),
      a({ specs: {} }, { query: "fieldValidation=Ignore" }),
      a({ metadata: { label: {} } }),
    ],
  },
  {
    name: "values of other types",
    kind: "Deployment",
    steps: [
      a(deployment({ replicas: "3" })),
      a(deployment({ paused: "yes" })),
      a(deployment({}, [container({ image: 1 })])),
      a(deployment({}, [container({ image: { a: "b", c: [1] } })])),
      a(deployment({}, [container({ env: "x" })])),
      a(deployment({}, [container({ env: [{ name: "a", value: 1.5 }] })])),
      a({ spec: "x" }),
      a({ spec: [] }),
      a({ metadata: { labels: { x: true } } }),
      a({ metadata: { labels: ["x"] } }),
    ],
  },
  {
    name: "elements that are there twice",
    kind: "Deployment",
    steps: [
      a(deployment({}, [container(), container()])),
      a(
        deployment({}, [
          container({ ports: [{ containerPort: 1 }, { containerPort: 1, protocol: "TCP" }] }),
        ]),
      ),
      a({ metadata: { finalizers: ["e.x/a", "e.x/a"] } }),
      a({ metadata: { finalizers: [{}, null] } }),
      a(deployment({}, [{ image: "x" }])),
      a(deployment({}, [container({ ports: [{ name: "x" }] })])),
    ],
  },
  {
    name: "values that do not decode",
    kind: "Deployment",
    steps: [
      a(deployment({}, [container({ resources: { limits: { cpu: "much" } } })])),
      a(deployment({ replicas: 1.5 })),
    ],
  },
  {
    name: "values that the kind's rules refuse",
    kind: "Deployment",
    steps: [a({ spec: { replicas: -1 } }), a(deployment()), a(deployment({ replicas: -1 }))],
  },
  {
    name: "fields that are there twice",
    kind: "ConfigMap",
    steps: [
      a(
        '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"NAME"},"data":{"k":"1","k":"2"}}',
      ),
      a(
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: NAME\ndata:\n  k: a\n  k: b\n  l: c\n  l: d\n",
        { query: "fieldValidation=Strict" },
      ),
      a("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: NAME\ndata:\n  k: a\n  k: b\n", {
        query: "fieldValidation=Ignore",
      }),
    ],
  },
  {
    name: "media types",
    kind: "ConfigMap",
    steps: [
      a({}, { contentType: "application/apply-patch+cbor" }),
      a({}, { contentType: "application/apply-patch+json" }),
      a({}, { contentType: "application/apply-patch+yaml; charset=utf-8" }),
      a({}, { contentType: "application/yaml" }),
    ],
  },
  {
    name: "what cannot be changed",
    kind: "ConfigMap",
    steps: [
      a({ data: { k: "1" }, immutable: true }),
      a({ data: { k: "2" }, immutable: true }),
      a({ immutable: true }),
    ],
  },
];

export const applyCases: readonly ApplyCase[] = [
  ...maps,
  ...refused,
  ...workloadCases,
  ...kindCases,
];
