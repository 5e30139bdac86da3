// Generated from proto/ by `npm run generate`. Do not edit.
import { type BidirectionalStream, type ServerStream, type Unary, WirePackage } from "../../wirePackage.js";

export const AlarmType = {
  NONE: 0,
  NOSPACE: 1,
  CORRUPT: 2,
} as const;
export type AlarmType = (typeof AlarmType)[keyof typeof AlarmType];

export const RangeRequestSortOrder = {
  NONE: 0,
  ASCEND: 1,
  DESCEND: 2,
} as const;
export type RangeRequestSortOrder = (typeof RangeRequestSortOrder)[keyof typeof RangeRequestSortOrder];

export const RangeRequestSortTarget = {
  KEY: 0,
  VERSION: 1,
  CREATE: 2,
  MOD: 3,
  VALUE: 4,
} as const;
export type RangeRequestSortTarget = (typeof RangeRequestSortTarget)[keyof typeof RangeRequestSortTarget];

export const CompareCompareResult = {
  EQUAL: 0,
  GREATER: 1,
  LESS: 2,
  NOT_EQUAL: 3,
} as const;
export type CompareCompareResult = (typeof CompareCompareResult)[keyof typeof CompareCompareResult];

export const CompareCompareTarget = {
  VERSION: 0,
  CREATE: 1,
  MOD: 2,
  VALUE: 3,
  LEASE: 4,
} as const;
export type CompareCompareTarget = (typeof CompareCompareTarget)[keyof typeof CompareCompareTarget];

export const WatchCreateRequestFilterType = {
  NOPUT: 0,
  NODELETE: 1,
} as const;
export type WatchCreateRequestFilterType = (typeof WatchCreateRequestFilterType)[keyof typeof WatchCreateRequestFilterType];

export const AlarmRequestAlarmAction = {
  GET: 0,
  ACTIVATE: 1,
  DEACTIVATE: 2,
} as const;
export type AlarmRequestAlarmAction = (typeof AlarmRequestAlarmAction)[keyof typeof AlarmRequestAlarmAction];

export const DowngradeRequestDowngradeAction = {
  VALIDATE: 0,
  ENABLE: 1,
  CANCEL: 2,
} as const;
export type DowngradeRequestDowngradeAction = (typeof DowngradeRequestDowngradeAction)[keyof typeof DowngradeRequestDowngradeAction];

export const EventEventType = {
  PUT: 0,
  DELETE: 1,
} as const;
export type EventEventType = (typeof EventEventType)[keyof typeof EventEventType];

export const PermissionType = {
  READ: 0,
  WRITE: 1,
  READWRITE: 2,
} as const;
export type PermissionType = (typeof PermissionType)[keyof typeof PermissionType];

export interface ResponseHeader {
  clusterId: bigint;
  memberId: bigint;
  revision: bigint;
  raftTerm: bigint;
}

export interface RangeRequest {
  key: Uint8Array;
  rangeEnd: Uint8Array;
  limit: bigint;
  revision: bigint;
  sortOrder: RangeRequestSortOrder;
  sortTarget: RangeRequestSortTarget;
  serializable: boolean;
  keysOnly: boolean;
  countOnly: boolean;
  minModRevision: bigint;
  maxModRevision: bigint;
  minCreateRevision: bigint;
  maxCreateRevision: bigint;
}

export interface RangeResponse {
  header: ResponseHeader | null;
  kvs: KeyValue[];
  more: boolean;
  count: bigint;
}

export interface PutRequest {
  key: Uint8Array;
  value: Uint8Array;
  lease: bigint;
  prevKv: boolean;
  ignoreValue: boolean;
  ignoreLease: boolean;
}

export interface PutResponse {
  header: ResponseHeader | null;
  prevKv: KeyValue | null;
}

export interface DeleteRangeRequest {
  key: Uint8Array;
  rangeEnd: Uint8Array;
  prevKv: boolean;
}

export interface DeleteRangeResponse {
  header: ResponseHeader | null;
  deleted: bigint;
  prevKvs: KeyValue[];
}

export interface RequestOp {
  requestRange?: RangeRequest;
  requestPut?: PutRequest;
  requestDeleteRange?: DeleteRangeRequest;
  requestTxn?: TxnRequest;
}

export interface ResponseOp {
  responseRange?: RangeResponse;
  responsePut?: PutResponse;
  responseDeleteRange?: DeleteRangeResponse;
  responseTxn?: TxnResponse;
}

export interface Compare {
  result: CompareCompareResult;
  target: CompareCompareTarget;
  key: Uint8Array;
  version?: bigint;
  createRevision?: bigint;
  modRevision?: bigint;
  value?: Uint8Array;
  lease?: bigint;
  rangeEnd: Uint8Array;
}

export interface TxnRequest {
  compare: Compare[];
  success: RequestOp[];
  failure: RequestOp[];
}

export interface TxnResponse {
  header: ResponseHeader | null;
  succeeded: boolean;
  responses: ResponseOp[];
}

export interface CompactionRequest {
  revision: bigint;
  physical: boolean;
}

export interface CompactionResponse {
  header: ResponseHeader | null;
}

export interface HashRequest {
}

export interface HashKVRequest {
  revision: bigint;
}

export interface HashKVResponse {
  header: ResponseHeader | null;
  hash: number;
  compactRevision: bigint;
  hashRevision: bigint;
}

export interface HashResponse {
  header: ResponseHeader | null;
  hash: number;
}

export interface SnapshotRequest {
}

export interface SnapshotResponse {
  header: ResponseHeader | null;
  remainingBytes: bigint;
  blob: Uint8Array;
  version: string;
}

export interface WatchRequest {
  createRequest?: WatchCreateRequest;
  cancelRequest?: WatchCancelRequest;
  progressRequest?: WatchProgressRequest;
}

export interface WatchCreateRequest {
  key: Uint8Array;
  rangeEnd: Uint8Array;
  startRevision: bigint;
  progressNotify: boolean;
  filters: WatchCreateRequestFilterType[];
  prevKv: boolean;
  watchId: bigint;
  fragment: boolean;
}

export interface WatchCancelRequest {
  watchId: bigint;
}

export interface WatchProgressRequest {
}

export interface WatchResponse {
  header: ResponseHeader | null;
  watchId: bigint;
  created: boolean;
  canceled: boolean;
  compactRevision: bigint;
  cancelReason: string;
  fragment: boolean;
  events: Event[];
}

export interface LeaseGrantRequest {
  TTL: bigint;
  ID: bigint;
}

export interface LeaseGrantResponse {
  header: ResponseHeader | null;
  ID: bigint;
  TTL: bigint;
  error: string;
}

export interface LeaseRevokeRequest {
  ID: bigint;
}

export interface LeaseRevokeResponse {
  header: ResponseHeader | null;
}

export interface LeaseCheckpoint {
  ID: bigint;
  remaining_TTL: bigint;
}

export interface LeaseCheckpointRequest {
  checkpoints: LeaseCheckpoint[];
}

export interface LeaseCheckpointResponse {
  header: ResponseHeader | null;
}

export interface LeaseKeepAliveRequest {
  ID: bigint;
}

export interface LeaseKeepAliveResponse {
  header: ResponseHeader | null;
  ID: bigint;
  TTL: bigint;
}

export interface LeaseTimeToLiveRequest {
  ID: bigint;
  keys: boolean;
}

export interface LeaseTimeToLiveResponse {
  header: ResponseHeader | null;
  ID: bigint;
  TTL: bigint;
  grantedTTL: bigint;
  keys: Uint8Array[];
}

export interface LeaseLeasesRequest {
}

export interface LeaseStatus {
  ID: bigint;
}

export interface LeaseLeasesResponse {
  header: ResponseHeader | null;
  leases: LeaseStatus[];
}

export interface Member {
  ID: bigint;
  name: string;
  peerURLs: string[];
  clientURLs: string[];
  isLearner: boolean;
}

export interface MemberAddRequest {
  peerURLs: string[];
  isLearner: boolean;
}

export interface MemberAddResponse {
  header: ResponseHeader | null;
  member: Member | null;
  members: Member[];
}

export interface MemberRemoveRequest {
  ID: bigint;
}

export interface MemberRemoveResponse {
  header: ResponseHeader | null;
  members: Member[];
}

export interface MemberUpdateRequest {
  ID: bigint;
  peerURLs: string[];
}

export interface MemberUpdateResponse {
  header: ResponseHeader | null;
  members: Member[];
}

export interface MemberListRequest {
  linearizable: boolean;
}

