/** Tests that are not run, since what they are about is still to come or cannot be had. */
interface Waiting {
  readonly tests: RegExp;
  /** A word for word part of names, for which a row does not hold. */
  readonly except?: RegExp;
  readonly reason: string;
}

const extension = "Extension";
const comesWith = (issue: string, what: string): string => `${what}: comes with "${issue}"`;

const waiting: readonly Waiting[] = [
  {
    tests: /\] AdmissionWebhook /,
    except: / configurations with match conditions | in discovery documents /,
    reason: comesWith(extension, "admission webhooks"),
  },
  {
    tests: /\] CustomResource|\] AggregatedDiscovery .* for CRDs/,
    except: / in discovery documents /,
    reason: comesWith(extension, "custom resources"),
  },
  {
    tests: /\] FieldValidation .*(?: CR | CRD )/,
    reason: comesWith(extension, "custom resources"),
  },
  {
    tests: /\] (?:Mutating|Validating)AdmissionPolicy /,
    except: / API operations /,
    reason: comesWith(extension, "admission policies"),
  },
  { tests: /\] Aggregator /, reason: comesWith(extension, "aggregation") },
  {
    tests: /\] StorageVersionMigration CRUD |\] PodCertificateRequest API /,
    reason: comesWith(extension, "server-side apply"),
  },
  {
    tests: /\] CRUD Tests (?:resource\.k8s\.io\/v1 ResourceClaim |certificates\.k8s\.io)/,
    reason: comesWith(extension, "server-side apply"),
  },
  {
    tests: /\] ImageVolume /,
    reason: "containerd 1.6 has no image volumes, and Debian's is that",
  },
];

/** Why a test is not run; undefined where it is. */
export function whyWaiting(name: string): string | undefined {
  return waiting.find(({ tests, except }) => tests.test(name) && except?.test(name) !== true)
    ?.reason;
}
