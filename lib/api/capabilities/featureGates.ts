import { type Capability, works } from "./capability.js";

/** Alpha, off by default. */
const alphaOff = `
APIServerWebhookAuthenticationToken APIServingWithRoutine AllAlpha AtomicWriteVolumeUserFields
CBORServingAndStorage CPUManagerPolicyAlphaOptions CRIListStreaming CSIVolumeHealth
ClientsAllowCBOR ClientsPreferCBOR CloudControllerManagerWatchBasedRoutesReconciliation
CloudControllerManagerWebhook CompositePodGroup ConsistentListFromCacheSkipTimeoutFallback
ContainerStopSignals ControllerManagerReleaseLeaderElectionLockOnExit
CrossNamespaceVolumeDataSource DRADerivedAttributes DRADeviceCompatibilityGroups
DRAListTypeAttributes DRANodeAllocatableResources DRAOptionalNodeOperations
DRAPartitionableDevicesType DRAResourcePoolStatus DefaultPodSysctls EmptyDirVolumeMode
EventedPLEG EvictionRequestAPI GRPCContainerProbeTLS H2CContainerProbe ImageVolumeWithDigest
InPlacePodVerticalScalingExclusiveCPUs InPlacePodVerticalScalingExclusiveMemory
InPlacePodVerticalScalingMemoryBackedVolumes InPlacePodVerticalScalingSchedulerPreemption
InterPodAffinityHostnameFastPath KubeProxyNFTablesLocalhostNodePorts
KubeletAllocatedPodsEndpoint LoggingAlphaOptions MutablePVNodeAffinity NodeLifecycleConditions
PodGroupPreemptionPolicy PodLogsQuerySplitStreams QOSReserved
ReduceDefaultCrashLoopBackOffDecay RuntimeClassInImageCriApi SchedulerPreQueueingHints
ShardedListAndWatch StatefulSetRecreateStrategy StorageVersionAPI
TaintTolerationComparisonOperators TopologyAwareWorkloadScheduling
TopologyManagerPolicyAlphaOptions UserNamespacesHostNetworkSupport VolumeBindMountOptions
WindowsCPUAndMemoryAffinity WorkloadWithJob
`;

/** Beta, on by default. */
const betaOn = `
APIResponseCompression APIServerIdentity AllowParsingUserUIDFromCertAuth
AllowUnsafeMalformedObjectDeletion AtomicFIFO AuthorizePodWebsocketUpgradeCreatePermission
CPUManagerPolicyBetaOptions CRDObservedGenerationTracking
ClearingNominatedNodeNameAfterBinding ClientsAllowCARotation ClientsAllowTLSCacheGC
ComponentFlagz ComponentStatusz ConcurrentWatchObjectDecode ConstrainedImpersonation
ContainerCheckpoint ContainerRestartRules ContextualLogging DRAConsumableCapacity
DRADeviceBindingConditions DRAFractionalCapacityRange DRAPartitionableDevices
DRAResourceClaimGranularStatusAuthorization DRASchedulerFilterTimeout
DeclarativeValidationBeta DeploymentReplicaSetTerminatingReplicas DetectCacheInconsistency
EnvFiles EtcdRangeStream ExcludeAdmissionWebhookVirtualResources ExtendWebSocketsToKubelet
GracefulNodeShutdown GracefulNodeShutdownBasedOnPodPriority HPAGeneration
HPAOptimizedSelectorStore HPAScaleToZero HugepageAwareEviction InOrderInformersBatchProcess
InPlacePodLevelResourcesVerticalScaling KubeletCrashLoopBackOffMax
KubeletEnsureSecretPulledImages KubeletInUserNamespace KubeletSeparateDiskGC
KubeletServiceAccountTokenForCredentialProviders ListFromCacheSnapshot LoggingBetaOptions
ManifestBasedAdmissionControlConfig MatchLabelKeysInPodTopologySpread
MatchLabelKeysInPodTopologySpreadSelectorMerge MaxUnavailableStatefulSet MemoryQoS
MutablePodResourcesForSuspendedJobs MutableSchedulingDirectivesForSuspendedJobs
NFTablesNetlink NativeHistograms NodeControllerLeaseCircuitBreaker
NominatedNodeNameForExpectation OpenAPIEnums OpportunisticBatching
PersistentVolumeClaimUnusedSinceTime PodDeletionCost PodLevelResources
PodLevelResourcesFixDefaulting PodLevelResourcesFixKubeletQOSClass PodTopologyLabelsAdmission
PodsAPI PortForwardWebsockets ReloadKubeletClientCAFile ReloadKubeletServerCertificateFile
RemoteRequestHeaderUID ResourceHealthStatus ResourceHealthStatusMessage
RestartAllContainersOnContainerExits RotateKubeletServerCertificate SchedulerAsyncPreemption
SchedulerPopFromBackoffQ ServiceAccountNodeAudienceRestriction SizeBasedListCostEstimate
StaleControllerConsistencyDaemonSet StaleControllerConsistencyHPA
StaleControllerConsistencyJob StaleControllerConsistencyReplicaSet
StaleControllerConsistencyStatefulSet StatefulSetSemanticRevisionComparison
StorageCapacityScoring StorageVersionHash StrictIPCIDRValidation
StructuredAuthenticationConfigurationEgressSelector
StructuredAuthenticationConfigurationJWKSMetrics TokenRequestServiceAccountUIDValidation
TopologyManagerPolicyBetaOptions TranslateStreamCloseWebsocketRequests
UnauthenticatedHTTP2DOSMitigation UnknownVersionInteroperabilityProxy
UnlockWhileProcessingFIFO VolumeLimitScaling WatchList WatchListClient WatchListCompression
WebhookRoundTripLoadBalancing WindowsGracefulNodeShutdown
`;