export interface MemberListResponse {
  header: ResponseHeader | null;
  members: Member[];
}

export interface MemberPromoteRequest {
  ID: bigint;
}

export interface MemberPromoteResponse {
  header: ResponseHeader | null;
  members: Member[];
}

export interface DefragmentRequest {
}

export interface DefragmentResponse {
  header: ResponseHeader | null;
}

export interface MoveLeaderRequest {
  targetID: bigint;
}

export interface MoveLeaderResponse {
  header: ResponseHeader | null;
}

export interface AlarmRequest {
  action: AlarmRequestAlarmAction;
  memberID: bigint;
  alarm: AlarmType;
}

export interface AlarmMember {
  memberID: bigint;
  alarm: AlarmType;
}

export interface AlarmResponse {
  header: ResponseHeader | null;
  alarms: AlarmMember[];
}

export interface DowngradeRequest {
  action: DowngradeRequestDowngradeAction;
  version: string;
}

export interface DowngradeResponse {
  header: ResponseHeader | null;
  version: string;
}

export interface DowngradeVersionTestRequest {
  ver: string;
}

export interface StatusRequest {
}

export interface StatusResponse {
  header: ResponseHeader | null;
  version: string;
  dbSize: bigint;
  leader: bigint;
  raftIndex: bigint;
  raftTerm: bigint;
  raftAppliedIndex: bigint;
  errors: string[];
  dbSizeInUse: bigint;
  isLearner: boolean;
  storageVersion: string;
  dbSizeQuota: bigint;
  downgradeInfo: DowngradeInfo | null;
}

export interface DowngradeInfo {
  enabled: boolean;
  targetVersion: string;
}

export interface AuthEnableRequest {
}

export interface AuthDisableRequest {
}

export interface AuthStatusRequest {
}

export interface AuthenticateRequest {
  name: string;
  password: string;
}

export interface AuthUserAddRequest {
  name: string;
  password: string;
  options: UserAddOptions | null;
  hashedPassword: string;
}

export interface AuthUserGetRequest {
  name: string;
}

export interface AuthUserDeleteRequest {
  name: string;
}

export interface AuthUserChangePasswordRequest {
  name: string;
  password: string;
  hashedPassword: string;
}

export interface AuthUserGrantRoleRequest {
  user: string;
  role: string;
}

export interface AuthUserRevokeRoleRequest {
  name: string;
  role: string;
}

export interface AuthRoleAddRequest {
  name: string;
}

export interface AuthRoleGetRequest {
  role: string;
}

export interface AuthUserListRequest {
}

export interface AuthRoleListRequest {
}

export interface AuthRoleDeleteRequest {
  role: string;
}

export interface AuthRoleGrantPermissionRequest {
  name: string;
  perm: Permission | null;
}

export interface AuthRoleRevokePermissionRequest {
  role: string;
  key: Uint8Array;
  rangeEnd: Uint8Array;
}

export interface AuthEnableResponse {
  header: ResponseHeader | null;
}

export interface AuthDisableResponse {
  header: ResponseHeader | null;
}

export interface AuthStatusResponse {
  header: ResponseHeader | null;
  enabled: boolean;
  authRevision: bigint;
}

export interface AuthenticateResponse {
  header: ResponseHeader | null;
  token: string;
}

export interface AuthUserAddResponse {
  header: ResponseHeader | null;
}

export interface AuthUserGetResponse {
  header: ResponseHeader | null;
  roles: string[];
}

export interface AuthUserDeleteResponse {
  header: ResponseHeader | null;
}

export interface AuthUserChangePasswordResponse {
  header: ResponseHeader | null;
}

export interface AuthUserGrantRoleResponse {
  header: ResponseHeader | null;
}

export interface AuthUserRevokeRoleResponse {
  header: ResponseHeader | null;
}

export interface AuthRoleAddResponse {
  header: ResponseHeader | null;
}

export interface AuthRoleGetResponse {
  header: ResponseHeader | null;
  perm: Permission[];
}

export interface AuthRoleListResponse {
  header: ResponseHeader | null;
  roles: string[];
}

export interface AuthUserListResponse {
  header: ResponseHeader | null;
  users: string[];
}

export interface AuthRoleDeleteResponse {
  header: ResponseHeader | null;
}

export interface AuthRoleGrantPermissionResponse {
  header: ResponseHeader | null;
}

export interface AuthRoleRevokePermissionResponse {
  header: ResponseHeader | null;
}

export interface RangeStreamResponse {
  rangeResponse: RangeResponse | null;
}

export interface KeyValue {
  key: Uint8Array;
  createRevision: bigint;
  modRevision: bigint;
  version: bigint;
  value: Uint8Array;
  lease: bigint;
}

export interface Event {
  type: EventEventType;
  kv: KeyValue | null;
  prevKv: KeyValue | null;
}

export interface UserAddOptions {
  noPassword: boolean;
}

export interface User {
  name: Uint8Array;
  password: Uint8Array;
  roles: string[];
  options: UserAddOptions | null;
}

export interface Permission {
  permType: PermissionType;
  key: Uint8Array;
  rangeEnd: Uint8Array;
}

export interface Role {
  name: Uint8Array;
  keyPermission: Permission[];
}

export interface Messages {
  ResponseHeader: ResponseHeader;
  RangeRequest: RangeRequest;
  RangeResponse: RangeResponse;
  PutRequest: PutRequest;
  PutResponse: PutResponse;
  DeleteRangeRequest: DeleteRangeRequest;
  DeleteRangeResponse: DeleteRangeResponse;
  RequestOp: RequestOp;
  ResponseOp: ResponseOp;
  Compare: Compare;
  TxnRequest: TxnRequest;
  TxnResponse: TxnResponse;
  CompactionRequest: CompactionRequest;
  CompactionResponse: CompactionResponse;
  HashRequest: HashRequest;
  HashKVRequest: HashKVRequest;
  HashKVResponse: HashKVResponse;
  HashResponse: HashResponse;
  SnapshotRequest: SnapshotRequest;
  SnapshotResponse: SnapshotResponse;
  WatchRequest: WatchRequest;
  WatchCreateRequest: WatchCreateRequest;
  WatchCancelRequest: WatchCancelRequest;
  WatchProgressRequest: WatchProgressRequest;
  WatchResponse: WatchResponse;
  LeaseGrantRequest: LeaseGrantRequest;
  LeaseGrantResponse: LeaseGrantResponse;
  LeaseRevokeRequest: LeaseRevokeRequest;
  LeaseRevokeResponse: LeaseRevokeResponse;
  LeaseCheckpoint: LeaseCheckpoint;
  LeaseCheckpointRequest: LeaseCheckpointRequest;
  LeaseCheckpointResponse: LeaseCheckpointResponse;
  LeaseKeepAliveRequest: LeaseKeepAliveRequest;
  LeaseKeepAliveResponse: LeaseKeepAliveResponse;
  LeaseTimeToLiveRequest: LeaseTimeToLiveRequest;
  LeaseTimeToLiveResponse: LeaseTimeToLiveResponse;
  LeaseLeasesRequest: LeaseLeasesRequest;
  LeaseStatus: LeaseStatus;
  LeaseLeasesResponse: LeaseLeasesResponse;
  Member: Member;
  MemberAddRequest: MemberAddRequest;
  MemberAddResponse: MemberAddResponse;
  MemberRemoveRequest: MemberRemoveRequest;
  MemberRemoveResponse: MemberRemoveResponse;
  MemberUpdateRequest: MemberUpdateRequest;
  MemberUpdateResponse: MemberUpdateResponse;
  MemberListRequest: MemberListRequest;
  MemberListResponse: MemberListResponse;
  MemberPromoteRequest: MemberPromoteRequest;
  MemberPromoteResponse: MemberPromoteResponse;
  DefragmentRequest: DefragmentRequest;
  DefragmentResponse: DefragmentResponse;
  MoveLeaderRequest: MoveLeaderRequest;
  MoveLeaderResponse: MoveLeaderResponse;
  AlarmRequest: AlarmRequest;
  AlarmMember: AlarmMember;
  AlarmResponse: AlarmResponse;
  DowngradeRequest: DowngradeRequest;
  DowngradeResponse: DowngradeResponse;
  DowngradeVersionTestRequest: DowngradeVersionTestRequest;
  StatusRequest: StatusRequest;
  StatusResponse: StatusResponse;
  DowngradeInfo: DowngradeInfo;
  AuthEnableRequest: AuthEnableRequest;
  AuthDisableRequest: AuthDisableRequest;
  AuthStatusRequest: AuthStatusRequest;
  AuthenticateRequest: AuthenticateRequest;
  AuthUserAddRequest: AuthUserAddRequest;
  AuthUserGetRequest: AuthUserGetRequest;
  AuthUserDeleteRequest: AuthUserDeleteRequest;
  AuthUserChangePasswordRequest: AuthUserChangePasswordRequest;
  AuthUserGrantRoleRequest: AuthUserGrantRoleRequest;
  AuthUserRevokeRoleRequest: AuthUserRevokeRoleRequest;
  AuthRoleAddRequest: AuthRoleAddRequest;
  AuthRoleGetRequest: AuthRoleGetRequest;
  AuthUserListRequest: AuthUserListRequest;
  AuthRoleListRequest: AuthRoleListRequest;
  AuthRoleDeleteRequest: AuthRoleDeleteRequest;
  AuthRoleGrantPermissionRequest: AuthRoleGrantPermissionRequest;
  AuthRoleRevokePermissionRequest: AuthRoleRevokePermissionRequest;
  AuthEnableResponse: AuthEnableResponse;
  AuthDisableResponse: AuthDisableResponse;
  AuthStatusResponse: AuthStatusResponse;
  AuthenticateResponse: AuthenticateResponse;
  AuthUserAddResponse: AuthUserAddResponse;
  AuthUserGetResponse: AuthUserGetResponse;
  AuthUserDeleteResponse: AuthUserDeleteResponse;
  AuthUserChangePasswordResponse: AuthUserChangePasswordResponse;
  AuthUserGrantRoleResponse: AuthUserGrantRoleResponse;
  AuthUserRevokeRoleResponse: AuthUserRevokeRoleResponse;
  AuthRoleAddResponse: AuthRoleAddResponse;
  AuthRoleGetResponse: AuthRoleGetResponse;
  AuthRoleListResponse: AuthRoleListResponse;
  AuthUserListResponse: AuthUserListResponse;
  AuthRoleDeleteResponse: AuthRoleDeleteResponse;
  AuthRoleGrantPermissionResponse: AuthRoleGrantPermissionResponse;
  AuthRoleRevokePermissionResponse: AuthRoleRevokePermissionResponse;
  RangeStreamResponse: RangeStreamResponse;
  KeyValue: KeyValue;
  Event: Event;
  UserAddOptions: UserAddOptions;
  User: User;
  Permission: Permission;
  Role: Role;
}

