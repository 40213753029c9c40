//! A thousand papers come out while memory stays small. Alone in its process, because it looks at the process's memory.

#![expect(clippy::unwrap_used, reason = "a test that meets the unexpected has failed")]

#[path = "desk/support.rs"]
#[allow(dead_code, reason = "the other tests use the rest")]
mod support;

use conference_bot::domain::Status;
use conference_bot::store::run;
use futures_util::StreamExt;
use support::Site;

const PAPERS: i64 = 1_000;
/// Bytes of each of the two documents of a paper.
const SIZE: usize = 150_000;

/// The most memory that the process ever had, in bytes.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_thousand_papers_stream() {
    let site = Site::open().await;
    let person = site.person("Иванов Иван", "a@b.de", Status::Student).await;
    site.paper(person, &"x".repeat(SIZE), 2, "submitted").await;
    site.write(|conn| {
        let sql = "INSERT INTO submission (code, owner_id, section_id, title, abstract, permit_doc, paper_doc, state,
                version, created_at, updated_at, submitted_at)
            WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
            SELECT 'SRI-' || i, owner_id, section_id, 'Работа ' || i, abstract, paper_doc, paper_doc, state, version,
                created_at, updated_at, submitted_at FROM submission, n WHERE submission.id = 1";
        run(conn, sql, [PAPERS])
    })
    .await;
    let admin = site.admin().await;
    admin.page("/exports/papers.csv").await;
    let before = peak();
    let mut body = admin.fetch("/exports/documents.zip").await.bytes_stream();
    let (mut read, mut last) = (0, Vec::new());
    while let Some(piece) = body.next().await {
        let piece = piece.unwrap();
        read += piece.len();
        last = piece.to_vec();
    }
    assert!(last.windows(4).any(|four| four == b"PK\x05\x06"), "the archive has its end");
    assert!(read > 2 * SIZE * (PAPERS as usize - 1), "{read}");
    let grown = peak() - before;
    assert!(grown < 48 * 1024 * 1024, "{read} bytes took {grown} bytes of memory");
}
