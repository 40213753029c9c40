//! Papers of 19 MB that arrive at once: memory, and how fast they are stored.

use std::time::Instant;

use conference_bot::demo::stage::MAIN;
use conference_bot::store::{number, papers, run as change};

use super::Figure;
use super::program::{Conference, approved};

const SIZE: usize = 19_000_000;

/// A PDF that no other is like.
fn pdf(id: i64) -> Vec<u8> {
    let mut bytes = format!("%PDF-1.4\n% {id}\n").into_bytes();
    bytes.resize(SIZE - 6, b'x');
    bytes.extend(b"\n%%EOF");
    bytes
}

pub async fn run(people: i64) -> Vec<Figure> {
    let conference = Conference::new().await;
    let prepared = conference.write(move |conn| {
        for tg_id in 1..=people {
            let person = approved(conn, tg_id)?;
            let paper = papers::create(conn, person, &format!("Работа {tg_id}"), 1)?;
            let sql = "INSERT INTO dialog (bot, tg_id, place, rev, updated_at) VALUES ('main', ?1, ?2, 1, 1)";
            change(conn, sql, (tg_id, format!("paper_file.{paper}.0")))?;
        }
        Ok(())
    });
    prepared.await;
    let program = conference.start();
    let (before, _) = program.memory();
    let begun = Instant::now();
    let everybody: Vec<_> = (1..=people).map(|id| conference.api.person(MAIN, id, "Иван")).collect();
    for person in &everybody {
        person.send_file("paper.pdf", pdf(person.id));
    }
    for person in &everybody {
        let seen = person.sees_within("черновик", std::time::Duration::from_secs(600)).await;
        assert!(seen.is_some(), "{} has no paper", person.id);
    }
    let seconds = begun.elapsed().as_secs_f64();
    let (_, peak) = program.memory();
    drop(program);
    let stored =
        conference.write(|conn| number(conn, "SELECT sum(length(body)) FROM document_body", [])).await;
    assert_eq!(stored, people * i64::try_from(SIZE).unwrap(), "every byte is stored");
    vec![
        Figure::new("uploads: resident memory before", before, "MB"),
        Figure::new("uploads: most resident memory", peak, "MB").below(100.0),
        Figure::new("uploads: stored", stored as f64 / 1e6 / seconds, "MB a second"),
    ]
}