export interface Services {
  KV: {
    Range: Unary<RangeRequest, RangeResponse>;
    RangeStream: ServerStream<RangeRequest, RangeStreamResponse>;
    Put: Unary<PutRequest, PutResponse>;
    DeleteRange: Unary<DeleteRangeRequest, DeleteRangeResponse>;
    Txn: Unary<TxnRequest, TxnResponse>;
    Compact: Unary<CompactionRequest, CompactionResponse>;
  };
  Watch: {
    Watch: BidirectionalStream<WatchRequest, WatchResponse>;
  };
  Lease: {
    LeaseGrant: Unary<LeaseGrantRequest, LeaseGrantResponse>;
    LeaseRevoke: Unary<LeaseRevokeRequest, LeaseRevokeResponse>;
    LeaseKeepAlive: BidirectionalStream<LeaseKeepAliveRequest, LeaseKeepAliveResponse>;
    LeaseTimeToLive: Unary<LeaseTimeToLiveRequest, LeaseTimeToLiveResponse>;
    LeaseLeases: Unary<LeaseLeasesRequest, LeaseLeasesResponse>;
  };
  Cluster: {
    MemberAdd: Unary<MemberAddRequest, MemberAddResponse>;
    MemberRemove: Unary<MemberRemoveRequest, MemberRemoveResponse>;
    MemberUpdate: Unary<MemberUpdateRequest, MemberUpdateResponse>;
    MemberList: Unary<MemberListRequest, MemberListResponse>;
    MemberPromote: Unary<MemberPromoteRequest, MemberPromoteResponse>;
  };
  Maintenance: {
    Alarm: Unary<AlarmRequest, AlarmResponse>;
    Status: Unary<StatusRequest, StatusResponse>;
    Defragment: Unary<DefragmentRequest, DefragmentResponse>;
    Hash: Unary<HashRequest, HashResponse>;
    HashKV: Unary<HashKVRequest, HashKVResponse>;
    Snapshot: ServerStream<SnapshotRequest, SnapshotResponse>;
    MoveLeader: Unary<MoveLeaderRequest, MoveLeaderResponse>;
    Downgrade: Unary<DowngradeRequest, DowngradeResponse>;
  };
  Auth: {
    AuthEnable: Unary<AuthEnableRequest, AuthEnableResponse>;
    AuthDisable: Unary<AuthDisableRequest, AuthDisableResponse>;
    AuthStatus: Unary<AuthStatusRequest, AuthStatusResponse>;
    Authenticate: Unary<AuthenticateRequest, AuthenticateResponse>;
    UserAdd: Unary<AuthUserAddRequest, AuthUserAddResponse>;
    UserGet: Unary<AuthUserGetRequest, AuthUserGetResponse>;
    UserList: Unary<AuthUserListRequest, AuthUserListResponse>;
    UserDelete: Unary<AuthUserDeleteRequest, AuthUserDeleteResponse>;
    UserChangePassword: Unary<AuthUserChangePasswordRequest, AuthUserChangePasswordResponse>;
    UserGrantRole: Unary<AuthUserGrantRoleRequest, AuthUserGrantRoleResponse>;
    UserRevokeRole: Unary<AuthUserRevokeRoleRequest, AuthUserRevokeRoleResponse>;
    RoleAdd: Unary<AuthRoleAddRequest, AuthRoleAddResponse>;
    RoleGet: Unary<AuthRoleGetRequest, AuthRoleGetResponse>;
    RoleList: Unary<AuthRoleListRequest, AuthRoleListResponse>;
    RoleDelete: Unary<AuthRoleDeleteRequest, AuthRoleDeleteResponse>;
    RoleGrantPermission: Unary<AuthRoleGrantPermissionRequest, AuthRoleGrantPermissionResponse>;
    RoleRevokePermission: Unary<AuthRoleRevokePermissionRequest, AuthRoleRevokePermissionResponse>;
  };
}

