//! What the bot recalls by itself: drafts before the limit, accepted papers, reviews.

use std::sync::Arc;
use std::time::Duration;

use conference_bot::demo::stage::Stage;
use conference_bot::demo::story::{self, ABSTRACT, Cast};
use conference_bot::domain::{DAY, DeadlineKind};
use conference_bot::store::{deadlines, run};
use tgbio_core::{ManualClock, Timestamp};

use crate::people::approved;

const A_DAY: Duration = Duration::from_secs(86_400);
const A_MINUTE: Duration = Duration::from_secs(60);

async fn stage() -> (Stage, Cast, ManualClock, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let clock = ManualClock::new(Timestamp::now());
    let stage = Stage::with(folder.path(), |_| {}, Some(Arc::new(clock.clone())), None).await;
    let cast = Cast::new(&stage).await;
    approved(&stage, &cast).await;
    (stage, cast, clock, folder)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_is_recalled_three_days_and_one_day_before_its_limit() {
    let (stage, cast, clock, _folder) = stage().await;
    let limit = stage.world.now() + 4 * DAY;
    stage.write(move |conn| deadlines::set(conn, DeadlineKind::Submission, None, Some(limit), 0)).await;
    cast.anna.say_and_see("/menu", "Главное меню").await;
    cast.anna.press_and_see("Новая работа", "Название работы").await;
    cast.anna.say_and_see("Свет один", "Аннотация").await;
    cast.anna.say_and_see(ABSTRACT, "Ключевые слова").await;
    cast.anna.press_and_see("Пропустить", "Секция?").await;
    clock.advance(A_DAY + A_MINUTE);
    cast.anna.sees("«Свет один» не отправлена").await;
    clock.advance(A_DAY);
    clock.advance(A_DAY);
    cast.anna.sees("«Свет один» не отправлена").await;
    stage.smtp.mail("anna@example.org", "не отправлена", 2).await;
    let recalled = "SELECT count(*) FROM outbox WHERE dedupe_key LIKE 'tg:draft:%'";
    assert_eq!(stage.number(recalled).await, 2);
    stage.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_accepted_paper_waits_for_its_confirmation_and_is_recalled() {
    let (stage, cast, clock, _folder) = stage().await;
    story::write_paper(&cast.anna, "Свет один").await;
    let now = stage.world.now();
    stage
        .write(move |conn| run(conn, "UPDATE submission SET state = 'accepted', updated_at = ?1", [now]))
        .await;
    clock.advance(3 * A_DAY + A_MINUTE);
    cast.anna.sees("Подтвердите участие с работой «Свет один»").await;
    stage.smtp.mail("anna@example.org", "Подтвердите участие", 1).await;
    stage.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reviewer_is_recalled_before_and_after_the_day() {
    let (stage, cast, clock, _folder) = stage().await;
    story::write_paper(&cast.anna, "Свет один").await;
    story::screen(&cast.maria, "Свет один").await;
    story::ask_reviewers(&cast.oleg, "Свет один").await;
    cast.rita.sees("Просим о рецензии").await;
    clock.advance(11 * A_DAY + A_MINUTE);
    cast.rita.sees("Рецензия на «Свет один» ждёт").await;
    clock.advance(4 * A_DAY);
    cast.rita.sees("Рецензия на «Свет один» ждёт").await;
    let recalled = "SELECT count(*) FROM outbox WHERE dedupe_key LIKE 'tg:review:%'";
    assert_eq!(stage.number(recalled).await, 2);
    stage.stop().await;
}
