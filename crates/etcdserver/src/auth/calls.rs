//! The calls of etcd's Auth service.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use steersman_etcdapi as m;

use super::Caller;
use super::users::has_no_password;
use crate::grpc::framed_message;
use crate::services::read;
use crate::status::Status;
use crate::worker::Worker;

/// How often a password is compared where the user is changed meanwhile.
const MOST_COMPARISONS: usize = 3;

impl Worker {
    /// The response to a call of the service, by its name, with its head.
    pub async fn auth_call(
        &self,
        method: &str,
        request: Bytes,
        caller: &Caller,
    ) -> Result<Bytes, Status> {
        match method {
            "AuthStatus" => self.auth_status(caller),
            "Authenticate" => self.authenticate(read(request)?, caller).await,
            "UserAdd" => self.add_user(read(request)?, caller).await,
            "UserChangePassword" => self.change_password(read(request)?, caller).await,
            "UserGet" => self.user(&read(request)?, caller),
            "UserList" => self.names(caller, |users| {
                users.users().map(|user| user.name.clone()).collect()
            }),
            "RoleList" => self.names(caller, |users| {
                users.roles().map(|role| role.name.clone()).collect()
            }),
            "RoleGet" => self.role(&read(request)?, caller),
            _ => self.change_users(method, request, caller),
        }
    }

    /// Changes for which nothing is hashed.
    fn change_users(&self, method: &str, request: Bytes, caller: &Caller) -> Result<Bytes, Status> {
        let auth = &self.engine.auth;
        match method {
            "AuthEnable" => auth.change(caller, |users| users.enable())?,
            "AuthDisable" => auth.change(caller, |users| {
                users.disable();
                Ok(())
            })?,
            "UserDelete" => {
                let m::AuthNameRequest { name } = read(request)?;
                auth.change(caller, |users| users.delete_user(&name))?;
                auth.tokens.forget_user(&name);
            }
            "UserGrantRole" => {
                let m::AuthUserRoleRequest { user, role } = read(request)?;
                auth.change(caller, |users| users.grant_role(&user, &role))?;
            }
            "UserRevokeRole" => {
                let m::AuthUserRoleRequest { user, role } = read(request)?;
                auth.change(caller, |users| users.revoke_role(&user, &role))?;
            }
            "RoleAdd" => {
                let m::AuthNameRequest { name } = read(request)?;
                auth.change(caller, |users| users.add_role(&name))?;
            }
            "RoleDelete" => {
                let m::AuthNameRequest { name } = read(request)?;
                auth.change(caller, |users| users.delete_role(&name))?;
            }
            "RoleGrantPermission" => {
                let m::AuthRoleGrantPermissionRequest { name, permission } = read(request)?;
                auth.change(caller, |users| users.grant_permission(&name, permission))?;
            }
            "RoleRevokePermission" => {
                let request: m::AuthRoleRevokePermissionRequest = read(request)?;
                let (key, end) = (&request.key, &request.range_end);
                auth.change(caller, |users| {
                    users.revoke_permission(&request.role, key, end)
                })?;
            }
            _ => return Err(Status::unimplemented(method)),
        }
        Ok(self.done(self.engine.store.current_revision()))
    }

    fn auth_response(&self, make: impl FnOnce(Option<m::ResponseHeader>) -> Bytes) -> Bytes {
        make(self.header(self.engine.store.current_revision()))
    }

    fn auth_status(&self, caller: &Caller) -> Result<Bytes, Status> {
        let access = self.engine.auth.access(caller)?;
        let (enabled, auth_revision) = (access.users().enabled, access.users().revision);
        Ok(self.auth_response(|header| {
            framed_message(&m::AuthStatusResponse {
                header,
                enabled,
                auth_revision,
            })
        }))
    }

    fn names(
        &self,
        caller: &Caller,
        names: impl FnOnce(&super::Users) -> Vec<String>,
    ) -> Result<Bytes, Status> {
        let access = self.engine.auth.access(caller)?;
        access.check_admin()?;
        let names = names(access.users());
        Ok(self.auth_response(|header| framed_message(&m::AuthNamesResponse { header, names })))
    }

