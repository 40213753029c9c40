//! Whether the dated names of a profile are those that its revisions tell.

use rusqlite::Statement;

use super::codec::{Cells, all};
use crate::store::{ProfileRecord, Revision, StoreResult};
use crate::{Timestamp, Username};

/// What [`wrong`](Told::wrong) reads.
pub(super) const OF_PROFILE: &str =
    "SELECT from_at, until_at, name_key, spelling FROM profile_name WHERE profile = ?1";

/// A name with its times, as it stands in the database.
struct Dated {
    from: i64,
    until: Option<i64>,
    key: String,
    spelling: String,
}

impl Dated {
    fn read(cells: &mut Cells<'_, '_>) -> StoreResult<Self> {
        let (from, until) = (cells.int()?, cells.maybe_int()?);
        Ok(Self { from, until, key: cells.text()?, spelling: cells.text()? })
    }
}

/// A revision with which a name came or went.
struct Move {
    /// The name until then: `None` for the first revision, before which it is that by which the profile was followed.
    before: Option<Option<String>>,
    after: Option<String>,
    /// It was written down between these.
    last_seen_before: Timestamp,
    confirmed_at: Timestamp,
}

impl Move {
    fn is_at(&self, at: i64) -> bool {
        (self.last_seen_before.as_millis()..=self.confirmed_at.as_millis()).contains(&at)
    }

    fn begins(&self, name: &Dated) -> bool {
        self.after.as_ref() == Some(&name.key) && self.is_at(name.from)
    }

    fn ends(&self, name: &Dated, until: i64) -> bool {
        self.before.as_ref().is_none_or(|before| before.as_ref() == Some(&name.key)) && self.is_at(until)
    }
}

/// The names that the revisions of a profile tell, up to the one that was added last.
#[derive(Default)]
pub(super) struct Told {
    moves: Vec<Move>,
    corrected: bool,
}

fn held(revision: &Revision) -> Option<&Username> {
    (!revision.profile.has_lost_name()).then_some(&revision.profile.username)
}

impl Told {
    pub(super) fn add(&mut self, older: Option<&Revision>, revision: &Revision) {
        self.corrected |= revision.corrected_at.is_some();
        let (before, after) = (older.map(held), held(revision));
        if before == Some(after) {
            return;
        }
        let key = |name: Option<&Username>| name.map(Username::key);
        self.moves.push(Move {
            before: before.map(key),
            after: key(after),
            last_seen_before: revision.last_seen_before.unwrap_or(Timestamp::from_millis(i64::MIN)),
            confirmed_at: revision.confirmed_at,
        });
    }

    /// Whether the names that stand there are others. When names came and went is only known where no revision is missing
    /// or corrected, and they tell the name of now.
    pub(super) fn wrong(
        &self,
        statement: &mut Statement<'_>,
        (key, record): (i64, &ProfileRecord),
    ) -> StoreResult<bool> {
        let names = all(statement.query([key])?, Dated::read)?;
        let held = record.holds_name().then(|| record.username.key());
        let open: Vec<&String> =
            names.iter().filter(|name| name.until.is_none()).map(|name| &name.key).collect();
        let spelt = names.iter().all(|name| name.spelling.eq_ignore_ascii_case(&name.key));
        let now = open == Vec::from_iter(&held) && spelt;
        let explained = self.moves.last().is_some_and(|last| last.after == held);
        let whole = explained && !self.corrected && record.revisions == record.last_number;
        Ok(!now || whole && !self.fits(&names, record.followed_at.as_millis()))
    }

    fn fits(&self, names: &[Dated], followed_at: i64) -> bool {
        let began = |name: &Dated| name.from == followed_at || self.moves.iter().any(|one| one.begins(name));
        let ended =
            |name: &Dated| name.until.is_none_or(|until| self.moves.iter().any(|one| one.ends(name, until)));
        names.iter().any(|name| name.from == followed_at)
            && names.iter().all(|name| began(name) && ended(name))
            && self.by_looks().all(|moves| is_written(moves, names, followed_at))
    }

    /// What one look wrote is one step, whatever it came to in between.
    fn by_looks(&self) -> impl Iterator<Item = &[Move]> {
        self.moves.chunk_by(|one, next| one.confirmed_at == next.confirmed_at)
    }
}

/// Whether the names hold what these moves came to.
fn is_written(moves: &[Move], names: &[Dated], followed_at: i64) -> bool {
    let ([first, ..], [.., last]) = (moves, moves) else { return true };
    match &last.after {
        Some(after) if first.before.as_ref() == Some(&Some(after.clone())) => true,
        Some(after) => names.iter().any(|name| {
            name.key == *after
                && (first.before.is_none() && name.from == followed_at
                    || moves.iter().any(|one| one.is_at(name.from)))
        }),
        None => {
            let left = |until| moves.iter().any(|one| one.is_at(until));
            first.before.as_ref().is_none_or(Option::is_none)
                || names.iter().any(|name| name.until.is_some_and(left))
        }
    }
}
