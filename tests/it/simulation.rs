//! The simulation of whole months: under the written fault model nothing false and nothing lost; outside it, held.

use std::time::Duration;

use tgbio_core::store::Revision;
use tgbio_core::{Field, Presence, Rules};
use tgbio_testkit::simulation::world::Faults;
use tgbio_testkit::simulation::{Options, Outcome, run};

fn holds(seed: u64, options: &Options) -> Outcome {
    let outcome = run(seed, options).unwrap();
    let words = outcome.violations.join("\n");
    assert!(
        words.is_empty(),
        "repeat it: cargo run -p tgbio-tests --bin tgbio-simulate -- --seed {seed}\n{words}"
    );
    outcome
}

#[test]
fn twenty_seeds_hold() {
    let options = Options::default();
    let outcomes = std::thread::scope(|scope| {
        let half = |from: u64| {
            let options = &options;
            scope.spawn(move || (from..from + 10).map(|seed| holds(seed, options)).collect::<Vec<_>>())
        };
        let (first, second) = (half(1), half(11));
        first.join().unwrap().into_iter().chain(second.join().unwrap()).collect::<Vec<_>>()
    });
    assert!(outcomes.iter().all(|outcome| outcome.checks > 14_000 && outcome.revisions > 200));
}

/// Answers are drawn as pages, read by the scraper's parser, and stored in SQLite on disk, whose power is cut.
fn with_real_pages() -> Options {
    Options { profiles: 6, days: 14, real: true, ..Options::default() }
}

#[test]
fn seeds_hold_with_real_pages_and_sqlite() {
    let options = with_real_pages();
    std::thread::scope(|scope| {
        for seed in [1, 7] {
            let options = &options;
            scope.spawn(move || {
                let outcome = holds(seed, options);
                let looks = outcome.evidence.iter().flat_map(|one| &one.looks);
                let undone = looks.filter(|look| look.undone).count();
                assert!(
                    outcome.checks > 2_000 && outcome.script.undone.len() >= 6 && undone > 50,
                    "{undone}"
                );
                assert!(outcome.script.told.len() > 20 && outcome.script.notes.len() > 2);
            });
        }
    });
}

fn story(outcome: &Outcome) -> Vec<Vec<(u64, Vec<Field>, i64)>> {
    let told = |row: &Revision| (row.number, row.changed.clone(), row.first_seen.as_millis());
    outcome.evidence.iter().map(|one| one.revisions.iter().map(told).collect()).collect()
}

#[test]
fn the_same_seed_does_the_same_again() {
    let parsed = Options { profiles: 6, days: 6, ..Options::default() };
    let real = Options { real: true, ..parsed.clone() };
    for options in [parsed, real] {
        let (first, again) = (holds(7, &options), holds(7, &options));
        assert_eq!((first.checks, first.answers), (again.checks, again.answers));
        assert_eq!(story(&first), story(&again));
    }
}

/// The oracle goes by the rules and by what was done to the program, not by what that says of itself: one that looks too
/// seldom, or does not use what it saw, is found.
#[test]
fn a_program_that_does_not_do_as_the_rules_say_is_found() {
    let minutes = |minutes: u64| Duration::from_secs(minutes * 60);
    let lazy = |change: fn(&mut Rules, Duration), by: Duration| {
        let mut program = tgbio_testkit::simulation::rules();
        change(&mut program, by);
        Options { profiles: 6, days: 10, program, ..Options::default() }
    };
    let late = |rules: &mut Rules, by| (rules.interval_min, rules.interval_max) = (by, by);
    let cases = [
        ("every look comes late", "DELAY", lazy(late, minutes(80))),
        ("failed looks are repeated late", "DELAY", lazy(|rules, by| rules.backoff_min = by, minutes(20))),
        ("repeats come late", "DELAY", lazy(|rules, by| rules.confirm_delay = by, minutes(45))),
        ("it asks for more repeats", "LOST", lazy(|rules, _| rules.confirm_checks = 40, minutes(0))),
        ("it asks for fewer repeats", "FALSE", lazy(|rules, _| rules.confirm_checks = 0, minutes(0))),
        ("looks are forgotten", "UNUSED", Options { forgets: 2.0, ..lazy(|_, _| {}, minutes(0)) }),
    ];
    for (what, word, options) in cases {
        let found = run(5, &options).unwrap().violations;
        assert!(found.iter().any(|words| words.contains(word)), "{what}: {found:?}");
    }
    assert!(holds(5, &lazy(|_, _| {}, minutes(0))).checks > 1_000, "and one that does is not");
}

/// A disk that loses what it was told to keep is found: by looks that are not there any more, and by those who were told
/// something or have noted it.
#[test]
fn what_was_synced_and_is_lost_is_found() {
    let options = Options { profiles: 3, days: 8, real: true, ..Options::default() };
    let broken = Options { breaks_word: true, ..options.clone() };
    let (mut told, mut noted) = (0, 0);
    for seed in 1..6 {
        let found = run(seed, &broken).unwrap().violations;
        assert!(!found.is_empty(), "seed {seed}");
        told += found.iter().filter(|words| words.contains("TOLD")).count();
        noted += found.iter().filter(|words| words.contains("NOTED")).count();
    }
    assert!(told > 0 && noted > 0, "{told} {noted}");
    assert!(holds(1, &options).script.undone.len() >= 6, "and a disk that keeps its word is not");
}

/// Outside the model: more false answers alike than the confirmation asks for, with a canary that is read well.
#[test]
fn longer_runs_of_false_answers_are_held_and_then_recorded_and_taken_back() {
    let faults = Faults { percent: 80.0, alike: 40 };
    let options = Options { days: 30, faults, ..Options::default() };
    let outcome = run(3, &options).unwrap();
    assert!(outcome.violations.iter().any(|words| words.contains("FALSE")), "{:?}", outcome.violations);
    for one in &outcome.evidence {
        let waited = |row: &&Revision| row.confirmed_at > row.first_seen;
        for row in one.revisions.iter().filter(waited) {
            let wait = row.confirmed_at.since(row.first_seen);
            assert!(wait >= tgbio_testkit::simulation::rules().confirm_delay * 3, "{wait:?}");
        }
        let truth = one.life.phases.last().unwrap().shown.is_some();
        assert_eq!(one.record.presence == Presence::Present, truth, "it is put right by itself");
    }
}
