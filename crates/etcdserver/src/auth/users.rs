//! Who there is and what roles may do: a value that is changed as a whole. Rules and sentences are
//! etcd's.

use std::collections::BTreeMap;

use bytes::Bytes;
use prost::Message;
use steersman_etcdapi::{Permission, PermissionType, Role, User, UserAddOptions};

use super::permissions::Permissions;
use crate::status::{Code, Status};

/// The user and the role that may do everything.
pub const ROOT: &str = "root";
/// What all users and roles together may take, as they are written.
pub const MOST_BYTES: usize = 16 << 20;

#[derive(Clone, PartialEq, Message)]
pub struct Users {
    #[prost(bool, tag = "1")]
    pub enabled: bool,
    /// Grows with every change.
    #[prost(uint64, tag = "2")]
    pub revision: u64,
    #[prost(btree_map = "string, message", tag = "3")]
    users: BTreeMap<String, User>,
    #[prost(btree_map = "string, message", tag = "4")]
    roles: BTreeMap<String, Role>,
}

const MOST_NAME_BYTES: usize = 32 << 10;

type Done = Result<(), Status>;

impl Users {
    pub fn first() -> Users {
        Users {
            revision: 1,
            ..Users::default()
        }
    }

    pub fn user(&self, name: &str) -> Option<&User> {
        self.users.get(name)
    }

    pub fn users(&self) -> impl Iterator<Item = &User> {
        self.users.values()
    }

    pub fn roles(&self) -> impl Iterator<Item = &Role> {
        self.roles.values()
    }

    pub fn has_role(&self, user: &str, role: &str) -> bool {
        let user = self.users.get(user);
        user.is_some_and(|user| user.roles.iter().any(|one| one == role))
    }

    pub fn permissions_of(&self, user: &str) -> Permissions {
        let roles = self.users.get(user).map_or(&[][..], |user| &user.roles);
        let roles = roles.iter().filter_map(|role| self.roles.get(role));
        Permissions::new(roles.flat_map(|role| &role.permissions))
    }

    pub fn enable(&mut self) -> Done {
        if self.enabled {
            return Ok(());
        }
        if !self.users.contains_key(ROOT) {
            return Err(Status::ROOT_USER_NOT_EXIST);
        }
        if !self.has_role(ROOT, ROOT) {
            return Err(Status::ROOT_ROLE_NOT_EXIST);
        }
        self.enabled = true;
        Ok(())
    }

    pub fn disable(&mut self) {
        if self.enabled {
            self.enabled = false;
            self.revision += 1;
        }
    }

    /// `password` is hashed; None: the user has none and comes by certificate alone.
    pub fn add_user(&mut self, name: &str, password: Option<Bytes>) -> Done {
        if name.is_empty() {
            return Err(Status::USER_EMPTY);
        }
        check_name(name)?;
        if self.users.contains_key(name) {
            return Err(Status::USER_ALREADY_EXIST);
        }
        let options = UserAddOptions {
            no_password: password.is_none(),
        };
        let user = User {
            name: name.to_owned(),
            password: password.unwrap_or_default(),
            roles: Vec::new(),
            options: Some(options),
        };
        self.users.insert(name.to_owned(), user);
        self.changed()
    }

    pub fn delete_user(&mut self, name: &str) -> Done {
        if self.enabled && name == ROOT {
            return Err(Status::INVALID_AUTH_MANAGEMENT);
        }
        self.users.remove(name).ok_or(Status::USER_NOT_FOUND)?;
        self.changed()
    }

    pub fn change_password(&mut self, name: &str, password: Bytes) -> Done {
        let user = self.users.get_mut(name).ok_or(Status::USER_NOT_FOUND)?;
        if !has_no_password(user) {
            user.password = password;
        }
        self.changed()
    }

    pub fn grant_role(&mut self, user: &str, role: &str) -> Done {
        let user = self.users.get_mut(user).ok_or(Status::USER_NOT_FOUND)?;
        if role != ROOT && !self.roles.contains_key(role) {
            return Err(Status::ROLE_NOT_FOUND);
        }
        let Err(place) = user.roles.binary_search_by(|one| one.as_str().cmp(role)) else {
            return Ok(());
        };
        user.roles.insert(place, role.to_owned());
        self.changed()
    }

    pub fn revoke_role(&mut self, user: &str, role: &str) -> Done {
        if self.enabled && user == ROOT && role == ROOT {
            return Err(Status::INVALID_AUTH_MANAGEMENT);
        }
        let user = self.users.get_mut(user).ok_or(Status::USER_NOT_FOUND)?;
        let count = user.roles.len();
        user.roles.retain(|one| one != role);
        if user.roles.len() == count {
            return Err(Status::ROLE_NOT_GRANTED);
        }
        self.changed()
    }

