//! People who write at once: the time from an update's arrival to the answer in the outbox, and to its arrival.

use std::time::Instant;

use conference_bot::demo::stage::MAIN;
use conference_bot::store::all;

use super::Figure;
use super::program::Conference;

/// How often each of them writes.
const ROUNDS: usize = 20;

fn percentile(sorted: &[f64], percent: usize) -> f64 {
    sorted[(sorted.len() * percent / 100).min(sorted.len() - 1)]
}

/// Everybody writes, waits for the answer, and writes again.
async fn conversations(conference: &Conference, people: i64) -> Vec<f64> {
    let mut going = tokio::task::JoinSet::new();
    for id in 1..=people {
        let person = conference.api.person(MAIN, id, "Анна");
        going.spawn(async move {
            let mut waits = Vec::new();
            for round in 0..ROUNDS {
                let (say, see) = if round % 2 == 0 {
                    ("/lang", "Выберите язык")
                } else {
                    ("/help", "Пишите ответы")
                };
                let begun = Instant::now();
                person.say_and_see(say, see).await;
                waits.push(begun.elapsed().as_secs_f64() * 1e3);
            }
            waits
        });
    }
    let mut waits: Vec<f64> = going.join_all().await.into_iter().flatten().collect();
    waits.sort_by(f64::total_cmp);
    waits
}

pub async fn run(people: i64) -> Vec<Figure> {
    let conference = Conference::new().await;
    let program = conference.start();
    for id in 1..=people {
        conference.api.person(MAIN, id, "Анна").say_and_see("/start", "Здравствуйте").await;
    }
    let begun = Instant::now();
    let seen = conversations(&conference, people).await;
    let seconds = begun.elapsed().as_secs_f64();
    let (_, peak) = program.memory();
    drop(program);
    let skip = people;
    let queued = conference.write(move |conn| {
        let sql =
            "SELECT done_at - received_at FROM update_seen WHERE done_at IS NOT NULL AND update_id > ?1";
        all(conn, sql, [skip], |row| row.get::<_, f64>(0))
    });
    let mut queued = queued.await;
    queued.sort_by(f64::total_cmp);
    assert_eq!(queued.len(), seen.len(), "every message has its answer");
    vec![
        Figure::new("crowd: update to answer queued, 50th percentile", percentile(&queued, 50), "ms"),
        Figure::new("crowd: update to answer queued, 99th percentile", percentile(&queued, 99), "ms")
            .below(50.0),
        Figure::new("crowd: writing to seeing the answer, 99th percentile", percentile(&seen, 99), "ms"),
        Figure::new("crowd: answers", seen.len() as f64 / seconds, "a second"),
        Figure::new("crowd: most resident memory", peak, "MB"),
    ]
}
