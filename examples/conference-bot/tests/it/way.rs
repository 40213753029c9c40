//! The whole way of a paper.

use conference_bot::demo::desk::{OpenDesk, Organiser};
use conference_bot::demo::stage::Stage;
use conference_bot::demo::story::{self, Cast};
use conference_bot::store::audit;

#[tokio::test(flavor = "multi_thread")]
async fn a_paper_goes_from_registration_to_the_programme() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::start(folder.path(), |_| {}).await;
    let cast = Cast::new(&stage).await;
    let desk = OpenDesk::of(&stage).await;
    let organiser = Organiser::log_in(&desk).await;
    story::whole_way(&stage, &cast, &organiser, &mut |_| {}).await;

    let parts = "SELECT count(*) FROM authorship a JOIN submission s ON s.id = a.submission_id WHERE s.state = 'scheduled'";
    assert_eq!(stage.number(parts).await, 3);
    // The organiser is no reviewer, and was not asked.
    assert_eq!(stage.number("SELECT count(*) FROM review_assignment").await, 1);
    stage.api.wait_for_answers().await;
    assert_eq!(stage.read(audit::broken).await, None);
    assert_eq!(stage.number("SELECT count(*) FROM outbox WHERE state = 'dead'").await, 0);
    for (address, text) in [
        ("anna@example.org", "одобрена"),
        ("anna@example.org", "получена"),
        ("anna@example.org", "принимает приглашение"),
        ("vera@example.org", "приглашает вас"),
        ("boris@example.org", "принята"),
        ("vera@example.org", "поставлена в программу"),
    ] {
        stage.smtp.mail(address, text, 1).await;
    }
    desk.close().await;
    stage.stop().await;
}
