//! `/profiles`: whom the server follows.

use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{ApiResponse, OpenApi};
use tgbio_core::store::ProfileQuery;

use super::access::{Admin, By, Reader, Writer, to_end};
use super::body::{Follow, Patch};
use super::cursor::usual_limit;
use super::errors::not_followed_now;
use super::payload::Sent;
use super::{Group, kept};
use crate::http::{Problem, kinds};
use crate::wire::{
    CheckAnswer, FollowedPage, FollowedProfile, KindChoice, OrderChoice, PresenceChoice, SourcedProfile,
    Written,
};

/// Waiting changes that an answer to a look holds at most.
const HELD: usize = 100;

/// The operations.
pub(super) struct Profiles;

#[derive(ApiResponse)]
enum Followed {
    /// The profile is followed.
    #[oai(status = 201)]
    Created(
        Json<FollowedProfile>,
        /// Where the profile is.
        #[oai(header = "Location")]
        String,
    ),
}

#[derive(ApiResponse)]
pub(super) enum Removed {
    /// It is gone.
    #[oai(status = 204)]
    Done,
}

/// No text that is kept has such a character, and without it nothing would be left of some that are looked for.
fn searched(text: String) -> Result<String, Problem> {
    match text.contains('\0') {
        false => Ok(text),
        true => Err(Problem::new(
            kinds::BAD_PARAMETER,
            "the parameter `q` holds the character U+0000, which no name has",
        )),
    }
}

#[OpenApi(tag = "Group::Profiles")]
impl Profiles {
    /// Follow a profile.
    ///
    /// With `verify` the profile is read first: 404 when there is none now, 503 when it cannot be asked for.
    #[oai(path = "/profiles", method = "post", operation_id = "followProfile")]
    async fn follow(&self, by: By<Writer>, body: Sent<Follow>) -> Result<Followed, Problem> {
        let (new, verify) = body.0.read()?;
        let (tracker, actor) = (by.app.tracker.clone(), by.actor());
        let followed = to_end(async move { tracker.follow(&new, verify, &actor).await }).await?;
        let record = followed.map_err(|error| not_followed_now(&by.app, error))?;
        by.app.poller.wake();
        if verify {
            by.app.read_photo(record.id);
        }
        let location = format!("/api/v1/profiles/{}", record.id);
        Ok(Followed::Created(Json(FollowedProfile::new(&record)), location))
    }

    /// List the followed profiles.
    #[expect(clippy::too_many_arguments, reason = "each filter is a parameter of the query")]
    #[oai(path = "/profiles", method = "get", operation_id = "listProfiles")]
    async fn list(
        &self,
        by: By<Reader>,
        /// `next_cursor` of the page before.
        #[oai(validator(max_length = 1000))]
        cursor: Query<Option<String>>,
        /// Rows at most.
        #[oai(default = "usual_limit", validator(minimum(value = "1"), maximum(value = "100")))]
        limit: Query<u32>,
        /// Text that stands in the username or the display name, without regard to case. A text of fewer than three characters
        /// is compared with the beginnings of both only. A link to a profile, and a name with `@`, is looked for as the name.
        #[oai(validator(max_length = 200))]
        q: Query<Option<String>>,
        /// Only this kind.
        kind: Query<Option<KindChoice>>,
        /// Only with this tag; not for strangers to whom reading is open, who see no tags.
        #[oai(validator(max_length = 64))]
        tag: Query<Option<String>>,
        /// Only with this presence.
        presence: Query<Option<PresenceChoice>>,
        /// Only monitored (`true`) or only paused ones (`false`).
        monitored: Query<Option<bool>>,
        /// Only those whose last look failed.
        failing: Query<Option<bool>>,
        /// The order; `followed` unless said otherwise. A cursor belongs to its order.
        order: Query<Option<OrderChoice>>,
    ) -> Result<Json<FollowedPage>, Problem> {
        if tag.0.is_some() && !by.keeps() {
            // Tags are for those who keep the list, as notes are.
            return Err(Problem::unauthorized());
        }
        let query = ProfileQuery {
            cursor: cursor.0,
            limit: limit.0 as usize,
            order: order.0.map(Into::into).unwrap_or_default(),
            text: q.0.map(searched).transpose()?.filter(|text| !text.trim().is_empty()),
            kind: kind.0.map(Into::into),
            tag: tag.0,
            presence: presence.0.map(Into::into),
            monitored: monitored.0,
            failing: failing.0.unwrap_or(false),
        };
        let mut page = FollowedPage::new(&by.app.store().profiles(&query).await?);
        if !by.keeps() {
            page.items = page.items.into_iter().map(FollowedProfile::for_strangers).collect();
        }
        Ok(Json(page))
    }

    /// One profile as it is now, and which backend says what of it.
    #[oai(path = "/profiles/:p", method = "get", operation_id = "getProfile")]
    async fn get(
        &self,
        by: By<Reader>,
        /// The id, or the current username in any spelling.
        p: Path<String>,
    ) -> Result<Written<SourcedProfile>, Problem> {
        kept::profile(&by, &p).await
    }

    /// Pause, resume, and change interval, priority, note and tags.
    #[oai(path = "/profiles/:p", method = "patch", operation_id = "updateProfile")]
    async fn update(
        &self,
        by: By<Writer>,
        /// The id, or the current username in any spelling.
        p: Path<String>,
        body: Sent<Patch>,
    ) -> Result<Json<FollowedProfile>, Problem> {
        let id = by.profile(&p).await?.id;
        let record = by.app.store().update(id, &body.0.into(), by.app.now(), &by.actor()).await?;
        by.app.poller.wake();
        Ok(Json(FollowedProfile::new(&record)))
    }

    /// Erase a profile and its whole history, for good.
    #[oai(path = "/profiles/:p", method = "delete", operation_id = "eraseProfile")]
    async fn erase(
        &self,
        by: By<Admin>,
        /// The id, or the current username in any spelling.
        p: Path<String>,
        /// Refuse to follow the name again; only a salted hash of it is kept.
        opt_out: Query<Option<bool>>,
    ) -> Result<Removed, Problem> {
        let id = by.profile(&p).await?.id;
        by.app.store().erase(id, opt_out.0.unwrap_or(false), by.app.now(), &by.actor()).await?;
        by.app.answers().forget(id);
        Ok(Removed::Done)
    }

    /// Look at a profile now.
    ///
    /// A look that fails is an answer as well: `outcome` says how it ended.
    #[oai(path = "/profiles/:p/check", method = "post", operation_id = "checkProfile")]
    async fn check(
        &self,
        by: By<Writer>,
        /// The id, or the current username in any spelling.
        p: Path<String>,
    ) -> Result<Json<CheckAnswer>, Problem> {
        let id = by.profile(&p).await?.id;
        let tracker = by.app.tracker.clone();
        let checked = to_end(async move { tracker.check_now(id).await }).await??;
        if checked.photo_due {
            by.app.read_photo(id);
        }
        let held = by.app.store().held(Some(id), 0, HELD).await?;
        Ok(Json(CheckAnswer::new(&checked, &held, &by.app.store().alarms().await?)))
    }
}
