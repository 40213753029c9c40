//! The suite that every store passes.

mod alarms;
mod claims;
mod erasing;
mod fields;
mod held;
mod history;
mod lists;
mod measures;
mod names;
mod photos;
mod profiles;
mod removal;
mod searching;
mod set_back;
mod sources;
mod world;

use std::future::Future;
use std::sync::Arc;

use futures_util::future::BoxFuture;

use crate::store::ProfileStore;

/// One case of the suite: its name, and what it does with an empty store.
pub type StoreCase = (&'static str, fn(Arc<dyn ProfileStore>) -> BoxFuture<'static, ()>);

macro_rules! cases {
    ($($module:ident :: $case:ident),* $(,)?) => {
        [$((concat!(stringify!($module), "::", stringify!($case)), |store| Box::pin($module::$case(store)))),*]
    };
}

/// Every case, for a test runner of one's own.
pub const STORE_CASES: [StoreCase; 67] = cases![
    profiles::another_spelling_finds_the_one_that_is_there,
    profiles::a_profile_is_found_by_id_and_name,
    profiles::changes_by_a_person_are_kept,
    profiles::pausing_and_resuming_moves_the_next_look,
    profiles::a_shorter_interval_counts_at_once,
    profiles::a_rename_moves_the_name,
    profiles::every_mutation_is_in_the_audit_log,
    profiles::totals_follow_every_write,
    profiles::every_write_gives_another_version,
    names::a_profile_whose_name_another_got_is_told_and_kept_apart,
    names::a_lost_name_is_free_and_comes_back,
    names::a_look_that_began_before_the_name_was_lost_is_not_believed,
    claims::nobody_else_gets_a_claimed_profile,
    claims::the_longest_due_come_first,
    claims::the_important_come_first_and_nobody_waits_for_ever,
    claims::a_lease_runs_out,
    claims::a_lost_lease_is_a_conflict_that_writes_nothing,
    claims::a_changed_record_is_a_conflict,
    claims::a_released_claim_is_free_again,
    claims::many_claim_at_once_and_nobody_twice,
    claims::the_next_due_time_skips_what_is_claimed,
    claims::failed_looks_come_forward_when_the_source_answers_again,
    claims::failed_looks_come_forward_so_many_at_a_time,
    claims::who_was_told_to_wait_does_not_come_forward,
    history::the_first_look_is_a_baseline,
    history::changes_become_revisions_and_entries_of_the_log,
    history::an_unchanged_look_adds_no_history,
    history::a_failed_look_changes_only_the_health,
    history::revisions_are_read_in_both_directions,
    history::evidence_is_kept_byte_for_byte,
    fields::every_field_comes_back_as_it_was,
    fields::every_emptied_field_waits_in_its_own_type,
    fields::a_state_without_the_newer_fields_reads_as_hidden,
    removal::equal_neighbours_merge,
    removal::the_next_revision_is_written_anew,
    removal::the_newest_falls_back,
    removal::the_first_makes_the_next_a_baseline,
    removal::everything_can_be_removed_and_begins_again,
    removal::numbers_are_never_used_again,
    held::suspicions_wait_and_are_confirmed,
    held::accepting_writes_what_was_seen,
    held::rejecting_keeps_the_old_state,
    held::a_disappearance_can_be_accepted_and_rejected,
    measures::counts_are_points_that_change,
    measures::old_counts_are_thinned,
    measures::coverage_has_gaps,
    measures::a_canary_is_remembered,
    alarms::alarms_are_raised_written_anew_and_ended,
    alarms::what_was_counted_adds_up,
    alarms::pages_that_were_not_judged_are_kept_for_a_while,
    photos::the_first_is_a_baseline_and_another_a_change,
    lists::filters_select,
    lists::pages_stay_good_while_rows_come_and_go,
    lists::every_order_is_complete,
    set_back::what_is_planned_comes_forward_with_the_clock,
    set_back::hours_that_come_again_are_not_watched_yet,
    set_back::nothing_was_seen_in_a_gap_after_the_clock_was_set_back,
    set_back::a_set_back_counts_that_nobody_could_tell_before_the_clock_had_passed_it_again,
    set_back::a_clock_that_was_never_set_moves_nothing,
    sources::each_backend_keeps_its_own_say_and_time,
    sources::a_change_dates_what_its_backend_says,
    sources::a_page_says_nothing_of_the_photos_identity,
    sources::what_a_person_accepts_was_not_said_by_others,
    sources::what_is_removed_is_said_by_nobody,
    searching::hostile_text_is_only_text,
    searching::a_name_is_found_however_it_is_written,
    erasing::nothing_is_left_and_the_name_is_refused,
];

/// Runs every case, each with a store of its own that `make` gives.
///
/// # Panics
/// When the store breaks its contract.
pub async fn store_suite<F, Made>(make: F)
where
    F: Fn() -> Made,
    Made: Future<Output = Arc<dyn ProfileStore>>,
{
    let mut broken = Vec::new();
    for (name, case) in STORE_CASES {
        let store = make().await;
        if let Err(panic) = tokio::spawn(case(store)).await {
            broken.push(format!("{name}: {}", told(panic)));
        }
    }
    assert!(broken.is_empty(), "the store breaks its contract:\n{}", broken.join("\n"));
}

/// What a case said when it panicked.
fn told(error: tokio::task::JoinError) -> String {
    let panic = error.into_panic();
    match panic.downcast::<String>() {
        Ok(text) => *text,
        Err(panic) => panic.downcast_ref::<&str>().map_or_else(String::new, |text| (*text).to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::MemoryStore;

    #[tokio::test]
    async fn the_store_in_memory_passes() {
        store_suite(|| async { Arc::new(MemoryStore::new()) as Arc<dyn ProfileStore> }).await;
    }

    #[cfg(feature = "sqlite")]
    #[tokio::test]
    async fn the_sqlite_store_passes_in_memory() {
        use crate::store::SqliteStore;
        let made = std::sync::Mutex::new(Vec::new());
        store_suite(|| async {
            let store = Arc::new(SqliteStore::in_memory().unwrap());
            made.lock().unwrap().push(Arc::clone(&store));
            store as Arc<dyn ProfileStore>
        })
        .await;
        // Whatever was done to them, what they tell is what their chains say.
        let made = made.into_inner().unwrap();
        for ((name, _), store) in STORE_CASES.iter().zip(&made) {
            assert_eq!(store.verify_chain().await.unwrap().broken, None, "{name}");
        }
        assert_eq!(made.len(), STORE_CASES.len());
    }

    #[cfg(feature = "sqlite")]
    #[tokio::test(flavor = "multi_thread")]
    async fn the_sqlite_store_passes_in_a_file() {
        use crate::store::SqliteStore;
        let folder = tempfile::tempdir().unwrap();
        let next = std::sync::atomic::AtomicUsize::new(0);
        store_suite(|| async {
            let number = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let store = SqliteStore::open(folder.path().join(format!("{number}.db"))).unwrap();
            Arc::new(store) as Arc<dyn ProfileStore>
        })
        .await;
    }
}
