//! What a request is refused with: a code of gRPC and etcd's own sentence.

use std::borrow::Cow;

use steersman_store::{Reason, StoreError};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    pub code: Code,
    pub message: Cow<'static, str>,
}

/// Of gRPC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Code {
    Ok = 0,
    Unknown = 2,
    InvalidArgument = 3,
    NotFound = 5,
    PermissionDenied = 7,
    ResourceExhausted = 8,
    FailedPrecondition = 9,
    OutOfRange = 11,
    Unimplemented = 12,
    Internal = 13,
    Unavailable = 14,
    Unauthenticated = 16,
}

impl Code {
    /// As metrics name it.
    pub fn name(self) -> &'static str {
        match self {
            Code::Ok => "OK",
            Code::Unknown => "Unknown",
            Code::InvalidArgument => "InvalidArgument",
            Code::NotFound => "NotFound",
            Code::PermissionDenied => "PermissionDenied",
            Code::ResourceExhausted => "ResourceExhausted",
            Code::FailedPrecondition => "FailedPrecondition",
            Code::OutOfRange => "OutOfRange",
            Code::Unimplemented => "Unimplemented",
            Code::Internal => "Internal",
            Code::Unavailable => "Unavailable",
            Code::Unauthenticated => "Unauthenticated",
        }
    }
}

const fn of(code: Code, message: &'static str) -> Status {
    Status {
        code,
        message: Cow::Borrowed(message),
    }
}

pub const COMPACTED: &str = "etcdserver: mvcc: required revision has been compacted";

impl Status {
    pub const EMPTY_KEY: Status = of(Code::InvalidArgument, "etcdserver: key is not provided");
    pub const KEY_NOT_FOUND: Status = of(Code::InvalidArgument, "etcdserver: key not found");
    pub const VALUE_PROVIDED: Status = of(Code::InvalidArgument, "etcdserver: value is provided");
    pub const LEASE_PROVIDED: Status = of(Code::InvalidArgument, "etcdserver: lease is provided");
    pub const TOO_MANY_OPERATIONS: Status = of(
        Code::InvalidArgument,
        "etcdserver: too many operations in txn request",
    );
    pub const DUPLICATE_KEY: Status = of(
        Code::InvalidArgument,
        "etcdserver: duplicate key given in txn request",
    );
    pub const INVALID_SORT: Status = of(Code::InvalidArgument, "etcdserver: invalid sort option");
    pub const COMPACTED: Status = of(Code::OutOfRange, COMPACTED);
    pub const FUTURE_REVISION: Status = of(
        Code::OutOfRange,
        "etcdserver: mvcc: required revision is a future revision",
    );
    pub const NO_SPACE: Status = of(
        Code::ResourceExhausted,
        "etcdserver: mvcc: database space exceeded",
    );
    pub const LEASE_NOT_FOUND: Status = of(Code::NotFound, "etcdserver: requested lease not found");
    pub const LEASE_EXISTS: Status =
        of(Code::FailedPrecondition, "etcdserver: lease already exists");
    pub const LEASE_TTL_TOO_LARGE: Status = of(Code::OutOfRange, "etcdserver: too large lease TTL");
    pub const REQUEST_TOO_LARGE: Status =
        of(Code::InvalidArgument, "etcdserver: request is too large");
    pub const AUTH_NOT_ENABLED: Status = of(
        Code::FailedPrecondition,
        "etcdserver: authentication is not enabled",
    );
    pub const ROOT_USER_NOT_EXIST: Status = of(
        Code::FailedPrecondition,
        "etcdserver: root user does not exist",
    );
    pub const ROOT_ROLE_NOT_EXIST: Status = of(
        Code::FailedPrecondition,
        "etcdserver: root user does not have root role",
    );
    pub const USER_ALREADY_EXIST: Status = of(
        Code::FailedPrecondition,
        "etcdserver: user name already exists",
    );
    pub const USER_EMPTY: Status = of(Code::InvalidArgument, "etcdserver: user name is empty");
    pub const USER_NOT_FOUND: Status =
        of(Code::FailedPrecondition, "etcdserver: user name not found");
    pub const ROLE_ALREADY_EXIST: Status = of(
        Code::FailedPrecondition,
        "etcdserver: role name already exists",
    );
    pub const ROLE_NOT_FOUND: Status =
        of(Code::FailedPrecondition, "etcdserver: role name not found");
    pub const ROLE_EMPTY: Status = of(Code::InvalidArgument, "etcdserver: role name is empty");
    pub const AUTH_FAILED: Status = of(
        Code::InvalidArgument,
        "etcdserver: authentication failed, invalid user ID or password",
    );
    pub const NO_PASSWORD_USER: Status = of(
        Code::Unknown,
        "auth: authentication failed, password was given for no password user",
    );
    pub const PERMISSION_NOT_GIVEN: Status =
        of(Code::InvalidArgument, "etcdserver: permission not given");
    pub const PERMISSION_DENIED: Status =
        of(Code::PermissionDenied, "etcdserver: permission denied");
    pub const ROLE_NOT_GRANTED: Status = of(
        Code::FailedPrecondition,
        "etcdserver: role is not granted to the user",
    );
    pub const PERMISSION_NOT_GRANTED: Status = of(
        Code::FailedPrecondition,
        "etcdserver: permission is not granted to the role",
    );
    pub const INVALID_AUTH_TOKEN: Status =
        of(Code::Unauthenticated, "etcdserver: invalid auth token");
    pub const INVALID_AUTH_MANAGEMENT: Status =
        of(Code::InvalidArgument, "etcdserver: invalid auth management");
    pub const AUTH_OLD_REVISION: Status = of(
        Code::InvalidArgument,
        "etcdserver: revision of auth store is old",
    );
    pub const TOO_MANY_REQUESTS: Status =
        of(Code::ResourceExhausted, "etcdserver: too many requests");
    pub const DEFECT: Status = of(Code::Internal, "etcdserver: a defect; see standard error");
    pub const STOPPED: Status = of(Code::Unavailable, "etcdserver: server stopped");
    pub const UNREADABLE: Status = of(Code::Internal, "grpc: the request cannot be read");

    pub fn new(code: Code, message: impl Into<String>) -> Status {
        Status {
            code,
            message: Cow::Owned(message.into()),
        }
    }

    /// As Go's clients print one; the reason of a watch that is refused.
    pub fn as_reason(&self) -> String {
        format!(
            "rpc error: code = {} desc = {}",
            self.code.name(),
            self.message
        )
    }

    pub fn unimplemented(path: &str) -> Status {
        Status::new(Code::Unimplemented, format!("{path} is not served"))
    }
}

impl From<StoreError> for Status {
    fn from(error: StoreError) -> Status {
        match error.reason {
            Reason::Compacted => Status::COMPACTED,
            Reason::FutureRevision => Status::FUTURE_REVISION,
            Reason::LeaseNotFound => Status::LEASE_NOT_FOUND,
            Reason::KeyNotFound => Status::KEY_NOT_FOUND,
            Reason::InvalidRequest => Status::DUPLICATE_KEY,
            Reason::TooLarge => Status::new(
                Code::InvalidArgument,
                format!("etcdserver: request is too large: {}", error.message),
            ),
            Reason::DiskFull => Status::new(
                Code::ResourceExhausted,
                format!(
                    "etcdserver: mvcc: database space exceeded: {}",
                    error.message
                ),
            ),
            Reason::Closed => Status::STOPPED,
            _ => Status::new(Code::Unavailable, format!("etcdserver: {error}")),
        }
    }
}
