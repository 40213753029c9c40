//! Two hundred people at once.

use conference_bot::demo::stage::Stage;
use conference_bot::demo::story::{self, Answers};
use conference_bot::store::{all, audit};

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_people_register_at_once_and_each_has_their_own_answers() {
    let folder = tempfile::tempdir().unwrap();
    let stage = std::sync::Arc::new(Stage::start(folder.path(), |_| {}).await);
    let letters: Vec<char> = "абвгдежзиклмнопрстуф".chars().collect();
    let mut going = tokio::task::JoinSet::new();
    for id in 1..=200_usize {
        let stage = stage.clone();
        let name = format!("Иванова{}{} Анна", letters[id / 20 % 20], letters[id % 20]);
        going.spawn(async move {
            let person = stage.person(id as i64, "Анна");
            let email = format!("person{id}@example.org");
            let full = format!("Университет номер {}", id % 7);
            let answers =
                Answers {
                    name: &name, email: &email, organisation: [&full, "УН", "UN"], status: "Аспирант"
                };
            story::register(&stage, &person, answers).await;
            (id as i64, name.clone(), email.clone(), full.clone())
        });
    }
    let mut expected = going.join_all().await;
    expected.sort();
    let sql = "SELECT t.tg_id, p.full_name, p.email, o.full_name FROM person p JOIN tg_account t ON t.person_id = p.id
        JOIN organisation o ON o.id = p.organisation_id JOIN application a ON a.person_id = p.id
        WHERE a.state = 'submitted' ORDER BY t.tg_id";
    let rows = stage
        .read(move |conn| all(conn, sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))))
        .await;
    assert_eq!(rows, expected);
    assert_eq!(stage.read(audit::broken).await, None);
    stage.api.wait_for_answers().await;
    // From the arrival of an update to the answer in the outbox. The limit is that of a debug build on a busy machine.
    let sql = "SELECT done_at - received_at FROM update_seen WHERE done_at IS NOT NULL ORDER BY 1";
    let waits: Vec<i64> = stage.read(move |conn| all(conn, sql, [], |row| row.get(0))).await;
    let p99 = waits[waits.len() * 99 / 100];
    println!("{} updates, 99 of 100 within {p99} ms", waits.len());
    assert!(p99 < 2_000, "{p99} ms");
}
