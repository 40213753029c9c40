//! The key of a revision's row: the profile's key and the revision's number in one, so that the revisions of a profile lie
//! together in the file.

use super::codec::{damaged, int};
use crate::store::StoreResult;

/// The number has so many bits, and the profile's key those above.
const NUMBER_BITS: u32 = 24;
/// Higher than the number of any revision.
const ABOVE_ALL: u64 = 1 << NUMBER_BITS;

/// The key for a number of a profile. Numbers that are too high stand behind the profile's last one, where nothing is.
pub(super) fn of(profile: i64, number: u64) -> i64 {
    (profile << NUMBER_BITS).saturating_add(int(number.min(ABOVE_ALL)))
}

/// The keys between which all revisions of a profile are.
pub(super) fn around(profile: i64) -> [i64; 2] {
    [of(profile, 0), of(profile, ABOVE_ALL)]
}

/// The key for a new revision.
pub(super) fn new(profile: i64, number: u64) -> StoreResult<i64> {
    let key = of(profile, number);
    match (1..ABOVE_ALL).contains(&number) && key >> NUMBER_BITS == profile {
        true => Ok(key),
        false => Err(damaged("the number of a revision is out of range")),
    }
}

#[cfg(test)]
#[test]
fn keys_are_in_the_order_of_profiles_and_their_numbers() {
    let [start, end] = around(7);
    let keys = [start, new(7, 1).unwrap(), new(7, 2).unwrap(), new(7, ABOVE_ALL - 1).unwrap(), end];
    assert!(keys.is_sorted_by(|before, after| before < after), "{keys:?}");
    assert!(end < new(8, 1).unwrap());
    assert_eq!((of(7, u64::MAX), of(7, ABOVE_ALL)), (end, end));
    for (profile, number) in
        [(7, 0), (7, ABOVE_ALL), (7, u64::MAX), (1 << 39, 1), (1 << 40 | 7, 1), (i64::MAX, 1)]
    {
        new(profile, number).unwrap_err();
    }
}
