//! Every fault, as a client sees it.

use super::*;
use std::error::Error as _;

async fn with_ann() -> Tme {
    let tme = Tme::start().await;
    tme.set(
        Card::user("ann_example", "Ann Example").bio("A bio that is long enough to be cut.").photo(photo(1)),
    );
    tme
}

/// What a client gets: the status and the body, or the error of either.
async fn outcome(tme: &Tme, fault: Fault) -> reqwest::Result<(u16, Vec<u8>)> {
    tme.fault("ann_example", fault, Times::Once);
    let answer = get(tme, "/ann_example").await?;
    Ok((answer.status().as_u16(), answer.bytes().await?.to_vec()))
}

async fn text(tme: &Tme, fault: Fault) -> String {
    String::from_utf8_lossy(&outcome(tme, fault).await.unwrap().1).into_owned()
}

#[tokio::test]
async fn refusals() {
    let tme = with_ann().await;
    for (retry_after, expected) in [(RetryAfter::Seconds(17), Some("17")), (RetryAfter::Missing, None)] {
        tme.fault(On::Everyone, Fault::TooManyRequests(retry_after), Times::Once);
        let answer = get(&tme, "/ann_example").await.unwrap();
        assert_eq!(answer.status(), 429);
        assert_eq!(answer.headers().get("retry-after").map(|value| value.to_str().unwrap()), expected);
    }
    tme.fault("ann_example", Fault::TooManyRequests(RetryAfter::DateIn(60)), Times::Once);
    let date = get(&tme, "/ann_example").await.unwrap().headers()["retry-after"].to_str().unwrap().to_owned();
    assert!(date.ends_with(" GMT"), "{date}");
    assert_eq!(outcome(&tme, Fault::Status(503)).await.unwrap().0, 503);
    assert_eq!(outcome(&tme, Fault::EmptyOk).await.unwrap(), (200, vec![]));
    let (status, challenge) = outcome(&tme, Fault::ChallengePage(403)).await.unwrap();
    assert!(status == 403 && String::from_utf8(challenge).unwrap().contains("Just a moment..."));
    assert!(!text(&tme, Fault::ProviderBlockPage).await.contains("tgme_"));
    assert_whole(&page(&tme, "/ann_example").await);
}

#[tokio::test]
async fn wrong_pages() {
    let tme = with_ann().await;
    tme.set(Card::user("bob_example", "Bob"));
    let shell = text(&tme, Fault::NotFoundShell).await;
    assert!(shell.contains("tgme_username_link") && !shell.contains("tgme_page_title"));
    assert!(text(&tme, Fault::OtherProfile("bob_example".into())).await.contains("domain=bob_example"));
    let renamed = text(&tme, Fault::renamed_class("tgme_page_description", "tgme_card_text")).await;
    assert!(renamed.contains("class=\"tgme_card_text \"") && !renamed.contains("tgme_page_description"));
    assert!(renamed.contains("A bio that is long enough"));
    tme.fault("ann_example", Fault::RedirectTo("https://example.org/x".into()), Times::Once);
    let answer = get(&tme, "/ann_example").await.unwrap();
    assert_eq!(
        (answer.status().as_u16(), answer.headers()["location"].to_str().unwrap()),
        (302, "https://example.org/x")
    );
}

#[tokio::test]
async fn cut_and_broken_bodies() {
    let tme = with_ann().await;
    let before_bio = text(&tme, Fault::CutHtml(Cut::BeforeBio)).await;
    assert!(before_bio.contains("tgme_page_title") && !before_bio.contains("tgme_page_description"));
    assert!(text(&tme, Fault::CutHtml(Cut::InBio)).await.ends_with("A bio that is long"));
    let before_end = text(&tme, Fault::CutHtml(Cut::BeforeEnd)).await;
    assert!(before_end.contains("tgme_page_action") && !before_end.contains("</html>"));
    for cut in [Cut::Half, Cut::BeforeBio, Cut::InBio, Cut::BeforeEnd] {
        assert!(outcome(&tme, Fault::CutBody(cut)).await.is_err());
    }
    assert!(String::from_utf8(outcome(&tme, Fault::BadUtf8).await.unwrap().1).is_err());
    assert!(outcome(&tme, Fault::Utf16).await.unwrap().1.starts_with(&[0xff, 0xfe, b'<', 0]));
}

