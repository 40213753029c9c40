//! All papers as one archive: when its first byte comes, how fast, and with how much memory.

use std::time::Instant;

use conference_bot::domain::DocumentKind;
use conference_bot::store::documents::{self, NewDocument};
use conference_bot::store::{papers, run as change};
use futures_util::StreamExt as _;
use sha2::{Digest as _, Sha256};

use super::Figure;
use super::program::{Conference, PASSWORD, approved};

/// Bytes of each of the two documents of a paper.
const SIZE: usize = 500_000;

/// That many papers with two documents each, all different.
async fn fill(conference: &Conference, count: i64) {
    let made = conference.write(move |conn| {
        let owner = approved(conn, 1)?;
        let file = tempfile::NamedTempFile::new().unwrap();
        for n in 1..=count {
            let paper = papers::create(conn, owner, &format!("Работа {n}"), 1)?;
            let mut ids = Vec::new();
            for kind in [DocumentKind::Permit, DocumentKind::Paper] {
                let bytes = format!("%PDF-1.4 {n} {}", kind.code()).into_bytes().repeat(SIZE / 20);
                std::fs::write(file.path(), &bytes).unwrap();
                let sha256 = Sha256::digest(&bytes).into();
                let size = bytes.len() as u64;
                let (mime, file_name) = ("application/pdf", "paper.pdf");
                let new = NewDocument {
                    kind, path: file.path(), sha256: &sha256, size, mime, file_name, uploader: owner,
                };
                ids.push(documents::store(conn, &new, 1)?);
            }
            let sql = "UPDATE submission SET abstract = 'x', section_id = 1 + ?1 % 6, permit_doc = ?2, paper_doc = ?3,
                state = 'submitted' WHERE id = ?1";
            change(conn, sql, (paper, ids[0], ids[1]))?;
            papers::keep_version(conn, paper, owner, &format!("SRI-{n:04}"), 1)?;
        }
        Ok(())
    });
    made.await;
}

pub async fn run(count: i64) -> Vec<Figure> {
    let conference = Conference::new().await;
    fill(&conference, count).await;
    let program = conference.start();
    let client = reqwest::Client::builder().cookie_store(true).no_proxy().build().unwrap();
    let login = client.post(format!("{}/login", program.desk)).header("sec-fetch-site", "same-origin");
    login.form(&[("user", "admin"), ("password", PASSWORD)]).send().await.unwrap();
    let (before, _) = program.memory();
    let begun = Instant::now();
    let asked = client.get(format!("{}/exports/documents.zip", program.desk)).send().await.unwrap();
    assert_eq!(asked.headers()["content-type"], "application/zip");
    let mut body = asked.bytes_stream();
    let (mut read, mut first, mut last) = (0, None, Vec::new());
    while let Some(piece) = body.next().await {
        let piece = piece.unwrap();
        first.get_or_insert_with(|| begun.elapsed().as_secs_f64() * 1e3);
        read += piece.len();
        last = piece.to_vec();
    }
    let seconds = begun.elapsed().as_secs_f64();
    assert!(last.windows(4).any(|four| four == b"PK\x05\x06"), "the archive has its end");
    let (_, peak) = program.memory();
    vec![
        Figure::new("export: bytes of the archive", read as f64 / 1e6, "MB"),
        Figure::new("export: to the first byte", first.unwrap_or(f64::INFINITY), "ms"),
        Figure::new("export: speed", read as f64 / 1e6 / seconds, "MB a second"),
        Figure::new("export: resident memory before", before, "MB"),
        Figure::new("export: most resident memory", peak, "MB").below(100.0),
    ]
}
