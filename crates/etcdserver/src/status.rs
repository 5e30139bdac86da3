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
    InvalidArgument = 3,
    NotFound = 5,
    ResourceExhausted = 8,
    FailedPrecondition = 9,
    OutOfRange = 11,
    Unimplemented = 12,
    Internal = 13,
    Unavailable = 14,
}

impl Code {
    /// As metrics name it.
    pub fn name(self) -> &'static str {
        match self {
            Code::Ok => "OK",
            Code::InvalidArgument => "InvalidArgument",
            Code::NotFound => "NotFound",
            Code::ResourceExhausted => "ResourceExhausted",
            Code::FailedPrecondition => "FailedPrecondition",
            Code::OutOfRange => "OutOfRange",
            Code::Unimplemented => "Unimplemented",
            Code::Internal => "Internal",
            Code::Unavailable => "Unavailable",
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
    pub const STOPPED: Status = of(Code::Unavailable, "etcdserver: server stopped");
    pub const UNREADABLE: Status = of(Code::Internal, "grpc: the request cannot be read");

    pub fn new(code: Code, message: impl Into<String>) -> Status {
        Status {
            code,
            message: Cow::Owned(message.into()),
        }
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
