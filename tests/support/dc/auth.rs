//! Logging in and out.

use super::account::{Account, AccountId};
use super::answer::{Asker, Outcome};
use super::cloud::Login;
use super::refusal::Refusal;
use super::srp::{Srp, without_password};
use grammers_tl_types::{Serializable, enums, functions, types};

impl Asker<'_> {
    /// The account that `is_it` knows, if this is its home.
    fn find(
        &self,
        moved: &str,
        missing: &str,
        is_it: impl Fn(&Account) -> bool,
    ) -> Result<(AccountId, Account), Refusal> {
        let inner = self.cloud.lock();
        let found = inner.accounts.iter().position(is_it).ok_or_else(|| Refusal::bad(missing))?;
        let account = inner.accounts[found].clone();
        match account.home {
            Some(home) if home != self.dc => Err(Refusal::migrate(moved, home)),
            _ => Ok((AccountId(found), account)),
        }
    }

    fn check_api(&self, id: i32, hash: &str) -> Result<(), Refusal> {
        let right = self.cloud.api.as_ref().is_none_or(|api| api.0 == id && api.1 == hash);
        right.then_some(()).ok_or_else(|| Refusal::bad("API_ID_INVALID"))
    }

    pub(super) fn set_login(&self, login: Login) {
        if let Some(key) = self.cloud.lock().keys.get_mut(&self.key) {
            key.login = login;
            key.srp = None;
        }
    }

    fn log_in(&self, id: AccountId, account: &Account) -> Outcome {
        self.set_login(Login::Done(id));
        let asker = Self { account: id, ..*self };
        let authorization = types::auth::Authorization {
            setup_password_required: false,
            otherwise_relogin_days: None,
            tmp_sessions: None,
            future_auth_token: None,
            user: asker.user(&account.profile),
        };
        Ok(enums::auth::Authorization::from(authorization).to_bytes())
    }

    pub(super) fn import_bot(&self, call: &functions::auth::ImportBotAuthorization) -> Outcome {
        self.check_api(call.api_id, &call.api_hash)?;
        let token = Some(&call.bot_auth_token);
        let is_it = |account: &Account| account.bot_token.as_ref() == token;
        let (id, account) = self.find("USER", "ACCESS_TOKEN_INVALID", is_it)?;
        self.log_in(id, &account)
    }

    pub(super) fn send_code(&self, call: &functions::auth::SendCode) -> Outcome {
        self.check_api(call.api_id, &call.api_hash)?;
        let phone = Some(&call.phone_number);
        let is_it = |account: &Account| account.phone.as_ref() == phone;
        let (_, account) = self.find("PHONE", "PHONE_NUMBER_INVALID", is_it)?;
        let hash = format!("{:016x}", rand::random::<u64>());
        self.cloud.lock().codes.insert(hash.clone(), call.phone_number.clone());
        let sent = types::auth::SentCode {
            r#type: types::auth::SentCodeTypeApp { length: account.code.len() as i32 }.into(),
            phone_code_hash: hash,
            next_type: None,
            timeout: None,
        };
        Ok(enums::auth::SentCode::from(sent).to_bytes())
    }

    pub(super) fn sign_in(&self, call: &functions::auth::SignIn) -> Outcome {
        let sent_to = self.cloud.lock().codes.get(&call.phone_code_hash).cloned();
        if sent_to.as_ref() != Some(&call.phone_number) {
            return Err(Refusal::bad("PHONE_CODE_EXPIRED"));
        }
        let is_it = |account: &Account| account.phone == sent_to;
        let (id, account) = self.find("PHONE", "PHONE_NUMBER_INVALID", is_it)?;
        if call.phone_code.as_ref() != Some(&account.code) {
            return Err(Refusal::bad("PHONE_CODE_INVALID"));
        }
        self.cloud.lock().codes.remove(&call.phone_code_hash);
        if account.password.is_some() {
            self.set_login(Login::Password(id));
            return Err(Refusal::new(401, "SESSION_PASSWORD_NEEDED"));
        }
        self.log_in(id, &account)
    }

    pub(super) fn password_question(&self) -> Outcome {
        let inner = &mut *self.cloud.lock();
        let key = inner.keys.get_mut(&self.key).ok_or_else(Refusal::unregistered)?;
        let (Login::Password(account) | Login::Done(account)) = key.login else {
            return Err(Refusal::unregistered());
        };
        let srp = Srp { id: rand::random() };
        key.srp = Some(srp.clone());
        let question = match &inner.accounts[account.0].password {
            Some(_) => srp.question(),
            None => without_password().into(),
        };
        Ok(question.to_bytes())
    }

    pub(super) fn check_password(&self, call: &functions::auth::CheckPassword) -> Outcome {
        let (id, account, srp) = {
            let inner = self.cloud.lock();
            let key = inner.keys.get(&self.key).ok_or_else(Refusal::unregistered)?;
            let Login::Password(id) = key.login else { return Err(Refusal::unregistered()) };
            (id, inner.accounts[id.0].clone(), key.srp.clone())
        };
        let enums::InputCheckPasswordSrp::Srp(answer) = &call.password else {
            return Err(Refusal::bad("PASSWORD_HASH_INVALID"));
        };
        let Some(srp) = srp.filter(|srp| srp.id == answer.srp_id) else {
            return Err(Refusal::bad("SRP_ID_INVALID"));
        };
        match &account.password {
            Some(password) if srp.proves(password, answer) => self.log_in(id, &account),
            _ => Err(Refusal::bad("PASSWORD_HASH_INVALID")),
        }
    }

    pub(super) fn log_out(&self) -> Outcome {
        self.set_login(Login::None);
        let out = types::auth::LoggedOut { future_auth_token: None };
        Ok(enums::auth::LoggedOut::from(out).to_bytes())
    }
}
