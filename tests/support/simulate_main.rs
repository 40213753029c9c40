//! Runs the simulation: `--seeds 1000`, or `--seed 17` to repeat one and see what it saw.

use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tgbio_core::coverage::Span;
use tgbio_testkit::simulation::oracle::Evidence;
use tgbio_testkit::simulation::script::Script;
use tgbio_testkit::simulation::world::Look;
use tgbio_testkit::simulation::{Options, Outcome, run};

const USAGE: &str = "usage: tgbio-simulate [--seeds COUNT] [--first SEED] [--seed SEED] [--real] [--profiles COUNT] [--days COUNT] [--threads COUNT]";

struct Arguments {
    first: u64,
    seeds: u64,
    trace: bool,
    threads: u64,
    options: Options,
}

fn main() -> ExitCode {
    let Some(arguments) = read(std::env::args().skip(1)) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    let begun = Instant::now();
    let totals = run_all(&arguments);
    totals.print(begun.elapsed());
    if totals.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn read(mut given: impl Iterator<Item = String>) -> Option<Arguments> {
    let threads = std::thread::available_parallelism().map_or(1, |count| count.get() as u64);
    let mut read = Arguments { first: 1, seeds: 20, trace: false, threads, options: Options::default() };
    while let Some(name) = given.next() {
        let mut number = || given.next()?.parse::<u64>().ok();
        match name.as_str() {
            "--seeds" => read.seeds = number().filter(|seeds| *seeds > 0)?,
            "--first" => read.first = number()?,
            "--threads" => read.threads = number()?.max(1),
            "--seed" => (read.first, read.seeds, read.trace) = (number()?, 1, true),
            "--real" => read.options.real = true,
            "--profiles" => read.options.profiles = usize::try_from(number()?).ok()?,
            "--days" => read.options.days = u32::try_from(number()?).ok()?,
            _ => return None,
        }
    }
    Some(read)
}

#[derive(Default)]
struct Totals {
    seeds: u64,
    failed: u64,
    checks: u64,
    answers: u64,
    revisions: usize,
    /// In the runs alone, summed over the threads.
    took: Duration,
}

fn run_all(arguments: &Arguments) -> Totals {
    let (next, totals) = (AtomicU64::new(arguments.first), Mutex::new(Totals::default()));
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= arguments.first + arguments.seeds {
                return;
            }
            let outcome =
                run(seed, &arguments.options).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
            tell(&outcome, arguments);
            totals.lock().unwrap_or_else(std::sync::PoisonError::into_inner).add(&outcome);
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..arguments.threads.min(arguments.seeds) {
            scope.spawn(work);
        }
    });
    totals.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn tell(outcome: &Outcome, arguments: &Arguments) {
    for violation in &outcome.violations {
        println!("seed {}: {violation}", outcome.seed);
    }
    if !outcome.violations.is_empty() {
        let real = if arguments.options.real { " --real" } else { "" };
        println!("seed {} FAILED; repeat it with --seed {}{real}", outcome.seed, outcome.seed);
    }
    if arguments.trace {
        trace_script(&outcome.script);
        outcome.evidence.iter().for_each(trace);
    }
}

/// What was done to the program.
fn trace_script(script: &Script) {
    println!("== everybody");
    let times = |what: &str, spans: &[Span]| {
        spans.iter().for_each(|span| println!("  {what} {} until {}", span.from, span.until));
    };
    times("outage", &script.outages);
    times("wait", &script.waits);
    times("undone by a power cut", &script.undone);
    script.failures.iter().for_each(|at| println!("  failure {at}"));
    let word = |goes_on: &bool| if *goes_on { "raised" } else { "over" };
    script.alarms.iter().for_each(|(at, key, goes_on)| println!("  alarm {at} {key} {}", word(goes_on)));
    script.canaries.iter().for_each(|(at, right)| println!("  canary {at} right {right}"));
}

/// Everything that was true, seen and written.
fn trace(one: &Evidence) {
    println!("== profile {} ({})", one.life.place, one.life.name);
    for phase in &one.life.phases {
        println!("  true  {} {:?}", phase.from, phase.shown);
    }
    for look in &one.looks {
        let Look { at, wall, moved, spoilt, kept, undone, .. } = look;
        println!(
            "  look  {at} wall {wall} moved back by {moved} ms before, kept {kept} undone {undone} {spoilt:?}"
        );
    }
    for row in &one.revisions {
        let (before, seen, confirmed) = (row.last_seen_before, row.first_seen, row.confirmed_at);
        println!("  entry {} {before:?} {seen} {confirmed} {:?} {:?}", row.number, row.changed, row.profile);
    }
    for span in &one.spans {
        println!("  watched {} until {}", span.from, span.until);
    }
}

impl Totals {
    fn add(&mut self, outcome: &Outcome) {
        self.seeds += 1;
        self.failed += u64::from(!outcome.violations.is_empty());
        self.checks += outcome.checks;
        self.answers += outcome.answers;
        self.revisions += outcome.revisions;
        self.took += outcome.took;
    }

    fn print(&self, wall: Duration) {
        let per_second = self.checks as f64 / self.took.as_secs_f64();
        println!(
            "{} seeds, {} failed; {} checks, {} answers, {} revisions; {per_second:.0} checks/s on one core; {:.1} s",
            self.seeds,
            self.failed,
            self.checks,
            self.answers,
            self.revisions,
            wall.as_secs_f64()
        );
    }
}