    /// Of oneself everybody may know.
    fn user(&self, request: &m::AuthNameRequest, caller: &Caller) -> Result<Bytes, Status> {
        let access = self.engine.auth.access(caller)?;
        if !access.is_user(&request.name) {
            access.check_admin()?;
        }
        let user = access.users().user(&request.name);
        let names = user.ok_or(Status::USER_NOT_FOUND)?.roles.clone();
        Ok(self.auth_response(|header| framed_message(&m::AuthNamesResponse { header, names })))
    }

    /// Of one's own roles everybody may know.
    fn role(&self, request: &m::AuthNameRequest, caller: &Caller) -> Result<Bytes, Status> {
        let access = self.engine.auth.access(caller)?;
        let own = access.user.as_deref();
        if !own.is_some_and(|own| access.users().has_role(own, &request.name)) {
            access.check_admin()?;
        }
        let permissions = access.users().role_permissions(&request.name)?;
        Ok(self.auth_response(|header| {
            framed_message(&m::AuthRoleGetResponse {
                header,
                permissions,
            })
        }))
    }

    async fn authenticate(
        &self,
        request: m::AuthenticateRequest,
        caller: &Caller,
    ) -> Result<Bytes, Status> {
        let auth = &self.engine.auth;
        let Ok(_turn) = caller.peer.passwords.acquire().await else {
            return Err(Status::DEFECT);
        };
        for _ in 0..MOST_COMPARISONS {
            let (hashed, revision) = {
                let current = auth.current.read();
                if !current.users.enabled {
                    return Err(Status::AUTH_NOT_ENABLED);
                }
                let user = current.users.user(&request.name);
                let user = user.ok_or(Status::AUTH_FAILED)?;
                if has_no_password(user) {
                    return Err(Status::NO_PASSWORD_USER);
                }
                (user.password.clone(), current.users.revision)
            };
            let is = auth.passwords.is(hashed, request.password.clone());
            if !is.await? {
                return Err(Status::AUTH_FAILED);
            }
            let current = auth.current.read();
            if !current.users.enabled || current.users.revision != revision {
                continue;
            }
            let token = auth.tokens.give(&request.name)?;
            return Ok(self.auth_response(|header| {
                framed_message(&m::AuthenticateResponse { header, token })
            }));
        }
        Err(Status::AUTH_OLD_REVISION)
    }

    async fn hashed(&self, password: String, caller: &Caller) -> Result<Bytes, Status> {
        // Nobody else's password is worth the work.
        self.engine.auth.access(caller)?.check_admin()?;
        let Ok(_turn) = caller.peer.passwords.acquire().await else {
            return Err(Status::DEFECT);
        };
        self.engine.auth.passwords.hash(password).await
    }

    async fn add_user(
        &self,
        request: m::AuthUserAddRequest,
        caller: &Caller,
    ) -> Result<Bytes, Status> {
        let options = request.options.unwrap_or_default();
        let password = match options.no_password {
            true => None,
            false => Some(self.hashed(request.password, caller).await?),
        };
        let name = &request.name;
        let auth = &self.engine.auth;
        auth.change(caller, |users| users.add_user(name, password))?;
        Ok(self.done(self.engine.store.current_revision()))
    }

    async fn change_password(
        &self,
        request: m::AuthUserChangePasswordRequest,
        caller: &Caller,
    ) -> Result<Bytes, Status> {
        let auth = &self.engine.auth;
        let password = match request.password.is_empty() {
            false => self.hashed(request.password, caller).await?,
            true => {
                auth.access(caller)?.check_admin()?;
                let given = STANDARD.decode(&request.hashed_password);
                Bytes::from(given.map_err(|_| Status::NO_PASSWORD_USER)?)
            }
        };
        auth.change(caller, |users| {
            users.change_password(&request.name, password)
        })?;
        auth.tokens.forget_user(&request.name);
        Ok(self.done(self.engine.store.current_revision()))
    }
}