    pub fn role_permissions(&self, name: &str) -> Result<Vec<Permission>, Status> {
        let role = self.roles.get(name).ok_or(Status::ROLE_NOT_FOUND)?;
        if name == ROOT {
            return Ok(vec![Permission {
                permission_type: PermissionType::ReadWrite as i32,
                key: Bytes::new(),
                range_end: Bytes::from_static(&[0]),
            }]);
        }
        Ok(role.permissions.clone())
    }

    pub fn add_role(&mut self, name: &str) -> Done {
        if name.is_empty() {
            return Err(Status::ROLE_EMPTY);
        }
        check_name(name)?;
        if self.roles.contains_key(name) {
            return Err(Status::ROLE_ALREADY_EXIST);
        }
        let role = Role {
            name: name.to_owned(),
            permissions: Vec::new(),
        };
        self.roles.insert(name.to_owned(), role);
        self.changed()
    }

    pub fn delete_role(&mut self, name: &str) -> Done {
        if self.enabled && name == ROOT {
            return Err(Status::INVALID_AUTH_MANAGEMENT);
        }
        self.roles.remove(name).ok_or(Status::ROLE_NOT_FOUND)?;
        for user in self.users.values_mut() {
            user.roles.retain(|one| one != name);
        }
        self.changed()
    }

    /// One of the same keys is replaced.
    pub fn grant_permission(&mut self, role: &str, permission: Option<Permission>) -> Done {
        let permission = permission.ok_or(Status::PERMISSION_NOT_GIVEN)?;
        if !is_range(&permission.key, &permission.range_end) {
            return Err(Status::INVALID_AUTH_MANAGEMENT);
        }
        let role = self.roles.get_mut(role).ok_or(Status::ROLE_NOT_FOUND)?;
        let keys = |one: &Permission| (one.key.clone(), one.range_end.clone());
        let wanted = keys(&permission);
        match role.permissions.iter_mut().find(|one| keys(one) == wanted) {
            Some(known) => known.permission_type = permission.permission_type,
            None => {
                let place = role.permissions.partition_point(|one| one.key <= wanted.0);
                role.permissions.insert(place, permission);
            }
        }
        self.changed()
    }

    pub fn revoke_permission(&mut self, role: &str, key: &[u8], range_end: &[u8]) -> Done {
        let role = self.roles.get_mut(role).ok_or(Status::ROLE_NOT_FOUND)?;
        let count = role.permissions.len();
        role.permissions
            .retain(|one| one.key != key || one.range_end != range_end);
        if role.permissions.len() == count {
            return Err(Status::PERMISSION_NOT_GRANTED);
        }
        self.changed()
    }

    fn changed(&mut self) -> Done {
        self.revision += 1;
        if self.encoded_len() > MOST_BYTES {
            let message = "etcdserver: users and roles take more than 16 MiB";
            return Err(Status::new(Code::ResourceExhausted, message));
        }
        Ok(())
    }
}

/// etcd's own storage has names as keys, which are not longer.
fn check_name(name: &str) -> Done {
    match name.len() > MOST_NAME_BYTES {
        true => Err(Status::REQUEST_TOO_LARGE),
        false => Ok(()),
    }
}

pub fn has_no_password(user: &User) -> bool {
    let options = user.options.as_ref();
    options.is_some_and(|options| options.no_password)
}

/// Whether anything can be in it; etcd refuses what is empty.
fn is_range(key: &[u8], range_end: &[u8]) -> bool {
    match range_end {
        _ if key.is_empty() => false,
        [] | [0] => true,
        end => key < end,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_shows_no_password() {
        let mut users = Users::first();
        let password = Bytes::from_static(b"$2a$secret");
        users.add_user("alice", Some(password)).expect("a user");
        users.add_user("bob", None).expect("a user");
        users.add_role("r").expect("a role");
        users.grant_role("alice", "r").expect("a role");
        let read = Users::decode(&users.encode_to_vec()[..]).expect("it is read");
        assert!(read == users);
        assert!(has_no_password(read.user("bob").expect("bob")));
        assert!(!format!("{users:?}").contains("secret"));
    }

    #[test]
    fn what_grows_without_end_is_refused() {
        let mut users = Users::first();
        users.add_role("r").expect("a role");
        let refused = (0..64).find_map(|number| {
            let permission = Permission {
                key: Bytes::from(vec![number; 1 << 20]),
                ..Permission::default()
            };
            let mut next = users.clone();
            next.grant_permission("r", Some(permission))
                .err()
                .or_else(|| {
                    users = next;
                    None
                })
        });
        assert_eq!(
            refused.map(|status| status.code),
            Some(Code::ResourceExhausted)
        );
    }
}
