//! Pages as they are stored: compressed by zstd, against the text that they share once it is known.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use zstd::dict::{DecoderDictionary, EncoderDictionary};
use zstd::zstd_safe::{CCtx, DCtx, compress_bound, get_error_name};

use super::dictionary::{Author, Learner};
use crate::Evidence;
use crate::store::{EvidenceSource, StoreError, StoreResult};

/// A light level: a check stays cheap.
const LEVEL: i32 = 1;
/// What a page does not share with others is short: packing that tightly as well would cost twice the time for a tenth
/// of the room.
const LEVEL_WITH_DICTIONARY: i32 = -1;
/// Shorter answers are packed by themselves.
const SHORT: usize = 2 << 10;
/// A dictionary fits a page that shrinks to less than this part by it.
const FITS: usize = 4;
/// After so many pages in a row that it does not fit, a new one is learned: the site has changed.
const UNFIT: u32 = 64;

thread_local! {
    /// Packing needs memory of its own, which each thread keeps for the next time.
    static CONTEXT: RefCell<Option<CCtx<'static>>> = const { RefCell::new(None) };
}

/// Packs pages. One for all clones of a store.
#[derive(Debug)]
pub(in super::super) struct Packer(Mutex<State>);

#[derive(Debug)]
enum State {
    Learning(Learner),
    Known(Arc<Dictionary>),
}

struct Dictionary {
    key: i64,
    encoder: EncoderDictionary<'static>,
    /// Pages in a row that it did not fit.
    unfit: AtomicU32,
}

/// A packed body, and the key of the dictionary that unpacks it.
#[derive(Debug)]
pub(super) struct Body {
    pub(super) packed: Vec<u8>,
    pub(super) dictionary: Option<i64>,
}

impl Packer {
    /// Goes on with the newest dictionary of the database, or learns one.
    pub(in super::super) fn new(newest: Option<(i64, Vec<u8>)>) -> Self {
        let known = newest.map(|(key, body)| State::Known(Arc::new(Dictionary::new(key, &body))));
        Self(Mutex::new(known.unwrap_or_else(|| State::Learning(Learner::default()))))
    }

    /// Learns from a page as long as no dictionary is known; gives a new one, to be written and then
    /// [taken over](Self::use_from_now).
    pub(in super::super) fn learn(
        &self,
        author: impl FnOnce() -> Author,
        source: &EvidenceSource,
    ) -> Option<Vec<u8>> {
        let EvidenceSource::New(page) = source else { return None };
        match &mut *self.state() {
            State::Learning(learner) if page.body.len() >= SHORT => learner.take(author, page),
            _ => None,
        }
    }

    /// The dictionary that was written under this key.
    pub(in super::super) fn use_from_now(&self, key: i64, body: &[u8]) {
        *self.state() = State::Known(Arc::new(Dictionary::new(key, body)));
    }

    pub(super) fn pack(&self, page: &Evidence) -> StoreResult<Body> {
        let known = match &*self.state() {
            State::Known(known) if page.body.len() >= SHORT => Some(known.clone()),
            _ => None,
        };
        let packed = compress(&page.body, known.as_deref())?;
        if known.as_ref().is_some_and(|known| known.no_longer_fits(page.body.len(), packed.len())) {
            *self.state() = State::Learning(Learner::default());
        }
        Ok(Body { packed, dictionary: known.map(|known| known.key) })
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Dictionary {
    fn new(key: i64, body: &[u8]) -> Self {
        Self { key, encoder: EncoderDictionary::copy(body, LEVEL_WITH_DICTIONARY), unfit: AtomicU32::new(0) }
    }

    fn no_longer_fits(&self, length: usize, packed: usize) -> bool {
        if packed < length / FITS {
            self.unfit.store(0, Ordering::Relaxed);
            return false;
        }
        self.unfit.fetch_add(1, Ordering::Relaxed) + 1 >= UNFIT
    }
}

impl std::fmt::Debug for Dictionary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Dictionary").field("key", &self.key).finish_non_exhaustive()
    }
}

fn compress(body: &[u8], dictionary: Option<&Dictionary>) -> StoreResult<Vec<u8>> {
    CONTEXT.with_borrow_mut(|context| {
        let context = match context {
            Some(context) => context,
            None => context.insert(CCtx::try_create().ok_or_else(|| failed("out of memory"))?),
        };
        let mut packed = Vec::with_capacity(compress_bound(body.len()));
        match dictionary {
            Some(known) => context.compress_using_cdict(&mut packed, body, known.encoder.as_cdict()),
            None => context.compress(&mut packed, body, LEVEL),
        }
        .map_err(|code| failed(get_error_name(code)))?;
        // Many may wait to be written.
        packed.shrink_to_fit();
        Ok(packed)
    })
}

fn failed(why: &'static str) -> StoreError {
    StoreError::failed(std::io::Error::other(why))
}

/// Unpacks pages one after the other.
pub(super) struct Unpacker {
    context: DCtx<'static>,
    dictionaries: HashMap<i64, DecoderDictionary<'static>>,
}

impl Unpacker {
    pub(super) fn new() -> StoreResult<Self> {
        let context = DCtx::try_create().ok_or_else(|| failed("out of memory"))?;
        Ok(Self { context, dictionaries: HashMap::new() })
    }

    /// Fills `page` with the `length` bytes of a body; a body that cannot be unpacked so is the error.
    ///
    /// `dictionary` reads the one of a key, which is remembered.
    pub(super) fn unpack(
        &mut self,
        (body, key): (&[u8], Option<i64>),
        length: usize,
        page: &mut Vec<u8>,
        dictionary: impl FnOnce(i64) -> StoreResult<Vec<u8>>,
    ) -> StoreResult<Result<(), &'static str>> {
        page.clear();
        page.reserve(length);
        let unpacked = match key {
            None => self.context.decompress(page, body),
            Some(key) => {
                let known = match self.dictionaries.entry(key) {
                    std::collections::hash_map::Entry::Occupied(known) => known.into_mut(),
                    std::collections::hash_map::Entry::Vacant(place) => {
                        place.insert(DecoderDictionary::copy(&dictionary(key)?))
                    }
                };
                self.context.decompress_using_ddict(page, body, known.as_ddict())
            }
        };
        Ok(match unpacked {
            Ok(size) if size == length => Ok(()),
            Ok(_) => Err("a page is shorter than its row says"),
            Err(code) => Err(get_error_name(code)),
        })
    }
}
