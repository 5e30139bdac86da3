//! Users, roles and permissions as etcd has them: who asks, and what they may.
//!
//! What is true is one value (`Users`), replaced as a whole when it is on disk. Whoever checks
//! holds it for as long as the store is asked: what was revoked is not read a moment later.

mod calls;
mod checks;
mod passwords;
mod permissions;
mod tokens;
mod users;

use std::cell::OnceCell;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use http::HeaderMap;
use parking_lot::{Mutex, RwLock, RwLockReadGuard};
use prost::Message;
use steersman_store::{FileSystem, StoreError};
use tokio::sync::Semaphore;

use self::passwords::Passwords;
use self::permissions::Permissions;
use self::tokens::Tokens;
use self::users::ROOT;
pub use self::users::Users;
use crate::held::Held;
use crate::options::AuthOptions;
use crate::status::Status;
use crate::whole_file::WholeFile;

const NAME: &str = "auth.info";
const HEAD: &[u8] = b"users 1\n";
const SUM_BYTES: usize = 4;

/// A connection's other end.
pub struct Peer {
    /// Of its certificate; None where it has shown none.
    pub common_name: Option<String>,
    /// One password of each connection is worked on at a time.
    passwords: Semaphore,
    /// Bytes of requests that are not whole, and of responses that were not taken.
    held: Held,
}

impl Peer {
    pub fn new(common_name: Option<String>) -> Peer {
        Peer {
            common_name,
            passwords: Semaphore::new(1),
            held: Held::default(),
        }
    }
}

impl Peer {
    pub fn held(&self) -> &Held {
        &self.held
    }
}

/// Who sent a request, as far as it says so itself.
pub struct Caller {
    pub token: Option<String>,
    pub peer: std::rc::Rc<Peer>,
}

impl Caller {
    pub fn new(headers: &HeaderMap, peer: std::rc::Rc<Peer>) -> Caller {
        let given = headers
            .get("token")
            .or_else(|| headers.get("authorization"));
        let token = given.map(|value| {
            let text = String::from_utf8_lossy(value.as_bytes()).into_owned();
            match text.strip_prefix("Bearer ") {
                Some(token) => token.to_owned(),
                None => text,
            }
        });
        Caller { token, peer }
    }
}

/// Users with what their roles add up to, made for each when it is first asked for.
struct Current {
    users: Users,
    permissions: Mutex<HashMap<String, Arc<Permissions>>>,
}

impl Current {
    fn new(users: Users) -> Current {
        Current {
            users,
            permissions: Mutex::default(),
        }
    }

    fn permissions_of(&self, user: &str) -> Arc<Permissions> {
        let mut known = self.permissions.lock();
        if let Some(found) = known.get(user) {
            return found.clone();
        }
        let made = Arc::new(self.users.permissions_of(user));
        known.insert(user.to_owned(), made.clone());
        made
    }
}

pub struct Auth {
    current: RwLock<Current>,
    /// Held while the users are changed.
    file: Mutex<WholeFile>,
    tokens: Tokens,
    passwords: Passwords,
    /// A certificate's common name is a user's.
    certificate_users: bool,
}

impl Auth {
    /// Without a place they are in memory alone.
    pub fn open(
        place: Option<(Arc<dyn FileSystem>, &Path)>,
        options: &AuthOptions,
    ) -> Result<Auth, StoreError> {
        let file = match place {
            Some((files, directory)) => WholeFile::new(files, directory, NAME),
            None => WholeFile::nowhere(NAME),
        };
        let most = 2 * users::MOST_BYTES as u64;
        let users = match file.read(most)? {
            None => Users::first(),
            Some(bytes) => read(&bytes).ok_or_else(|| file.corrupt())?,
        };
        Ok(Auth {
            current: RwLock::new(Current::new(users)),
            file: Mutex::new(file),
            tokens: Tokens::new(options.token_ttl),
            passwords: Passwords::new(options.bcrypt_cost),
            certificate_users: options.certificate_users,
        })
    }