#[tokio::test]
async fn broken_connections() {
    let tme = with_ann().await;
    let reset = outcome(&tme, Fault::Reset).await.unwrap_err();
    assert!(format!("{:?}", reset.source()).contains("ConnectionReset"), "{reset:?}");
    for fault in [Fault::CloseBeforeAnswer, Fault::ResetInBody, Fault::GarbageAnswer] {
        assert!(outcome(&tme, fault.clone()).await.is_err(), "{fault:?}");
    }
    tme.fault("ann_example", Fault::NeverAnswer, Times::Once);
    let silent =
        client().get(format!("{}/ann_example", tme.base_url())).timeout(Duration::from_millis(100)).send();
    assert!(silent.await.unwrap_err().is_timeout());
}

#[tokio::test]
async fn huge_bodies() {
    let tme = with_ann().await;
    for announced in [true, false] {
        let (status, body) = outcome(&tme, Fault::HugeBody { bytes: 50_000_000, announced }).await.unwrap();
        assert_eq!((status, body.len()), (200, 50_000_000));
        assert!(body.starts_with(b"<!DOCTYPE html>") && !body.ends_with(b"</html>"));
    }
    let unpacked = outcome(&tme, Fault::GzipBomb { bytes: 5_000_000 }).await.unwrap().1;
    assert!((4_999_000..=5_000_000).contains(&unpacked.len()), "{}", unpacked.len());
}

#[tokio::test]
async fn slow_answers_are_right_in_the_end() {
    let tme = with_ann().await;
    let tick = Duration::from_millis(1);
    let slow = [Fault::SlowDrip { bytes: 1_000, every: tick }, Fault::Delay(tick)];
    for fault in slow {
        assert_whole(&text(&tme, fault).await);
    }
}

#[tokio::test]
async fn held_answers_wait_for_their_release() {
    let tme = with_ann().await;
    let id = tme.fault("ann_example", Fault::Hold, Times::Once);
    let asking = tokio::spawn({
        let asked = client().get(format!("{}/ann_example", tme.base_url()));
        async move { asked.send().await.unwrap().text().await.unwrap() }
    });
    tme.wait_for(|log| log.count("ann_example") == 1).await;
    assert_eq!(tme.load().requests, 1);
    assert_whole(&page(&tme, "/ann_example").await);
    assert!(!asking.is_finished());
    tme.release(id);
    assert_whole(&asking.await.unwrap());
}

#[tokio::test]
async fn orders_end_as_told_and_names_go_first() {
    let tme = with_ann().await;
    tme.set(Card::user("bob_example", "Bob"));
    tme.fault(On::Everyone, Fault::Status(502), Times::UntilReleased);
    tme.fault("@ANN_example", Fault::Status(500), Times::Count(2));
    let mut statuses = vec![];
    for path in ["/ann_example", "/ann_example", "/ann_example", "/bob_example"] {
        statuses.push(get(&tme, path).await.unwrap().status().as_u16());
    }
    assert_eq!(statuses, [500, 500, 502, 502]);
    assert_eq!(tme.requests()[2].fault, Some(Fault::Status(502)));
    assert_eq!(get(&tme, "/i/userpic/320/ann_example.jpg").await.unwrap().status(), 200);
    tme.clear_faults();
    assert_eq!(get(&tme, "/bob_example").await.unwrap().status(), 200);
}

#[tokio::test]
async fn photos_go_wrong_too() {
    let tme = with_ann().await;
    let path = "/i/userpic/320/ann_example.jpg";
    tme.fault(On::Photos, Fault::Status(404), Times::Once);
    tme.fault(On::Photos, Fault::NotAnImage, Times::Once);
    tme.fault(On::Photos, Fault::Reset, Times::Once);
    assert_eq!(get(&tme, path).await.unwrap().status(), 404);
    assert_eq!(page(&tme, path).await, "this is no image\n");
    assert!(get(&tme, path).await.is_err());
    assert_whole(&page(&tme, "/ann_example").await);
}

#[tokio::test]
async fn a_budget_throttles_the_whole_host() {
    let tme = with_ann().await;
    tme.set_budget(2, Duration::from_secs(600), Fault::NotFoundShell);
    for seen in [true, true, false, false] {
        assert_eq!(page(&tme, "/ann_example").await.contains("tgme_page_title"), seen);
    }
}
