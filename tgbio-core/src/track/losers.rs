//! Who has lost a field that others show, for one field of one kind of profile.
//!
//! A look that shows the field proves that it can be read, and so that those who had been read without it before lack it
//! themselves. That counts as long as the profile that was looked at does not lose it as well: without this, the same
//! profiles would be counted as many once more between two looks at the last one that has it.

use std::collections::HashSet;

use crate::{ProfileId, drift};

/// Profiles that are told apart; more are as good as many.
const MOST: usize = 1_024;

/// What is known of one field of one kind.
#[derive(Debug, Default)]
pub(super) struct Losers {
    /// Who has lost it since it was shown last.
    suspicious: HashSet<ProfileId>,
    /// Who had lost it when somebody showed it after that.
    cleared: HashSet<ProfileId>,
    /// Who has shown it after those, and at every look since.
    witnesses: HashSet<ProfileId>,
}

impl Losers {
    /// How many profiles have lost it while nobody shows it.
    pub fn count(&self) -> u64 {
        self.suspicious.len() as u64
    }

    /// Whether there is nothing to remember.
    pub fn is_empty(&self) -> bool {
        self.suspicious.is_empty() && self.cleared.is_empty()
    }

    /// A profile shows it, or a canary does, which is watched by itself. True when many had lost it.
    pub fn shown(&mut self, by: Option<ProfileId>) -> bool {
        let many = self.count() >= drift::MANY;
        let before = std::mem::take(&mut self.suspicious);
        let Some(witness) = by else { return many };
        if many {
            self.cleared.extend(before);
        }
        self.cleared.remove(&witness);
        if self.cleared.is_empty() {
            self.witnesses.clear();
        } else if self.witnesses.len() < MOST {
            self.witnesses.insert(witness);
        }
        many
    }

    /// A profile was read without it. Whoever `had` it has lost it.
    pub fn missed(&mut self, by: ProfileId, had: bool) {
        if self.witnesses.remove(&by) && self.witnesses.is_empty() {
            self.suspicious.extend(self.cleared.drain());
        }
        if !had {
            self.cleared.remove(&by);
        } else if !self.cleared.contains(&by) && self.suspicious.len() < MOST {
            self.suspicious.insert(by);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(many: usize) -> Vec<ProfileId> {
        (0..many).map(|_| ProfileId::new()).collect()
    }

    #[test]
    fn who_lost_it_before_somebody_showed_it_is_not_counted_again() {
        let (mut losers, all) = (Losers::default(), ids(14));
        let (witness, lost) = all.split_first().unwrap();
        lost.iter().for_each(|id| losers.missed(*id, true));
        assert_eq!(losers.count(), 13);
        assert!(losers.shown(Some(*witness)));
        for _ in 0..5 {
            lost.iter().for_each(|id| losers.missed(*id, true));
            assert_eq!(losers.count(), 0);
            assert!(!losers.shown(Some(*witness)));
        }
        // Others that lose it after that are news, and so are all when the last one loses it that had shown it.
        ids(3).into_iter().for_each(|id| losers.missed(id, true));
        assert_eq!(losers.count(), 3);
        losers.missed(*witness, true);
        assert_eq!(losers.count(), 17);
        lost.iter().for_each(|id| losers.missed(*id, true));
        assert_eq!(losers.count(), 17);
    }

    #[test]
    fn who_is_believed_or_shows_it_again_is_forgotten() {
        let (mut losers, all) = (Losers::default(), ids(5));
        all[..3].iter().for_each(|id| losers.missed(*id, true));
        assert!(losers.shown(Some(all[3])));
        losers.missed(all[0], false);
        assert!(!losers.shown(Some(all[1])), "it has it again");
        losers.missed(all[3], true);
        assert_eq!(losers.count(), 1, "another one shows it");
        losers.missed(all[1], true);
        assert_eq!(losers.count(), 3, "nobody does any more");
        assert!(losers.shown(Some(all[4])));
        all.iter().for_each(|id| losers.missed(*id, false));
        assert!(losers.is_empty());
    }

    #[test]
    fn a_few_and_those_of_a_canary_are_counted_anew() {
        let (mut losers, all) = (Losers::default(), ids(4));
        all[..2].iter().for_each(|id| losers.missed(*id, true));
        assert!(!losers.shown(Some(all[3])));
        assert!(losers.is_empty());
        all[..3].iter().for_each(|id| losers.missed(*id, true));
        assert!(losers.shown(None));
        all[..3].iter().for_each(|id| losers.missed(*id, true));
        assert_eq!(losers.count(), 3);
    }
}