    /// Who asks. Refused where they show a token that is none. While the result is held nothing of
    /// users and roles changes: not for long, and one at a time.
    pub fn access(&self, caller: &Caller) -> Result<Access<'_>, Status> {
        let current = self.current.read();
        let user = self.user_of(caller, &current.users)?;
        Ok(Access {
            current,
            user,
            permissions: OnceCell::new(),
        })
    }

    fn user_of(&self, caller: &Caller, users: &Users) -> Result<Option<String>, Status> {
        if !users.enabled {
            return Ok(None);
        }
        if let Some(token) = &caller.token {
            let user = self.tokens.user(token);
            return user.map(Some).ok_or(Status::INVALID_AUTH_TOKEN);
        }
        if self.certificate_users {
            return Ok(caller.peer.common_name.clone());
        }
        Ok(None)
    }

    pub fn snapshot(&self) -> Users {
        self.current.read().users.clone()
    }

    /// Changes them, for a caller who may. On disk before anybody sees it.
    fn change(
        &self,
        caller: &Caller,
        change: impl FnOnce(&mut Users) -> Result<(), Status>,
    ) -> Result<(), Status> {
        let file = self.file.lock();
        let mut users = {
            let access = self.access(caller)?;
            access.check_admin()?;
            access.users().clone()
        };
        let before = (users.enabled, users.revision);
        change(&mut users)?;
        if (users.enabled, users.revision) == before {
            return Ok(());
        }
        file.replace(&written(&users))?;
        let disables = before.0 && !users.enabled;
        *self.current.write() = Current::new(users);
        if disables {
            self.tokens.forget_all();
        }
        Ok(())
    }
}

fn written(users: &Users) -> Vec<u8> {
    let mut bytes = HEAD.to_vec();
    bytes.extend_from_slice(&[0; SUM_BYTES]);
    let begin = bytes.len();
    // There is room: it grows.
    let _ = users.encode(&mut bytes);
    let sum = crc32c::crc32c(&bytes[begin..]);
    bytes[begin - SUM_BYTES..begin].copy_from_slice(&sum.to_le_bytes());
    bytes
}

fn read(bytes: &[u8]) -> Option<Users> {
    let (sum, body) = bytes.strip_prefix(HEAD)?.split_first_chunk()?;
    if u32::from_le_bytes(*sum) != crc32c::crc32c(body) {
        return None;
    }
    Users::decode(Bytes::copy_from_slice(body)).ok()
}

/// What one caller may, as of now.
pub struct Access<'a> {
    current: RwLockReadGuard<'a, Current>,
    /// None: they did not say, or nobody is asked.
    user: Option<String>,
    permissions: OnceCell<Arc<Permissions>>,
}

impl Access<'_> {
    pub fn users(&self) -> &Users {
        &self.current.users
    }

    fn is_asked(&self) -> bool {
        self.users().enabled
    }

    fn is_user(&self, name: &str) -> bool {
        self.user.as_deref() == Some(name)
    }

    /// That it is a user at all.
    pub fn check_user(&self) -> Result<(), Status> {
        match self.is_asked() && self.user.is_none() {
            true => Err(Status::USER_EMPTY),
            false => Ok(()),
        }
    }

    /// That it is one who may do everything.
    pub fn check_admin(&self) -> Result<(), Status> {
        if !self.is_asked() {
            return Ok(());
        }
        let name = self.user.as_deref().filter(|name| !name.is_empty());
        let name = name.ok_or(Status::USER_EMPTY)?;
        if self.users().user(name).is_none() {
            return Err(Status::USER_NOT_FOUND);
        }
        match self.users().has_role(name, ROOT) {
            true => Ok(()),
            false => Err(Status::PERMISSION_DENIED),
        }
    }

    fn check(&self, may: impl FnOnce(&Permissions) -> bool) -> Result<(), Status> {
        if !self.is_asked() {
            return Ok(());
        }
        let name = self.user.as_deref().ok_or(Status::USER_EMPTY)?;
        if self.users().has_role(name, ROOT) {
            return Ok(());
        }
        let made = || self.current.permissions_of(name);
        let is_user = self.users().user(name).is_some();
        match is_user && may(self.permissions.get_or_init(made)) {
            true => Ok(()),
            false => Err(Status::PERMISSION_DENIED),
        }
    }

    pub fn check_read(&self, key: &[u8], range_end: &[u8]) -> Result<(), Status> {
        self.check(|permissions| permissions.may_read(key, range_end))
    }

    pub fn check_write(&self, key: &[u8], range_end: &[u8]) -> Result<(), Status> {
        self.check(|permissions| permissions.may_write(key, range_end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_rotted_is_no_file_of_users() {
        let bytes = written(&Users::first());
        assert!(read(&bytes) == Some(Users::first()));
        for at in 0..bytes.len() {
            let mut rotten = bytes.clone();
            rotten[at] ^= 1;
            assert!(read(&rotten).is_none(), "byte {at}");
            assert!(read(&bytes[..at]).is_none(), "cut at {at}");
        }
    }
}