/** etcd's API, version 3. Revisions, leases and member ids are bigint. */
export const etcd = new WirePackage<Messages, Services>({
  longs: "bigint",
  messages: {"ResponseHeader":"etcdserverpb.ResponseHeader","RangeRequest":"etcdserverpb.RangeRequest","RangeResponse":"etcdserverpb.RangeResponse","PutRequest":"etcdserverpb.PutRequest","PutResponse":"etcdserverpb.PutResponse","DeleteRangeRequest":"etcdserverpb.DeleteRangeRequest","DeleteRangeResponse":"etcdserverpb.DeleteRangeResponse","RequestOp":"etcdserverpb.RequestOp","ResponseOp":"etcdserverpb.ResponseOp","Compare":"etcdserverpb.Compare","TxnRequest":"etcdserverpb.TxnRequest","TxnResponse":"etcdserverpb.TxnResponse","CompactionRequest":"etcdserverpb.CompactionRequest","CompactionResponse":"etcdserverpb.CompactionResponse","HashRequest":"etcdserverpb.HashRequest","HashKVRequest":"etcdserverpb.HashKVRequest","HashKVResponse":"etcdserverpb.HashKVResponse","HashResponse":"etcdserverpb.HashResponse","SnapshotRequest":"etcdserverpb.SnapshotRequest","SnapshotResponse":"etcdserverpb.SnapshotResponse","WatchRequest":"etcdserverpb.WatchRequest","WatchCreateRequest":"etcdserverpb.WatchCreateRequest","WatchCancelRequest":"etcdserverpb.WatchCancelRequest","WatchProgressRequest":"etcdserverpb.WatchProgressRequest","WatchResponse":"etcdserverpb.WatchResponse","LeaseGrantRequest":"etcdserverpb.LeaseGrantRequest","LeaseGrantResponse":"etcdserverpb.LeaseGrantResponse","LeaseRevokeRequest":"etcdserverpb.LeaseRevokeRequest","LeaseRevokeResponse":"etcdserverpb.LeaseRevokeResponse","LeaseCheckpoint":"etcdserverpb.LeaseCheckpoint","LeaseCheckpointRequest":"etcdserverpb.LeaseCheckpointRequest","LeaseCheckpointResponse":"etcdserverpb.LeaseCheckpointResponse","LeaseKeepAliveRequest":"etcdserverpb.LeaseKeepAliveRequest","LeaseKeepAliveResponse":"etcdserverpb.LeaseKeepAliveResponse","LeaseTimeToLiveRequest":"etcdserverpb.LeaseTimeToLiveRequest","LeaseTimeToLiveResponse":"etcdserverpb.LeaseTimeToLiveResponse","LeaseLeasesRequest":"etcdserverpb.LeaseLeasesRequest","LeaseStatus":"etcdserverpb.LeaseStatus","LeaseLeasesResponse":"etcdserverpb.LeaseLeasesResponse","Member":"etcdserverpb.Member","MemberAddRequest":"etcdserverpb.MemberAddRequest","MemberAddResponse":"etcdserverpb.MemberAddResponse","MemberRemoveRequest":"etcdserverpb.MemberRemoveRequest","MemberRemoveResponse":"etcdserverpb.MemberRemoveResponse","MemberUpdateRequest":"etcdserverpb.MemberUpdateRequest","MemberUpdateResponse":"etcdserverpb.MemberUpdateResponse","MemberListRequest":"etcdserverpb.MemberListRequest","MemberListResponse":"etcdserverpb.MemberListResponse","MemberPromoteRequest":"etcdserverpb.MemberPromoteRequest","MemberPromoteResponse":"etcdserverpb.MemberPromoteResponse","DefragmentRequest":"etcdserverpb.DefragmentRequest","DefragmentResponse":"etcdserverpb.DefragmentResponse","MoveLeaderRequest":"etcdserverpb.MoveLeaderRequest","MoveLeaderResponse":"etcdserverpb.MoveLeaderResponse","AlarmRequest":"etcdserverpb.AlarmRequest","AlarmMember":"etcdserverpb.AlarmMember","AlarmResponse":"etcdserverpb.AlarmResponse","DowngradeRequest":"etcdserverpb.DowngradeRequest","DowngradeResponse":"etcdserverpb.DowngradeResponse","DowngradeVersionTestRequest":"etcdserverpb.DowngradeVersionTestRequest","StatusRequest":"etcdserverpb.StatusRequest","StatusResponse":"etcdserverpb.StatusResponse","DowngradeInfo":"etcdserverpb.DowngradeInfo","AuthEnableRequest":"etcdserverpb.AuthEnableRequest","AuthDisableRequest":"etcdserverpb.AuthDisableRequest","AuthStatusRequest":"etcdserverpb.AuthStatusRequest","AuthenticateRequest":"etcdserverpb.AuthenticateRequest","AuthUserAddRequest":"etcdserverpb.AuthUserAddRequest","AuthUserGetRequest":"etcdserverpb.AuthUserGetRequest","AuthUserDeleteRequest":"etcdserverpb.AuthUserDeleteRequest","AuthUserChangePasswordRequest":"etcdserverpb.AuthUserChangePasswordRequest","AuthUserGrantRoleRequest":"etcdserverpb.AuthUserGrantRoleRequest","AuthUserRevokeRoleRequest":"etcdserverpb.AuthUserRevokeRoleRequest","AuthRoleAddRequest":"etcdserverpb.AuthRoleAddRequest","AuthRoleGetRequest":"etcdserverpb.AuthRoleGetRequest","AuthUserListRequest":"etcdserverpb.AuthUserListRequest","AuthRoleListRequest":"etcdserverpb.AuthRoleListRequest","AuthRoleDeleteRequest":"etcdserverpb.AuthRoleDeleteRequest","AuthRoleGrantPermissionRequest":"etcdserverpb.AuthRoleGrantPermissionRequest","AuthRoleRevokePermissionRequest":"etcdserverpb.AuthRoleRevokePermissionRequest","AuthEnableResponse":"etcdserverpb.AuthEnableResponse","AuthDisableResponse":"etcdserverpb.AuthDisableResponse","AuthStatusResponse":"etcdserverpb.AuthStatusResponse","AuthenticateResponse":"etcdserverpb.AuthenticateResponse","AuthUserAddResponse":"etcdserverpb.AuthUserAddResponse","AuthUserGetResponse":"etcdserverpb.AuthUserGetResponse","AuthUserDeleteResponse":"etcdserverpb.AuthUserDeleteResponse","AuthUserChangePasswordResponse":"etcdserverpb.AuthUserChangePasswordResponse","AuthUserGrantRoleResponse":"etcdserverpb.AuthUserGrantRoleResponse","AuthUserRevokeRoleResponse":"etcdserverpb.AuthUserRevokeRoleResponse","AuthRoleAddResponse":"etcdserverpb.AuthRoleAddResponse","AuthRoleGetResponse":"etcdserverpb.AuthRoleGetResponse","AuthRoleListResponse":"etcdserverpb.AuthRoleListResponse","AuthUserListResponse":"etcdserverpb.AuthUserListResponse","AuthRoleDeleteResponse":"etcdserverpb.AuthRoleDeleteResponse","AuthRoleGrantPermissionResponse":"etcdserverpb.AuthRoleGrantPermissionResponse","AuthRoleRevokePermissionResponse":"etcdserverpb.AuthRoleRevokePermissionResponse","RangeStreamResponse":"etcdserverpb.RangeStreamResponse","KeyValue":"mvccpb.KeyValue","Event":"mvccpb.Event","UserAddOptions":"authpb.UserAddOptions","User":"authpb.User","Permission":"authpb.Permission","Role":"authpb.Role"},
  services: {"KV":{"name":"etcdserverpb.KV","methods":{"Range":["RangeRequest","RangeResponse"],"RangeStream":["RangeRequest","RangeStreamResponse"],"Put":["PutRequest","PutResponse"],"DeleteRange":["DeleteRangeRequest","DeleteRangeResponse"],"Txn":["TxnRequest","TxnResponse"],"Compact":["CompactionRequest","CompactionResponse"]}},"Watch":{"name":"etcdserverpb.Watch","methods":{"Watch":["WatchRequest","WatchResponse"]}},"Lease":{"name":"etcdserverpb.Lease","methods":{"LeaseGrant":["LeaseGrantRequest","LeaseGrantResponse"],"LeaseRevoke":["LeaseRevokeRequest","LeaseRevokeResponse"],"LeaseKeepAlive":["LeaseKeepAliveRequest","LeaseKeepAliveResponse"],"LeaseTimeToLive":["LeaseTimeToLiveRequest","LeaseTimeToLiveResponse"],"LeaseLeases":["LeaseLeasesRequest","LeaseLeasesResponse"]}},"Cluster":{"name":"etcdserverpb.Cluster","methods":{"MemberAdd":["MemberAddRequest","MemberAddResponse"],"MemberRemove":["MemberRemoveRequest","MemberRemoveResponse"],"MemberUpdate":["MemberUpdateRequest","MemberUpdateResponse"],"MemberList":["MemberListRequest","MemberListResponse"],"MemberPromote":["MemberPromoteRequest","MemberPromoteResponse"]}},"Maintenance":{"name":"etcdserverpb.Maintenance","methods":{"Alarm":["AlarmRequest","AlarmResponse"],"Status":["StatusRequest","StatusResponse"],"Defragment":["DefragmentRequest","DefragmentResponse"],"Hash":["HashRequest","HashResponse"],"HashKV":["HashKVRequest","HashKVResponse"],"Snapshot":["SnapshotRequest","SnapshotResponse"],"MoveLeader":["MoveLeaderRequest","MoveLeaderResponse"],"Downgrade":["DowngradeRequest","DowngradeResponse"]}},"Auth":{"name":"etcdserverpb.Auth","methods":{"AuthEnable":["AuthEnableRequest","AuthEnableResponse"],"AuthDisable":["AuthDisableRequest","AuthDisableResponse"],"AuthStatus":["AuthStatusRequest","AuthStatusResponse"],"Authenticate":["AuthenticateRequest","AuthenticateResponse"],"UserAdd":["AuthUserAddRequest","AuthUserAddResponse"],"UserGet":["AuthUserGetRequest","AuthUserGetResponse"],"UserList":["AuthUserListRequest","AuthUserListResponse"],"UserDelete":["AuthUserDeleteRequest","AuthUserDeleteResponse"],"UserChangePassword":["AuthUserChangePasswordRequest","AuthUserChangePasswordResponse"],"UserGrantRole":["AuthUserGrantRoleRequest","AuthUserGrantRoleResponse"],"UserRevokeRole":["AuthUserRevokeRoleRequest","AuthUserRevokeRoleResponse"],"RoleAdd":["AuthRoleAddRequest","AuthRoleAddResponse"],"RoleGet":["AuthRoleGetRequest","AuthRoleGetResponse"],"RoleList":["AuthRoleListRequest","AuthRoleListResponse"],"RoleDelete":["AuthRoleDeleteRequest","AuthRoleDeleteResponse"],"RoleGrantPermission":["AuthRoleGrantPermissionRequest","AuthRoleGrantPermissionResponse"],"RoleRevokePermission":["AuthRoleRevokePermissionRequest","AuthRoleRevokePermissionResponse"]}}},
  descriptor: "{\"nested\":{\"etcdserverpb\":{\"nested\":{\"KV\":{\"methods\":{\"Range\":{\"requestType\":\"RangeRequest\",\"responseType\":\"RangeResponse\"},\"RangeStream\":{\"requestType\":\"RangeRequest\",\"responseType\":\"RangeStreamResponse\",\"responseStream\":true},\"Put\":{\"requestType\":\"PutRequest\",\"responseType\":\"PutResponse\"},\"DeleteRange\":{\"requestType\":\"DeleteRangeRequest\",\"responseType\":\"DeleteRangeResponse\"},\"Txn\":{\"requestType\":\"TxnRequest\",\"responseType\":\"TxnResponse\"},\"Compact\":{\"requestType\":\"CompactionRequest\",\"responseType\":\"CompactionResponse\"}}},\"Watch\":{\"methods\":{\"Watch\":{\"requestType\":\"WatchRequest\",\"requestStream\":true,\"responseType\":\"WatchResponse\",\"responseStream\":true}}},\"Lease\":{\"methods\":{\"LeaseGrant\":{\"requestType\":\"LeaseGrantRequest\",\"responseType\":\"LeaseGrantResponse\"},\"LeaseRevoke\":{\"requestType\":\"LeaseRevokeRequest\",\"responseType\":\"LeaseRevokeResponse\"},\"LeaseKeepAlive\":{\"requestType\":\"LeaseKeepAliveRequest\",\"requestStream\":true,\"responseType\":\"LeaseKeepAliveResponse\",\"responseStream\":true},\"LeaseTimeToLive\":{\"requestType\":\"LeaseTimeToLiveRequest\",\"responseType\":\"LeaseTimeToLiveResponse\"},\"LeaseLeases\":{\"requestType\":\"LeaseLeasesRequest\",\"responseType\":\"LeaseLeasesResponse\"}}},\"Cluster\":{\"methods\":{\"MemberAdd\":{\"requestType\":\"MemberAddRequest\",\"responseType\":\"MemberAddResponse\"},\"MemberRemove\":{\"requestType\":\"MemberRemoveRequest\",\"responseType\":\"MemberRemoveResponse\"},\"MemberUpdate\":{\"requestType\":\"MemberUpdateRequest\",\"responseType\":\"MemberUpdateResponse\"},\"MemberList\":{\"requestType\":\"MemberListRequest\",\"responseType\":\"MemberListResponse\"},\"MemberPromote\":{\"requestType\":\"MemberPromoteRequest\",\"responseType\":\"MemberPromoteResponse\"}}},\"Maintenance\":{\"methods\":{\"Alarm\":{\"requestType\":\"AlarmRequest\",\"responseType\":\"AlarmResponse\"},\"Status\":{\"requestType\":\"StatusRequest\",\"responseType\":\"StatusResponse\"},\"Defragment\":{\"requestType\":\"DefragmentRequest\",\"responseType\":\"DefragmentResponse\"},\"Hash\":{\"requestType\":\"HashRequest\",\"responseType\":\"HashResponse\"},\"HashKV\":{\"requestType\":\"HashKVRequest\",\"responseType\":\"HashKVResponse\"},\"Snapshot\":{\"requestType\":\"SnapshotRequest\",\"responseType\":\"SnapshotResponse\",\"responseStream\":true},\"MoveLeader\":{\"requestType\":\"MoveLeaderRequest\",\"responseType\":\"MoveLeaderResponse\"},\"Downgrade\":{\"requestType\":\"DowngradeRequest\",\"responseType\":\"DowngradeResponse\"}}},\"Auth\":{\"methods\":{\"AuthEnable\":{\"requestType\":\"AuthEnableRequest\",\"responseType\":\"AuthEnableResponse\"},\"AuthDisable\":{\"requestType\":\"AuthDisableRequest\",\"responseType\":\"AuthDisableResponse\"},\"AuthStatus\":{\"requestType\":\"AuthStatusRequest\",\"responseType\":\"AuthStatusResponse\"},\"Authenticate\":{\"requestType\":\"AuthenticateRequest\",\"responseType\":\"AuthenticateResponse\"},\"UserAdd\":{\"requestType\":\"AuthUserAddRequest\",\"responseType\":\"AuthUserAddResponse\"},\"UserGet\":{\"requestType\":\"AuthUserGetRequest\",\"responseType\":\"AuthUserGetResponse\"},\"UserList\":{\"requestType\":\"AuthUserListRequest\",\"responseType\":\"AuthUserListResponse\"},\"UserDelete\":{\"requestType\":\"AuthUserDeleteRequest\",\"responseType\":\"AuthUserDeleteResponse\"},\"UserChangePassword\":{\"requestType\":\"AuthUserChangePasswordRequest\",\"responseType\":\"AuthUserChangePasswordResponse\"},\"UserGrantRole\":{\"requestType\":\"AuthUserGrantRoleRequest\",\"responseType\":\"AuthUserGrantRoleResponse\"},\"UserRevokeRole\":{\"requestType\":\"AuthUserRevokeRoleRequest\",\"responseType\":\"AuthUserRevokeRoleResponse\"},\"RoleAdd\":{\"requestType\":\"AuthRoleAddRequest\",\"responseType\":\"AuthRoleAddResponse\"},\"RoleGet\":{\"requestType\":\"AuthRoleGetRequest\",\"responseType\":\"AuthRoleGetResponse\"},\"RoleList\":{\"requestType\":\"AuthRoleListRequest\",\"responseType\":\"AuthRoleListResponse\"},\"RoleDelete\":{\"requestType\":\"AuthRoleDeleteRequest\",\"responseType\":\"AuthRoleDeleteResponse\"},\"RoleGrantPermission\":{\"requestType\":\"AuthRoleGrantPermissionRequest\",\"responseType\":\"AuthRoleGrantPermissionResponse\"},\"RoleRevokePermission\":{\"requestType\":\"AuthRoleRevokePermissionRequest\",\"responseType\":\"AuthRoleRevokePermissionResponse\"}}},\"AlarmType\":{\"values\":{\"NONE\":0,\"NOSPACE\":1,\"CORRUPT\":2}},\"ResponseHeader\":{\"fields\":{\"clusterId\":{\"type\":\"uint64\",\"id\":1,\"protoName\":\"cluster_id\"},\"memberId\":{\"type\":\"uint64\",\"id\":2,\"protoName\":\"member_id\"},\"revision\":{\"type\":\"int64\",\"id\":3},\"raftTerm\":{\"type\":\"uint64\",\"id\":4,\"protoName\":\"raft_term\"}}},\"RangeRequest\":{\"fields\":{\"key\":{\"type\":\"bytes\",\"id\":1},\"rangeEnd\":{\"type\":\"bytes\",\"id\":2,\"protoName\":\"range_end\"},\"limit\":{\"type\":\"int64\",\"id\":3},\"revision\":{\"type\":\"int64\",\"id\":4},\"sortOrder\":{\"type\":\"RangeRequest.SortOrder\",\"id\":5,\"protoName\":\"sort_order\"},\"sortTarget\":{\"type\":\"RangeRequest.SortTarget\",\"id\":6,\"protoName\":\"sort_target\"},\"serializable\":{\"type\":\"bool\",\"id\":7},\"keysOnly\":{\"type\":\"bool\",\"id\":8,\"protoName\":\"keys_only\"},\"countOnly\":{\"type\":\"bool\",\"id\":9,\"protoName\":\"count_only\"},\"minModRevision\":{\"type\":\"int64\",\"id\":10,\"protoName\":\"min_mod_revision\"},\"maxModRevision\":{\"type\":\"int64\",\"id\":11,\"protoName\":\"max_mod_revision\"},\"minCreateRevision\":{\"type\":\"int64\",\"id\":12,\"protoName\":\"min_create_revision\"},\"maxCreateRevision\":{\"type\":\"int64\",\"id\":13,\"protoName\":\"max_create_revision\"}},\"nested\":{\"SortOrder\":{\"values\":{\"NONE\":0,\"ASCEND\":1,\"DESCEND\":2}},\"SortTarget\":{\"values\":{\"KEY\":0,\"VERSION\":1,\"CREATE\":2,\"MOD\":3,\"VALUE\":4}}}},\"RangeResponse\":{\"fields\":{\"header\":{\"type\":\"ResponseHeader\",\"id\":1},\"kvs\":{\"rule\":\"repeated\",\"type\":\".mvccpb.KeyValue\",\"id\":2},\"more\":{\"type\":\"bool\",\"id\":3},\"count\":{\"type\":\"int64\",\"id\":4}}},\"PutRequest\":{\"fields\":{\"key\":{\"type\":\"bytes\",\"id\":1},\"value\":{\"type\":\"bytes\",\"id\":2},\"lease\":{\"type\":\"int64\",\"id\":3},\"prevKv\":{\"type\":\"bool\",\"id\":4,\"protoName\":\"prev_kv\"},\"ignoreValue\":{\"type\":\"bool\",\"id\":5,\"protoName\":\"ignore_value\"},\"ignoreLease\":{\"type\":\"bool\",\"id\":6,\"protoName\":\"ignore_lease\"}}},\"PutResponse\":{\"fields\":{\"header\":{\"type\":\"ResponseHeader\",\"id\":1},\"prevKv\":{\"type\":\".mvccpb.KeyValue\",\"id\":2,\"protoName\":\"prev_kv\"}}},\"DeleteRangeRequest\":{\"fields\":{\"key\":{\"type\":\"bytes\",\"id\":1},\"rangeEnd\":{\"type\":\"bytes\",\"id\":2,\"protoName\":\"range_end\"},\"prevKv\":{\"type\":\"bool\",\"id\":3,\"protoName\":\"prev_kv\"}}},\"DeleteRangeResponse\":{\"fields\":{\"header\":{\"type\":\"ResponseHeader\",\"id\":1},\"deleted\":{\"type\":\"int64\",\"id\":2},\"prevKvs\":{\"rule\":\"repeated\",\"type\":\".mvccpb.KeyValue\",\"id\":3,\"protoName\":\"prev_kvs\"}}},\"RequestOp\":{\"oneofs\":{\"request\":{\"oneof\":[\"requestRange\",\"requestPut\",\"requestDeleteRange\",\"requestTxn\"]}},\"fields\":{\"requestRange\":{\"type\":\"RangeRequest\",\"id\":1,\"protoName\":\"request_range\"},\"requestPut\":{\"type\":\"PutRequest\",\"id\":2,\"protoName\":\"request_put\"},\"requestDeleteRange\":{\"type\":\"DeleteRangeRequest\",\"id\":3,\"protoName\":\"request_delete_range\"},\"requestTxn\":{\"type\":\"TxnRequest\",\"id\":4,\"protoName\":\"request_txn\"}}},\"ResponseOp\":{\"oneofs\":{\"response\":{\"oneof\":[\"responseRange\",\"responsePut\",\"responseDeleteRange\",\"responseTxn\"]}},\"fields\":{\"responseRange\":{\"type\":\"RangeResponse\",\"id\":1,\"protoName\":\"response_range\"},\"responsePut\":{\"type\":\"PutResponse\",\"id\":2,\"protoName\":\"response_put\"},\"responseDeleteRange\":{\"type\":\"DeleteRangeResponse\",\"id\":3,\"protoName\":\"response_delete_range\"},\"responseTxn\":{\"type\":\"TxnResponse\",\"id\":4,\"protoName\":\"response_txn\"}}},\"Compare\":{\"oneofs\":{\"targetUnion\":{\"oneof\":[\"version\",\"createRevision\",\"modRevision\",\"value\",\"lease\"]}},\"fields\":{\"result\":{\"type\":\"Compare.CompareResult\",\"id\":1},\"target\":{\"type\":\"Compare.CompareTarget\",\"id\":2},\"key\":{\"type\":\"bytes\",\"id\":3},\"version\":{\"type\":\"int64\",\"id\":4},\"createRevision\":{\"type\":\"int64\",\"id\":5,\"protoName\":\"create_revision\"},\"modRevision\":{\"type\":\"int64\",\"id\":6,\"protoName\":\"mod_revision\"},\"value\":{\"type\":\"bytes\",\"id\":7},\"lease\":{\"type\":\"int64\",\"id\":8},\"rangeEnd\":{\"type\":\"bytes\",\"id\":64,\"protoName\":\"range_end\"}},\"nested\":{\"CompareResult\":{\"values\":{\"EQUAL\":0,\"GREATER\":1,\"LESS\":2,\"NOT_EQUAL\":3}},\"CompareTarget\":{\"values\":{\"VERSION\":0,\"CREATE\":1,\"MOD\":2,\"VALUE\":3,\"LEASE\":4}}}},\"TxnRequest\":{\"fields\":{\"compare\":{\"rule\":\"repeated\",\"type\":\"Compare\",\"id\":1},\"success\":{\"rule\":\"repeated\",\"type\":\"RequestOp\",\"id\":2},\"failure\":{\"rule\":\"repeated\",\"type\":\"RequestOp\",\"id\":3}}},\"TxnResponse\":{\"fields\":{\"header\":{\"type\":\"ResponseHeader\",\"id\":1},\"succeeded\":{\"type\":\"bool\",\"id\":2},\"responses\":{\"rule\":\"repeated\",\"type\":\"ResponseOp\",\"id\":3}}},\"CompactionRequest\":{\"fields\":{\"revision\":{\"type\":\"int64\",\"id\":1},\"physical\":{\"type\":\"bool\",\"id\":2}}},\"CompactionResponse\":{\"fields\":{\"header\":{\"type\":\"ResponseHeader\",\"id\":1}}},\"HashRequest\":{\"fields\":{}},\"HashKVRequest\":{\"fields\":{\"revision\":{\"type\":\"int64\",\"id\":1}}},\"HashKVResponse\":{\"fields\":{\"header\":{\"type\":\"ResponseHeader\",\"id\":1},\"hash\":{\"type\":\"uint32\",\"id\":2},\"compactRevision\":{\"type\":\"int64\",\"id\":3,\"protoName\":\"compact_revision\"},\"hashRevision\":{\"type\":\"int64\",\"id\":4,\"protoName\":\"hash_revision\"}}},\"HashResponse\":{\"fields\":{\"header\":{\"type\":\"ResponseHeader\",\"id\":1},\"hash\":{\"type\":\"uint32\",\"id\":2}}},\"SnapshotRequest\":{\"fields\":{}},\"SnapshotResponse\":{\"fields\":{\"header\":{\"type\":\"ResponseHeader\",\"id\":1},\"remainingBytes\":{\"type\":\"uint64\",\"id\":2,\"protoName\":\"remaining_bytes\"},\"blob\":{\"type\":\"bytes\",\"id\":3},\"version\":{\"type\":\"string\",\"id\":4}}},\"WatchRequest\":{\"oneofs\":{\"requestUnion\":{\"oneof\":[\"createRequest\",\"cancelRequest\",\"progressRequest\"]}},\"fields\":{\"createRequest\":{\"type\":\"WatchCreateRequest\",\"id\":1,\"protoName\":\"create_request\"},\"cancelRequest\":{\"type\":\"WatchCancelRequest\",\"id\":2,\"protoName\":\"cancel_request\"},\"progressRequest\":{\"type\":\"WatchProgressRequest\",\"id\":3,\"protoName\":\"progress_request\"}}},\"WatchCreateRequest\":{\"fields\":{\"key\":{\"type\":\"bytes\",\"id\":1},\"rangeEnd\":{\"type\":\"bytes\",\"id\":2,\"protoName\":\"range_end\"},\"startRevision\":{\"type\":\"int64\",\"id\":3,\"protoName\":\"start_revision\"},\"progressNotify\":{\"type\":\"bool\",\"id\":4,\"protoName\":\"progress_notify\"},\"filters\":{\"rule\":\"repeated\",\"type\":\"WatchCreateRequest.FilterType\",\"id\":5},\"prevKv\":{\"type\":\"bool\",\"id\":6,\"protoName\":\"prev_kv\"},\"watchId\":{\"type\":\"int64\",\"id\":7,\"protoName\":\"watch_id\"},\"fragment\":{\"type\":\"bool\",\"id\":8}},\"nested\":{\"FilterType\":{\"values\":{\"NOPUT\":0,\"NODELETE\":1}}}},\"WatchCancelRequest\":{\"fields\":{\"watchId\":{\"type\":\"int64\",\"id\":1,\"protoName\":\"watch_id\"}}},\"WatchProgressRequest\":{\"fields\":{}},\"WatchResponse\":{\"fields\":{\"header\":{\"type\":\"ResponseHeader\",\"id\":1},\"watchId\":{\"type\":\"int64\",\"id\":2,\"protoName\":\"watch_id\"},\"created\":{\"type\":\"bool\",\"id\":3},\"canceled\":{\"type\":\"bool\",\"id\":4},\"compactRevision\":{\"type\":\"int64\",\"id\":5,\"protoName\":\"compact_revision\"},\"cancelReason\":{\"type\":\"string\",\"id\":6,\"protoName\":\"cancel_reason\"},\"fragment\":{\"type\":\"bool\",\"id\":7},\"events\":{\"rule\":\"repeated\",\"type\":\".mvccpb.Event\",\"id\":11}}},\"LeaseGrantRequest\":{\"fields\":{\"TTL\":{\"type\":\"int64\",\"id\":1},\"ID\":{\"type\":\"int64\",\"id\":2}}},\"LeaseGrantResponse\":{\"fields\":{\"header\":{\"type\":\"ResponseHeader\",\"id\":1},\"ID\":{\"type\":\"int64\",\"id\":2},\"TTL\":{\"type\":\"int64\",\"id\":3},\"error\":{\"type\":\"string\",\"id\":4}}},\"LeaseRevokeRequest\":{\"fields\":{\"ID\":{\"type\":\"int64\",\"id\":1}}},\"LeaseRevokeResponse\":{\"fields\":{\"header\":{\"type\":\"ResponseHeader\",\"id\":1}}},\"LeaseCheckpoint\":{\"fields\":{\"ID\":{\"type\":\"int64\",\"id\":1},\"remaining_TTL\":{\"type\":\"int64\",\"id\":2}}},\"LeaseCheckpointRequest\":{\"fields\":{\"checkpoints\":{\"rule\":\"repeated\",\"type\":\"LeaseCheckpoint\",\"id\":1}}},\"LeaseCheckpointResponse\":{\"fields\":{\"header\":{\"type\":\"ResponseHeader\",\"id\":1}}},\"LeaseKeepAliveRequest\":{\"fields\":{\"ID\":{\"type\":\"int64\",\"id\":1}}},\"LeaseKeepAliveResponse\":{\"fields\":{\"header\":{\"type\":\"ResponseHeader\",\"id\":1},\"ID\":{\"type\":\"int64\",\"id\":2},\"TTL\":{\"type\":\"int64\",\"id\":3}}},\"LeaseTimeToLiveRequest\":{\"fields\":{\"ID\":{\"type\":\"int64\",\"id\":1},\"keys\":{\"type\":\"bool\",\"id\":2}}},\"LeaseTimeToLiveResponse\":{\"fields\":{\"header\":{\"type\":\"ResponseHeader\",\"id\":1},\"ID\":{\"type\":\"int64\",\"id\":2},\"TTL\":{\"type\":\"int64\",\"id\":3},\"grantedTTL\":{\"type\":\"int64\",\"id\":4},\"keys\":{\"rule\":\"repeated\",\"type\":\"bytes\",\"id\":5}}},\"LeaseLeasesRequest\":{\"fields\":{}},\"LeaseStatus\":{\"fields\":{\"ID\":{\"type\":\"int64\",\"id\":1}}},\"LeaseLeasesResponse\":{\"fields\":{\"header\":{\"type\":\"ResponseHeader\",\"id\":1},\"leases\":{\"rule\":\"repeated\",\"type\":\"LeaseStatus\",\"id\":2}}},\"Member\":{\"fields\":{\"ID\":{\"type\":\"uint64\",\"id\":1},\"name\":{\"type\":\"string\",\"id\":2},\"peerURLs\":{\"rule\":\"repeated\",\"type\":\"string\",\"id\":3},\"clientURLs\":{\"rule\":\"repeated\",\"type\":\"string\",\"id\":4},\"isLearner\":{\"type\":\"bool\",\"id\":5}}},\"MemberAddRequest\":{\"fields\":{\"peerURLs\":{\"rule\":\"repeated\",\"type\":\"string\",\"id\":1},\"isLearner\":{\"type\":\"bool\",\"id\":2}}},\"MemberAddResponse\":{\"fields\":{\"header\":{\"type\":\"ResponseHeader\",\"id\":1},\"member\":{\"type\":\"Member\",\"id\":2},\"members\":{\"rule\":\"repeated\",\"type\":\"Member\",\"id\":3}}},\"MemberRemoveRequest\":{\"fields\":{\"ID\":{\"type\":\"uint64\",\"id\":1}}},\"MemberRemoveResponse\":{\"fields\":{\"header\":{\"type\":\"ResponseHeader\",\"id\":1},\"members\":{\"rule\":\"repeated\",\"type\":\"Member\",\"id\":2}}},\"MemberUpdateRequest\":{\"fields\":{\"ID\":{\"type\":\"uint64\",\"id\":1},\"peerURLs\":{\"rule\":\"repeated\",\"type\":\"string\",\"id\":2}}},\"MemberUpdateResponse\":{\"fields\":{\"header\":{\"type\":\"ResponseHeader\",\"id\":1},\"members\":{\"rule\":\"repeated\",\"type\":\"Member\",\"id\":2}}},\"MemberListRequest\":{\"fields\":{\"linearizable\":{\"type\":\"bool\",\"id\":1}}},\"MemberListResponse\":{\"fields\":{\"header\":{\"type\":\"ResponseHeader\",\"id\":1},\"members\":{\"rule\":\"repeated\",\"type\":\"Member\",\"id\":2}}},\"MemberPromoteRequest\":{\"fields\":{\"ID\":{\"type\":\"uint64\",\"id\":1}}},\"MemberPromoteResponse\":{\"fields\":{\"header\":{\"type\":\"ResponseHeader\",\"id\":1},\"members\":{\"rule\":\"repeated\",\"type\":\"Member\",\"id\":2}}},\"DefragmentRequest\":{\"fields\":{}},\"DefragmentResponse\":{\"fields\":{\"header\":{\"type\":\"ResponseHeader\",\"id\":1}}},\"MoveLeaderRequest\":{\"fields\":{\"targetID\":{\"type\":\"uint64\",\"id\":1}}},\"MoveLeaderResponse\":{\"fields\":{\"header\":{\"type\":\"ResponseHeader\",\"id\":1}}},\"AlarmRequest\":{\"fields\":{\"action\":{\"type\":\"AlarmRequest.AlarmAction\",\"id\":1},\"memberID\":{\"type\":\"uint64\",\"id\":2},\"alarm\":{\"type\":\"AlarmType\",\"id\":3}},\"nested\":{\"AlarmAction\":{\"values\":{\"GET\":0,\"ACTIVATE\":1,\"DEACTIVATE\":2}}}},\"AlarmMember\":{\"fields\":{\"memberID\":{\"type\":\"uint64\",\"id\":1},\"alarm\":{\"type\":\"AlarmType\",\"id\":2}}},\"AlarmResponse\":{\"fields\":{\"header\":{\"type\":\"ResponseHeader\",\"id\":1},\"alarms\":{\"rule\":\"repeated\",\"type\":\"AlarmMember\",\"id\":2}}},\"DowngradeRequest\":{\"fields\":{\"action\":{\"type\":\"DowngradeRequest.DowngradeAction\",\"id\":1},\"version\":{\"type\":\"string\",\"id\":2}},\"nested\":{\"DowngradeAction\":{\"values\":{\"VALIDATE\":0,\"ENABLE\":1,\"CANCEL\":2}}}},\"DowngradeResponse\":{\"fields\":{\"header\":{\"type\":\"ResponseHeader\",\"id\":1},\"version\":{\"type\":\"string\",\"id\":2}}},\"DowngradeVersionTestRequest\":{\"fields\":{\"ver\":{\"type\":\"string\",\"id\":1}}},\"StatusRequest\":{\"fields\":{}},\"StatusResponse\":{\"fields\":{\"header\":{\"type\":\"ResponseHeader\",\"id\":1},\"version\":{\"type\":\"string\",\"id\":2},\"dbSize\":{\"type\":\"int64\",\"id\":3},\"leader\":{\"type\":\"uint64\",\"id\":4},\"raftIndex\":{\"type\":\"uint64\",\"id\":5},\"raftTerm\":{\"type\":\"uint64\",\"id\":6},\"raftAppliedIndex\":{\"type\":\"uint64\",\"id\":7},\"errors\":{\"rule\":\"repeated\",\"type\":\"string\",\"id\":8},\"dbSizeInUse\":{\"type\":\"int64\",\"id\":9},\"isLearner\":{\"type\":\"bool\",\"id\":10},\"storageVersion\":{\"type\":\"string\",\"id\":11},\"dbSizeQuota\":{\"type\":\"int64\",\"id\":12},\"downgradeInfo\":{\"type\":\"DowngradeInfo\",\"id\":13}}},\"DowngradeInfo\":{\"fields\":{\"enabled\":{\"type\":\"bool\",\"id\":1},\"targetVersion\":{\"type\":\"string\",\"id\":2}}},\"AuthEnableRequest\":{\"fields\":{}},\"AuthDisableRequest\":{\"fields\":{}},\"AuthStatusRequest\":{\"fields\":{}},\"AuthenticateRequest\":{\"fields\":{\"name\":{\"type\":\"string\",\"id\":1},\"password\":{\"type\":\"string\",\"id\":2}}},\"AuthUserAddRequest\":{\"fields\":{\"name\":{\"type\":\"string\",\"id\":1},\"password\":{\"type\":\"string\",\"id\":2},\"options\":{\"type\":\".authpb.UserAddOptions\",\"id\":3},\"hashedPassword\":{\"type\":\"string\",\"id\":4}}},\"AuthUserGetRequest\":{\"fields\":{\"name\":{\"type\":\"string\",\"id\":1}}},\"AuthUserDeleteRequest\":{\"fields\":{\"name\":{\"type\":\"string\",\"id\":1}}},\"AuthUserChangePasswordRequest\":{\"fields\":{\"name\":{\"type\":\"string\",\"id\":1},\"password\":{\"type\":\"string\",\"id\":2},\"hashedPassword\":{\"type\":\"string\",\"id\":3}}},\"AuthUserGrantRoleRequest\":{\"fields\":{\"user\":{\"type\":\"string\",\"id\":1},\"role\":{\"type\":\"string\",\"id\":2}}},\"AuthUserRevokeRoleRequest\":{\"fields\":{\"name\":{\"type\":\"string\",\"id\":1},\"role\":{\"type\":\"string\",\"id\":2}}},\"AuthRoleAddRequest\":{\"fields\":{\"name\":{\"type\":\"string\",\"id\":1}}},\"AuthRoleGetRequest\":{\"fields\":{\"role\":{\"type\":\"string\",\"id\":1}}},\"AuthUserListRequest\":{\"fields\":{}},\"AuthRoleListRequest\":{\"fields\":{}},\"AuthRoleDeleteRequest\":{\"fields\":{\"role\":{\"type\":\"string\",\"id\":1}}},\"AuthRoleGrantPermissionRequest\":{\"fields\":{\"name\":{\"type\":\"string\",\"id\":1},\"perm\":{\"type\":\".authpb.Permission\",\"id\":2}}},\"AuthRoleRevokePermissionRequest\":{\"fields\":{\"role\":{\"type\":\"string\",\"id\":1},\"key\":{\"type\":\"bytes\",\"id\":2},\"rangeEnd\":{\"type\":\"bytes\",\"id\":3,\"protoName\":\"range_end\"}}},\"AuthEnableResponse\":{\"fields\":{\"header\":{\"type\":\"ResponseHeader\",\"id\":1}}},\"AuthDisableResponse\":{\"fields\":{\"header\":{\"type\":\"ResponseHeader\",\"id\":1}}},\"AuthStatusResponse\":{\"fields\":{\"header\":{\"type\":\"ResponseHeader\",\"id\":1},\"enabled\":{\"type\":\"bool\",\"id\":2},\"authRevision\":{\"type\":\"uint64\",\"id\":3}}},\"AuthenticateResponse\":{\"fields\":{\"header\":{\"type\":\"ResponseHeader\",\"id\":1},\"token\":{\"type\":\"string\",\"id\":2}}},\"AuthUserAddResponse\":{\"fields\":{\"header\":{\"type\":\"ResponseHeader\",\"id\":1}}},\"AuthUserGetResponse\":{\"fields\":{\"header\":{\"type\":\"ResponseHeader\",\"id\":1},\"roles\":{\"rule\":\"repeated\",\"type\":\"string\",\"id\":2}}},\"AuthUserDeleteResponse\":{\"fields\":{\"header\":{\"type\":\"ResponseHeader\",\"id\":1}}},\"AuthUserChangePasswordResponse\":{\"fields\":{\"header\":{\"type\":\"ResponseHeader\",\"id\":1}}},\"AuthUserGrantRoleResponse\":{\"fields\":{\"header\":{\"type\":\"ResponseHeader\",\"id\":1}}},\"AuthUserRevokeRoleResponse\":{\"fields\":{\"header\":{\"type\":\"ResponseHeader\",\"id\":1}}},\"AuthRoleAddResponse\":{\"fields\":{\"header\":{\"type\":\"ResponseHeader\",\"id\":1}}},\"AuthRoleGetResponse\":{\"fields\":{\"header\":{\"type\":\"ResponseHeader\",\"id\":1},\"perm\":{\"rule\":\"repeated\",\"type\":\".authpb.Permission\",\"id\":2}}},\"AuthRoleListResponse\":{\"fields\":{\"header\":{\"type\":\"ResponseHeader\",\"id\":1},\"roles\":{\"rule\":\"repeated\",\"type\":\"string\",\"id\":2}}},\"AuthUserListResponse\":{\"fields\":{\"header\":{\"type\":\"ResponseHeader\",\"id\":1},\"users\":{\"rule\":\"repeated\",\"type\":\"string\",\"id\":2}}},\"AuthRoleDeleteResponse\":{\"fields\":{\"header\":{\"type\":\"ResponseHeader\",\"id\":1}}},\"AuthRoleGrantPermissionResponse\":{\"fields\":{\"header\":{\"type\":\"ResponseHeader\",\"id\":1}}},\"AuthRoleRevokePermissionResponse\":{\"fields\":{\"header\":{\"type\":\"ResponseHeader\",\"id\":1}}},\"RangeStreamResponse\":{\"fields\":{\"rangeResponse\":{\"type\":\"RangeResponse\",\"id\":1,\"protoName\":\"range_response\"}}}}},\"authpb\":{\"nested\":{\"UserAddOptions\":{\"fields\":{\"noPassword\":{\"type\":\"bool\",\"id\":1,\"protoName\":\"no_password\"}}},\"User\":{\"fields\":{\"name\":{\"type\":\"bytes\",\"id\":1},\"password\":{\"type\":\"bytes\",\"id\":2},\"roles\":{\"rule\":\"repeated\",\"type\":\"string\",\"id\":3},\"options\":{\"type\":\"UserAddOptions\",\"id\":4}}},\"Permission\":{\"fields\":{\"permType\":{\"type\":\"Permission.Type\",\"id\":1},\"key\":{\"type\":\"bytes\",\"id\":2},\"rangeEnd\":{\"type\":\"bytes\",\"id\":3,\"protoName\":\"range_end\"}},\"nested\":{\"Type\":{\"values\":{\"READ\":0,\"WRITE\":1,\"READWRITE\":2}}}},\"Role\":{\"fields\":{\"name\":{\"type\":\"bytes\",\"id\":1},\"keyPermission\":{\"rule\":\"repeated\",\"type\":\"Permission\",\"id\":2}}}}},\"mvccpb\":{\"nested\":{\"KeyValue\":{\"fields\":{\"key\":{\"type\":\"bytes\",\"id\":1},\"createRevision\":{\"type\":\"int64\",\"id\":2,\"protoName\":\"create_revision\"},\"modRevision\":{\"type\":\"int64\",\"id\":3,\"protoName\":\"mod_revision\"},\"version\":{\"type\":\"int64\",\"id\":4},\"value\":{\"type\":\"bytes\",\"id\":5},\"lease\":{\"type\":\"int64\",\"id\":6}}},\"Event\":{\"fields\":{\"type\":{\"type\":\"Event.EventType\",\"id\":1},\"kv\":{\"type\":\"KeyValue\",\"id\":2},\"prevKv\":{\"type\":\"KeyValue\",\"id\":3,\"protoName\":\"prev_kv\"}},\"nested\":{\"EventType\":{\"values\":{\"PUT\":0,\"DELETE\":1}}}}}}}}",
});
