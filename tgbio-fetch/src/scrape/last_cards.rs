//! Remembers the page that was read last for a name, so that an unchanged one is not read again.
//!
//! A page is the same when all its bytes are, but for two places that change on every fetch and that no reading
//! depends on: the token in the head's download link, and the comment behind `</html>`. Where the token stands is
//! learnt by the quick reader, which knows that it is inside an attribute. The bytes are compared by two 64-bit
//! hashes with secret seeds, so nobody can aim at a collision.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, PoisonError};

use rapidhash::v3::{RapidSecrets, rapidhash_v3_inline};
use tgbio_core::Username;

use super::page::{self, PageReading, Unreadable};
use super::{rules, scan};

/// A bounded memory of readings by username.
///
/// Every name belongs to one of many small groups; a reading that was useful is not driven out by the first other name
/// that finds its group full.
pub struct LastCards {
    groups: Vec<Group>,
    /// Readings in each group at most.
    group_room: usize,
    hashes: RandomState,
    secrets: [RapidSecrets; 2],
}

impl fmt::Debug for LastCards {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let room = self.groups.len() * self.group_room;
        f.debug_struct("LastCards").field("room", &room).finish_non_exhaustive()
    }
}

/// Small, so that looking through a group touches little memory.
struct Place {
    /// Of the name, in whatever spelling.
    hash: u64,
    /// How many other names it still outlives.
    credit: u8,
    entry: Box<Entry>,
}

type Group = Mutex<Vec<Place>>;

/// Large enough that hardly any group is full before most are, small enough to be searched through.
const GROUP: usize = 32;

struct Entry {
    asked: Username,
    /// Start of the volatile token.
    token: Option<usize>,
    fingerprint: Fingerprint,
    reading: PageReading,
}

impl Place {
    fn is_of(&self, asked: &Username, hash: u64) -> bool {
        self.hash == hash && self.entry.asked == *asked
    }
}

type Fingerprint = [u64; 4];

/// Where the volatile token is thought to begin, and the hashes of what stands around it.
type Marks = (Option<usize>, Fingerprint);

/// After so many visits of other names an unused reading gives way.
const CREDIT: u8 = 8;

impl LastCards {
    /// Room for so many readings; 0 remembers nothing.
    pub fn new(room: usize) -> Self {
        let groups = room.div_ceil(GROUP);
        let group_room = room.checked_div(groups).unwrap_or(0);
        let groups = std::iter::repeat_with(|| Mutex::new(Vec::new())).take(groups).collect();
        let secrets = [RapidSecrets::random(), RapidSecrets::random()];
        Self { groups, group_room, hashes: RandomState::new(), secrets }
    }

    /// The same as [`read_page`](super::read_page), quicker where the page is the one seen last.
    ///
    /// # Errors
    /// [`Unreadable`] says which outcome the page stands for.
    pub fn read(&self, body: &[u8], asked: &Username) -> Result<PageReading, Unreadable> {
        let seen = match self.compare(body, asked) {
            Ok(reading) => return Ok(reading),
            Err(seen) => seen,
        };
        if let Some((reading, token)) = quick(body, asked) {
            // Mostly the token stands where it stood, and the page need not be hashed again.
            let fingerprint = match seen {
                Some((at, fingerprint)) if at == token => Some(fingerprint),
                _ => self.fingerprint(body, token),
            };
            self.remember(asked, (token, fingerprint), &reading);
            return Ok(reading);
        }
        page::read_page_whole(body, asked)
    }

    /// The reading of this page, if it is the one seen last; otherwise its own marks, as far as they were looked at.
    pub(super) fn compare(&self, body: &[u8], asked: &Username) -> Result<PageReading, Option<Marks>> {
        let (group, hash) = self.group(asked).ok_or(None)?;
        let mut group = group.lock().unwrap_or_else(PoisonError::into_inner);
        let place = group.iter_mut().find(|place| place.is_of(asked, hash)).ok_or(None)?;
        let entry = &place.entry;
        if entry.asked.as_str() != asked.as_str() {
            return Err(None);
        }
        let fingerprint = self.fingerprint(body, entry.token).ok_or(None)?;
        if fingerprint != entry.fingerprint {
            return Err(Some((entry.token, fingerprint)));
        }
        place.credit = CREDIT;
        Ok(entry.reading.clone())
    }

    fn remember(
        &self,
        asked: &Username,
        (token, fingerprint): (Option<usize>, Option<Fingerprint>),
        reading: &PageReading,
    ) {
        let Some((group, hash)) = self.group(asked) else { return };
        let Some(fingerprint) = fingerprint else { return };
        let entry = Entry { asked: asked.clone(), token, fingerprint, reading: reading.clone() };
        let place = Place { hash, credit: CREDIT, entry: Box::new(entry) };
        let mut group = group.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(older) = group.iter_mut().find(|place| place.is_of(asked, hash)) {
            *older = place;
        } else if self.make_room(&mut group) {
            group.push(place);
        }
    }

    /// Takes out of a full group the reading with the least credit, when it has none.
    fn make_room(&self, group: &mut Vec<Place>) -> bool {
        if group.len() < self.group_room {
            return true;
        }
        let Some(weakest) = group.iter_mut().min_by_key(|place| place.credit) else { return false };
        if weakest.credit > 0 {
            weakest.credit -= 1;
            return false;
        }
        group.retain(|place| place.credit > 0);
        true
    }

    /// The group of a name, and its hash.
    fn group(&self, asked: &Username) -> Option<(&Group, u64)> {
        let hash = self.hashes.hash_one(asked);
        let group = hash % u64::try_from(self.groups.len()).ok()?.max(1);
        Some((self.groups.get(usize::try_from(group).ok()?)?, hash))
    }

    /// The hashes of everything before and after the token; `None` if the page has not the expected ends.
    fn fingerprint(&self, body: &[u8], token: Option<usize>) -> Option<Fingerprint> {
        let body = without_trailer(body)?;
        let (before, after) = match token {
            None => (body, &body[body.len()..]),
            Some(start) => {
                let rest = body.get(start..)?;
                let length =
                    rest.iter().position(|byte| !matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'_'))?;
                (&body[..start], &rest[length..])
            }
        };
        let [first, second] = &self.secrets;
        Some([hash(before, first), hash(after, first), hash(before, second), hash(after, second)])
    }
}

fn hash(bytes: &[u8], secrets: &RapidSecrets) -> u64 {
    rapidhash_v3_inline::<true, false, true>(bytes, secrets)
}

fn quick(body: &[u8], asked: &Username) -> Option<(PageReading, Option<usize>)> {
    if body.len() > page::MAX_PAGE {
        return None;
    }
    let (parts, token) = scan::parts_and_token(std::str::from_utf8(body).ok()?)?;
    rules::reading(&parts, asked).ok().map(|reading| (reading, token))
}

/// The page up to and with `</html>`, if nothing follows but white space and the time that it took to make it.
fn without_trailer(body: &[u8]) -> Option<&[u8]> {
    const LONGEST: usize = 80;
    let start = body.len().saturating_sub(LONGEST);
    let end = start + memchr::memmem::rfind(&body[start..], b"</html>")? + b"</html>".len();
    let trailer = body[end..].trim_ascii();
    let comment = |trailer: &[u8]| {
        let time = trailer.strip_prefix(b"<!-- page generated in ")?.strip_suffix(b"ms -->")?;
        time.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.').then_some(())
    };
    (trailer.is_empty() || comment(trailer).is_some()).then_some(&body[..end])
}
