//! What comes out is whole, and harmless to what opens it.

use std::io::{Cursor, Read};

use conference_bot::domain::{Part, Status};
use conference_bot::store::run;

use crate::support::{HOSTILE, Site, pdf};

async fn filled() -> Site {
    let site = Site::open().await;
    let one = site.person("=HYPERLINK(\"http://evil\")", "+a@b.de", Status::Student).await;
    let two = site.person("../../Иванов \u{202e}Иван", "p@q.de", Status::Employee).await;
    let first = site.paper(one, "@SUM(A1:A9)\nвторая строка", 2, "submitted").await;
    site.paper(two, HOSTILE, 3, "accepted").await;
    site.paper(two, "Отозвана", 3, "withdrawn").await;
    site.joins(first, two, Part::CoAuthor).await;
    site.write(|conn| run(conn, "UPDATE section SET code = '../S2' WHERE id = 3", [])).await;
    site
}

#[tokio::test]
async fn tables_have_a_mark_and_no_formula() {
    let site = filled().await;
    let admin = site.admin().await;
    for (name, rows) in [("people", 3), ("papers", 3), ("reviews", 0), ("programme", 0)] {
        let response = admin.fetch(&format!("/exports/{name}.csv")).await;
        let kind = response.headers()["content-disposition"].to_str().unwrap().to_owned();
        assert_eq!(kind, format!("attachment; filename=\"{name}.csv\""));
        let bytes = response.bytes().await.unwrap();
        assert!(bytes.starts_with(b"\xef\xbb\xbf"), "{name}");
        let mut reader = csv::Reader::from_reader(&bytes[3..]);
        let records: Vec<csv::StringRecord> = reader.records().map(|record| record.unwrap()).collect();
        assert_eq!(records.len(), rows, "{name}");
        for cell in records.iter().flatten() {
            assert!(!cell.trim_start().starts_with(['=', '+', '-', '@']), "{name}: {cell}");
        }
    }
    let text = admin.page("/exports/papers.csv").await;
    assert!(text.contains("'@SUM(A1:A9)\nвторая строка"), "{text}");
}

#[tokio::test]
async fn everything_is_there_for_programs() {
    let site = filled().await;
    let text = site.admin().await.page("/exports/conference.json").await;
    let all: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(all["papers"].as_array().unwrap().len(), 3);
    assert_eq!(all["people"].as_array().unwrap().len(), 3);
    assert_eq!(all["sections"].as_array().unwrap().len(), 6);
    assert_eq!(all["papers"][0]["people"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn the_archive_opens_and_its_names_are_safe() {
    let site = filled().await;
    let bytes = site.admin().await.fetch("/exports/documents.zip").await.bytes().await.unwrap();
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let names: Vec<String> =
        (0..archive.len()).map(|at| archive.by_index(at).unwrap().name().unwrap().into_owned()).collect();
    assert_eq!(names.len(), 5, "{names:?}");
    for name in &names {
        assert!(
            !name.starts_with('/')
                && !name.contains("..")
                && !name.contains('\\')
                && !name.contains('\u{202e}'),
            "{name}"
        );
        let odd = |c: char| !(c.is_alphanumeric() || " /.-".contains(c));
        assert!(!name.contains(odd), "{name}");
    }
    assert!(names.contains(&"S2/SRI-002 Иванов/paper.pdf".to_owned()), "{names:?}");
    let mut paper = Vec::new();
    archive.by_name("S2/SRI-002 Иванов/paper.pdf").unwrap().read_to_end(&mut paper).unwrap();
    assert_eq!(paper, pdf(HOSTILE));
    let mut index = String::new();
    archive.by_name("index.csv").unwrap().read_to_string(&mut index).unwrap();
    assert_eq!(csv::Reader::from_reader(index.as_bytes()).records().count(), 3);
}

#[tokio::test]
async fn the_book_has_what_was_accepted_and_another_everything_that_was_sent() {
    let site = filled().await;
    site.write(|conn| run(conn, "UPDATE submission_version SET keywords = '# свет, <b>зоны</b>'", [])).await;
    let admin = site.admin().await;
    let book = admin.page("/exports/abstracts.html").await;
    assert!(book.contains("SRI-002") && !book.contains("SRI-001") && !book.contains("SRI-003"), "{book}");
    assert!(!book.contains("<script>") && !book.contains("<b>") && book.ends_with("</html>\n"), "{book}");
    let all = admin.page("/exports/abstracts-sent.html").await;
    assert!(all.contains("SRI-001") && all.contains("SRI-002") && !all.contains("SRI-003"), "{all}");
    assert!(all.find("SRI-001").unwrap() < all.find("SRI-002").unwrap());
    let response = admin.fetch("/exports/abstracts-sent.md").await;
    assert_eq!(response.headers()["content-type"], "text/markdown; charset=utf-8");
    let text = response.text().await.unwrap();
    let headings: Vec<&str> = text.lines().filter(|line| line.starts_with('#')).collect();
    assert_eq!(headings.len(), 5, "a conference, two sections, two papers: {headings:?}");
    assert!(text.contains("Ключевые слова: \\# свет, \\<b\\>зоны\\</b\\>"), "{text}");
    assert_eq!(admin.fetch("/exports/abstracts.pdf").await.status(), 404);
    let stranger = site.browser().page("/exports/abstracts.html").await;
    assert!(stranger.contains("password") && !stranger.contains("SRI-002"), "{stranger}");
}

#[tokio::test]
async fn everybody_can_have_the_programme_as_text() {
    let site = filled().await;
    site.write(|conn| {
        let sql = "INSERT INTO programme_slot (section_id, submission_id, room, starts_at, minutes)
            VALUES (NULL, 2, '*А* 119', 1779246000000, 15), (1, NULL, 'Холл', 1779250000000, 30)";
        run(conn, sql, [])?;
        run(conn, "UPDATE programme_slot SET title = '# Кофе' WHERE submission_id IS NULL", [])
    })
    .await;
    let text = site.browser().page("/programme.md").await;
    assert!(text.contains("\n## 20.05.2026\n\n- 10:00–10:15, \\*А\\* 119: **"), "{text}");
    assert!(text.contains(": **\\# Кофе**\\\n  Пленарная секция\n"), "{text}");
    assert!(text.contains("**\\<script\\>alert"), "{text}");
}
