//! Names of kinds, fields, outcomes and reasons in words.

use tgbio_core::store::{HoldReason, Order, ProfileRecord};
use tgbio_core::{Field, Outcome, Presence, Priority, ProfileKind};

use super::Texts;
use crate::auth::Scope;

impl Texts {
    pub(in crate::web) fn kind(&self, kind: ProfileKind) -> &'static str {
        match kind {
            ProfileKind::User => self.kind_user,
            ProfileKind::Bot => self.kind_bot,
            ProfileKind::Channel => self.kind_channel,
            ProfileKind::Group => self.kind_group,
            other => other.as_str(),
        }
    }

    /// As [`kind`](Self::kind), from the name that is kept with changes.
    pub(in crate::web) fn kind_named(&self, name: &str) -> String {
        let kind = ProfileKind::ALL.into_iter().find(|kind| kind.as_str() == name);
        kind.map_or_else(|| name.to_owned(), |kind| self.kind(kind).to_owned())
    }

    /// Whether a profile is there. One that was never seen cannot be gone.
    pub(in crate::web) fn presence(&self, record: &ProfileRecord) -> &'static str {
        match record.presence {
            Presence::SuspectedMissing | Presence::Missing if record.state.is_none() => {
                self.presence_not_found
            }
            presence => self.presence_named(presence),
        }
    }

    pub(in crate::web) fn presence_named(&self, presence: Presence) -> &'static str {
        match presence {
            Presence::Unknown => self.presence_unknown,
            Presence::Present => self.presence_present,
            Presence::SuspectedMissing => self.presence_suspected,
            Presence::Missing => self.presence_missing,
            other => other.as_str(),
        }
    }

    pub(in crate::web) fn priority_of(&self, priority: Priority) -> &'static str {
        match priority {
            Priority::High => self.priority_high,
            Priority::Normal => self.priority_normal,
            Priority::Low => self.priority_low,
        }
    }

    pub(in crate::web) fn field(&self, field: Field) -> &'static str {
        match field {
            Field::Presence => self.field_presence,
            Field::Username => self.field_username,
            Field::Kind => self.field_kind,
            Field::TelegramId => self.field_telegram_id,
            Field::UsernameOwner => self.field_username_owner,
            Field::DisplayName => self.field_display_name,
            Field::Bio => self.field_bio,
            Field::Links => self.field_links,
            Field::Usernames => self.field_usernames,
            Field::HasPhoto | Field::Photo => self.field_photo,
            Field::Verified => self.field_verified,
            Field::Scam => self.field_scam,
            Field::Fake => self.field_fake,
            Field::Premium => self.field_premium,
            Field::EmojiStatus => self.field_emoji_status,
            Field::Birthday => self.field_birthday,
            Field::PersonalChannel => self.field_personal_channel,
            Field::LinkedChat => self.field_linked_chat,
            Field::BusinessIntro => self.field_business_intro,
            other => other.as_str(),
        }
    }

    /// Names of fields, each once, with commas.
    pub(in crate::web) fn fields(&self, fields: &[Field]) -> String {
        let mut names: Vec<&str> = Vec::with_capacity(fields.len());
        for name in fields.iter().map(|field| self.field(*field)) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names.join(", ")
    }

    pub(in crate::web) fn outcome(&self, outcome: Outcome) -> &'static str {
        match outcome {
            Outcome::Profile => self.outcome_profile,
            Outcome::NotFound => self.outcome_not_found,
            Outcome::InvalidName => self.outcome_invalid_name,
            Outcome::Unrecognised => self.outcome_unrecognised,
            Outcome::RateLimited => self.outcome_rate_limited,
            Outcome::Denied => self.outcome_denied,
            Outcome::Unreachable => self.outcome_unreachable,
            other => other.as_str(),
        }
    }

    /// Words of a reason code.
    pub(in crate::web) fn reason<'a>(&self, code: &'a str) -> &'a str {
        match code {
            "http_429" => self.reason_http_429,
            "flood_wait" => self.reason_flood_wait,
            "http_403" => self.reason_http_403,
            "signed_out" => self.reason_signed_out,
            "frozen" => self.reason_frozen,
            "banned" => self.reason_banned,
            "dns" => self.reason_dns,
            "connect" => self.reason_connect,
            "tls" => self.reason_tls,
            "timeout" => self.reason_timeout,
            "reset" => self.reason_reset,
            "http_5xx" => self.reason_http_5xx,
            "redirect" => self.reason_redirect,
            other => self.unreadable(other),
        }
    }

    /// Why an answer could not be read.
    fn unreadable<'a>(&self, code: &'a str) -> &'a str {
        match code {
            "empty" => self.reason_empty,
            "truncated" => self.reason_truncated,
            "not_telegram" => self.reason_not_telegram,
            "challenge" => self.reason_challenge,
            "other_profile" => self.reason_other_profile,
            "post" => self.reason_post,
            "invite" => self.reason_invite,
            "layout" => self.reason_layout,
            "too_large" => self.reason_too_large,
            "encoding" => self.reason_encoding,
            other => other,
        }
    }

    /// An outcome with its reason.
    pub(in crate::web) fn outcome_and_reason(&self, outcome: Outcome, reason: Option<&str>) -> String {
        match reason {
            Some(code) => format!("{}: {}", self.outcome(outcome), self.reason(code)),
            None => self.outcome(outcome).to_owned(),
        }
    }

    pub(in crate::web) fn hold(&self, reason: HoldReason) -> &'static str {
        match reason {
            HoldReason::Disappeared => self.hold_disappeared,
            HoldReason::Emptied => self.hold_emptied,
            HoldReason::KindChanged => self.hold_kind_changed,
            HoldReason::OwnerChanged => self.hold_owner_changed,
            HoldReason::Surge => self.hold_surge,
            other => other.as_str(),
        }
    }

    pub(in crate::web) fn order(&self, order: Order) -> &'static str {
        match order {
            Order::Username => self.order_username,
            Order::LastChanged => self.order_changed,
            _ => self.order_followed,
        }
    }

    pub(in crate::web) fn scope(&self, scope: Scope) -> &'static str {
        match scope {
            Scope::Read => self.scope_read,
            Scope::Write => self.scope_write,
            Scope::Admin => self.scope_admin,
        }
    }

    /// The name of a measurement.
    pub(in crate::web) fn count(&self, name: &str) -> &'static str {
        match name {
            "subscribers" => self.count_subscribers,
            "members" => self.count_members,
            "online" => self.count_online,
            _ => self.count_monthly_users,
        }
    }

    /// What a backend is called.
    pub(in crate::web) fn source<'a>(&self, name: &'a str) -> &'a str {
        match name {
            "scrape" => self.source_scrape,
            "mtproto" => self.source_mtproto,
            other => other,
        }
    }

    /// What is asked for at a host, like `t.me (photos)`.
    pub(in crate::web) fn host(&self, name: &str) -> String {
        match name.strip_suffix(" (photos)") {
            Some(host) => self.status_host_photos.replace("{0}", host),
            None => name.to_owned(),
        }
    }

    /// What somebody did, by the code in the audit log.
    pub(in crate::web) fn action<'a>(&self, code: &'a str) -> &'a str {
        match code {
            "profile.follow" => self.action_profile_follow,
            "profile.update" => self.action_profile_update,
            "profile.erase" => self.action_profile_erase,
            "profile.export_evidence" => self.action_profile_export_evidence,
            "revision.remove" => self.action_revision_remove,
            "revision.correct" => self.action_revision_correct,
            "held.accept" => self.action_held_accept,
            "held.reject" => self.action_held_reject,
            "surge.accept" => self.action_surge_accept,
            "surge.reject" => self.action_surge_reject,
            "drift.accept" => self.action_drift_accept,
            "drift.reject" => self.action_drift_reject,
            "checkpoint.make" => self.action_checkpoint_make,
            "database.backup" => self.action_database_backup,
            "database.restore" => self.action_database_restore,
            "token.create" => self.action_token_create,
            "token.revoke" => self.action_token_revoke,
            "password.set" => self.action_password_set,
            "account.login" => self.action_account_login,
            "account.import" => self.action_account_import,
            "account.logout" => self.action_account_logout,
            other => other,
        }
    }
}
