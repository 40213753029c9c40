//! A database of an earlier version is brought up to date with nothing lost.

use refinery::Target;

use super::deadlines::passed;
use super::passes::allow_late;
use super::*;
use crate::domain::DeadlineKind::Submission;

fn of_version_4() -> Connection {
    let mut conn = Connection::open_in_memory().unwrap();
    conn.pragma_update(None, "foreign_keys", true).unwrap();
    migrations::migrations::runner().set_target(Target::Version(4)).run(&mut conn).unwrap();
    conn.execute_batch(
        "INSERT INTO section (id, code, title_ru, title_en, position) VALUES (1, 'A', 'А', 'A', 0), (2, 'B', 'Б', 'B', 1);
        INSERT INTO person (id, created_at) VALUES (1, 0);
        INSERT INTO document_body (id, body) VALUES (1, x'00');
        INSERT INTO document (id, body_id, kind, sha256, size, mime, file_name, created_at)
            VALUES (1, 1, 'paper', x'00', 1, 'application/pdf', 'a.pdf', 0);
        INSERT INTO submission (id, code, owner_id, section_id, title, abstract, permit_doc, paper_doc, state, version,
            created_at, updated_at) VALUES (1, 'X-001', 1, 1, 'Свет', 'О свете', 1, 1, 'submitted', 2, 0, 0);
        INSERT INTO submission_version VALUES (1, 1, 'Тень', 'О тени', 1, 1, 1, 1, 5), (1, 2, 'Свет', 'О свете', 1, 1, 1, 1, 6);
        INSERT INTO late_grant VALUES (1, 'submission', 1, 100);",
    )
    .unwrap();
    conn
}

#[test]
fn versions_and_those_who_may_be_late_stay() {
    let mut conn = of_version_4();
    migrations::migrations::runner().run(&mut conn).unwrap();
    let sql =
        "SELECT no || ' ' || title || ' ' || at FROM submission_version WHERE permit_doc = 1 ORDER BY no";
    let kept: Vec<String> = all(&conn, sql, [], |row| row.get(0)).unwrap();
    assert_eq!(kept, ["1 Тень 5", "2 Свет 6"]);
    assert!(!papers::changed(&conn, 1).unwrap(), "what was sent is not another version");
    assert_eq!(sections::asks(&conn, Some(1)).unwrap(), sections::Asks::default());
    // Whoever may be late in one section still may when another is allowed as well.
    deadlines::set(&conn, Submission, None, Some(10), 0).unwrap();
    allow_late(&conn, 1, Submission, Some(2), 50).unwrap();
    let late = |section, now| passed(&conn, Submission, Some(section), 1, now).unwrap();
    assert_eq!([late(1, 60), late(2, 40), late(2, 60)], [false, false, true]);
    assert_eq!(number(&conn, "SELECT count(*) FROM pragma_foreign_key_check", []).unwrap(), 0);
}
