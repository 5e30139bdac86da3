import assert from "node:assert/strict";
import { defaultAdmissionPlugins } from "../../../lib/apiserver/admission/admissionPlugins.js";
import { kubeApiserverFlags } from "../../../lib/cmd/flags/kubeApiserverFlags.js";
import { parseFlags } from "../../../lib/cmd/flags/parseFlags.js";
import {
  admissionChoice,
  allowsAnonymous,
  maxTokenExpiration,
  reconcilerOf,
  requestTimeoutSeconds,
} from "../../../lib/cmd/kubeApiserver/apiserverFlags.js";
import { checkServing } from "../../../lib/cmd/kubeApiserver/checkServing.js";
import { peerAddress } from "../../../lib/cmd/kubeApiserver/peerAddress.js";
import { plainPorts } from "../../../lib/cmd/kubeApiserver/plainPorts.js";
import { securePorts } from "../../../lib/cmd/kubeApiserver/securePorts.js";
import { silentLogger } from "../../../lib/platform/logger.js";

const flagsOf = (...args: string[]) => parseFlags(kubeApiserverFlags, args);

describe("kube-apiserver's flags", () => {
  it("open the insecure ports by default, and insist only on those that are given", () => {
    const on = (port: number, optional: boolean, allowAnyUser = false) => {
      return { address: "127.0.0.1", port, allowAnyUser, optional };
    };
    assert.deepEqual(plainPorts(flagsOf()), {
      insecure: on(8080, true),
      insecureRpc: on(6445, true),
    });
    assert.deepEqual(plainPorts(flagsOf("--insecure-port=0")), {});
    assert.deepEqual(plainPorts(flagsOf("--port=0")), {});
    assert.deepEqual(
      plainPorts(flagsOf("--port=81", "--insecure-grpc-port=0", "--insecure-port-allow-any-user")),
      { insecure: on(81, false, true) },
    );
    assert.deepEqual(plainPorts(flagsOf("--insecure-grpc-port=82")).insecureRpc, on(82, false));
  });

  it("share the port with TLS where that is permitted, and turn gRPC's off", () => {
    const tls = { certificate: "", key: "" };
    const on = { address: "0.0.0.0", tls };
    assert.deepEqual(securePorts(flagsOf(), tls), {
      secure: { ...on, port: 6443, sharesPort: false },
      secureRpc: { ...on, port: 6444 },
    });
    const shared = securePorts(flagsOf("--permit-port-sharing", "--grpc-port=0"), tls);
    assert.deepEqual(shared, { secure: { ...on, port: 6443, sharesPort: true } });
  });

  it("say where other API servers send requests", () => {
    const at = (ip: string, port: number) => ({ peerAddress: { ip, port } });
    assert.deepEqual(peerAddress(flagsOf("--secure-port=81"), "10.0.0.7"), at("10.0.0.7", 81));
    assert.deepEqual(peerAddress(flagsOf(), "127.0.0.1"), {});
    assert.deepEqual(peerAddress(flagsOf(), undefined), {});
    const both = flagsOf("--peer-advertise-ip=10.0.0.8", "--peer-advertise-port=82");
    assert.deepEqual(peerAddress(both, "127.0.0.1"), at("10.0.0.8", 82));
    const refused: [string[], RegExp][] = [
      [["--peer-advertise-ip=10.0.0.8"], /--peer-advertise-ip and --peer-advertise-port belong/],
      [["--peer-advertise-port=82"], /--peer-advertise-ip and --peer-advertise-port belong/],
      [["--peer-advertise-ip=x", "--peer-advertise-port=82"], /--peer-advertise-ip: "x" is no IP/],
      [["--peer-advertise-ip=::1", "--peer-advertise-port=0"], /--peer-advertise-port: "0" is no/],
    ];
    for (const [flags, why] of refused) {
      assert.throws(() => peerAddress(flagsOf(...flags), undefined), why);
    }
  });

  it("give requests a time that is more than none", () => {
    assert.equal(requestTimeoutSeconds(flagsOf()), 60);
    assert.equal(requestTimeoutSeconds(flagsOf("--request-timeout=1m30s")), 90);
    for (const none of ["0", "-1s"]) {
      const flags = flagsOf(`--request-timeout=${none}`);
      assert.throws(
        () => requestTimeoutSeconds(flags),
        /--request-timeout: it must be more than 0/,
      );
    }
  });

  it("are refused where the port with TLS is turned off, or tokens could not be checked", () => {
    const refusals: [args: string[], why: RegExp][] = [
      [["--secure-port=0"], /--secure-port: it must be from 1 to 65535, and is not turned off/],
      [["--secure-port=70000"], /--secure-port: 70000 is no port/],
      [["--grpc-port=-1"], /--grpc-port: -1 is no port/],
      [["--service-account-jwks-uri=http://a"], /--service-account-jwks-uri: "http:\/\/a" is no/],
      [["--service-account-issuer=:::"], /--service-account-issuer: ":::" has a colon/],
      [["--service-account-issuer=a", "--service-account-issuer=a"], /"a" is given twice/],
    ];
    for (const [args, why] of refusals) assert.throws(() => checkServing(flagsOf(...args)), why);
    checkServing(flagsOf("--grpc-port=0", "--insecure-port=0"));
    checkServing(flagsOf("--service-account-issuer=https://a", "--service-account-issuer=b"));
  });

  it("add to the admission plugins that run by default, and take from them", () => {
    const args = [
      "--enable-admission-plugins=AlwaysPullImages",
      "--disable-admission-plugins=Priority",
    ];
    const { enabled, disabled } = admissionChoice(flagsOf(...args));
    assert.deepEqual([enabled, disabled], [["AlwaysPullImages"], ["Priority"]]);
  });

  it("name the whole of the admission plugins by --admission-control", () => {
    const { enabled = [], disabled = [] } = admissionChoice(
      flagsOf("--admission-control=NamespaceLifecycle,AlwaysPullImages"),
    );
    const wanted = new Set([...defaultAdmissionPlugins, ...enabled]);
    for (const name of disabled) wanted.delete(name);
    assert.deepEqual([...wanted].sort(), ["AlwaysPullImages", "NamespaceLifecycle"]);
    const byNode = flagsOf("--admission-control=Priority", "--authorization-mode=Node,RBAC");
    assert.ok(admissionChoice(byNode).disabled?.includes("NodeRestriction"));
    const both = flagsOf("--admission-control=Priority", "--disable-admission-plugins=LimitRanger");
    assert.throws(() => admissionChoice(both), /--admission-control: neither/);
  });

  it("name a reconciler that there is", () => {
    assert.equal(reconcilerOf(flagsOf()), "lease");
    assert.equal(reconcilerOf(flagsOf("--endpoint-reconciler-type=none")), "none");
    const wrong = flagsOf("--endpoint-reconciler-type=leases");
    assert.throws(() => reconcilerOf(wrong), /"leases" is none of lease, master-count, none/);
  });

  it("limit tokens to what makes sense", () => {
    const of = (text: string) =>
      maxTokenExpiration(flagsOf(`--service-account-max-token-expiration=${text}`));
    assert.deepEqual([of("0"), of("1h"), of("48h")], [0, 3600, 172_800]);
    for (const text of ["10m", "-1h", "1200000h"]) assert.throws(() => of(text), /between 1 hour/);
  });

  it("let nobody in unnamed where everything is allowed", () => {
    const warnings: string[] = [];
    const logger = { ...silentLogger, warning: (message: string) => warnings.push(message) };
    assert.equal(allowsAnonymous(flagsOf("--authorization-mode=Node,RBAC"), logger), true);
    assert.equal(allowsAnonymous(flagsOf("--anonymous-auth=false"), logger), false);
    assert.deepEqual(warnings, []);
    assert.equal(allowsAnonymous(flagsOf(), logger), false);
    assert.equal(allowsAnonymous(flagsOf("--authorization-mode=RBAC,AlwaysAllow"), logger), false);
    assert.equal(warnings.length, 2);
  });
});