/** Beta, off by default. */
const betaOff = `
AllBeta CoordinatedLeaderElection DRAWorkloadResourceClaims GenericWorkload
LocalStorageCapacityIsolationFSQuotaMonitoring PodAndContainerStatsFromCRI
PodLevelResourceManagers SchedulerAsyncAPICalls
`;

export interface FeatureGate {
  readonly name: string;
  readonly stage: "ALPHA" | "BETA";
  /** What holds here, too, as long as no gate switches anything. */
  readonly isOnByDefault: boolean;
}

function gates(text: string, stage: FeatureGate["stage"], isOnByDefault: boolean): FeatureGate[] {
  const names = text.trim().split(/\s+/);
  return names.map((name) => ({ name, stage, isOnByDefault }));
}

/** The gates of 1.37 that are not generally available: a gate that is has no switch any more. */
export const featureGates: readonly FeatureGate[] = [
  ...gates(alphaOff, "ALPHA", false),
  ...gates(betaOn, "BETA", true),
  ...gates(betaOff, "BETA", false),
];

const byName = new Map(featureGates.map((gate) => [gate.name, gate]));

/** Gates whose switch has its effect here. */
const gatesThatWork: ReadonlySet<string> = new Set<string>();

/** Gates that nobody may switch, since others would rely on what is not there; with the reason. */
const refusedGates: ReadonlyMap<string, string> = new Map([
  ["StorageVersionAPI", "no API server writes StorageVersions yet, as is upstream's default"],
  ["APIServerIdentity", "every API server has its Lease in kube-system"],
]);

/** What it does to switch a gate on or off by --feature-gates. */
export function gateCapability(name: string, isOn: boolean): Capability {
  const gate = byName.get(name);
  if (gate === undefined) {
    // Upstream's gates that became generally available may still be set to true.
    return isOn
      ? { state: "inert", why: "the gate is not known, or always on" }
      : { state: "refused", why: "the gate is not known, or cannot be switched off" };
  }
  if (gate.isOnByDefault === isOn || gatesThatWork.has(name)) return works;
  if (refusedGates.has(name)) return { state: "refused", why: refusedGates.get(name) ?? "" };
  return { state: "inert", why: `${isOn ? "it stays off" : "it stays on"}: no gate switches yet` };
}
