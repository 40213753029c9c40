//! Invited @names, resolved by Telegram's own protocol: the participants' bot is signed in at a data centre on loopback.

use std::sync::Arc;
use std::time::Duration;

use conference_bot::config::Config;
use conference_bot::demo::stage::{MAIN, Stage};
use conference_bot::demo::story::{self, Cast};
use tgbio_core::{ManualClock, Timestamp};
use tgbio_testkit::botapi::Person;
use tgbio_testkit::dc::{Account, AccountId, Dc, Options, Profile, Refusal, Times, Truth};

use crate::people::approved;
use crate::process::Process;

const API_ID: i32 = 4_242;
const API_HASH: &str = "an api hash";
/// A pending invitation is looked at again.
const A_LOOK_LATER: Duration = Duration::from_secs(7 * 3600);
/// Details are asked for once a second.
const BETWEEN_LOOKS: Duration = Duration::from_secs(2);
/// The account that Boris has in the story.
const BORIS: i64 = 12;

/// What the bot knows of the invitations: name, account, and why one is suspended.
type Known = (String, Option<i64>, Option<String>);

/// A conference whose bot is to sign in, and what is true in Telegram.
struct Home {
    truth: Truth,
    dc: Dc,
    clock: ManualClock,
    stage: Stage,
    cast: Cast,
    _folder: tempfile::TempDir,
}

async fn telegram(account: Account) -> (Truth, Dc) {
    let truth = Truth::new();
    truth.set(Profile::channel("telegram", "Telegram News", 10));
    truth.set(Profile::channel("some_channel", "News", 10));
    truth.set(Profile::user("boris_ivanov", "Boris").id(BORIS));
    let options = Options::default().account(account.signed_out()).api(API_ID, API_HASH);
    let dc = Dc::start(&truth, options).await;
    (truth, dc)
}

fn signs_in_at(dc: &Dc, config: &mut Config) {
    config.api_id = Some(API_ID);
    config.api_hash = Some(API_HASH.to_owned().into());
    config.api_dc = Some(dc.setting().parse().unwrap());
}

impl Home {
    async fn new() -> Self {
        Self::with(Account::bot(MAIN)).await
    }

    async fn with(account: Account) -> Self {
        let (truth, dc) = telegram(account).await;
        let clock = ManualClock::new(Timestamp::now());
        dc.measure_waits_by(Arc::new(clock.clone()));
        let folder = tempfile::tempdir().unwrap();
        let tweak = |config: &mut Config| signs_in_at(&dc, config);
        let stage = Stage::with(folder.path(), tweak, Some(Arc::new(clock.clone())), None).await;
        let cast = Cast::new(&stage).await;
        approved(&stage, &cast).await;
        story::write_paper(&cast.anna, "Работа о свете").await;
        cast.anna.press_and_see("Соавтор", "Кого пригласить").await;
        Self { truth, dc, clock, stage, cast, _folder: folder }
    }

    fn anna(&self) -> &Person {
        &self.cast.anna
    }

    async fn known(&self) -> Vec<Known> {
        let sql = "SELECT target, target_tg_id, suspended FROM invitation ORDER BY id";
        let rows = |conn: &rusqlite::Connection| {
            let mut found = conn.prepare(sql)?;
            let rows = found.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
            Ok(rows.collect::<Result<Vec<Known>, _>>()?)
        };
        self.stage.read(rows).await
    }

    /// Waits until the invitations are known so.
    async fn comes_to_know(&self, wanted: Known) {
        let waiting = async {
            while self.known().await != [wanted.clone()] {
                tokio::task::yield_now().await;
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(30), waiting).await;
        assert!(waited.is_ok(), "{:?} instead of {wanted:?}", self.known().await);
    }

    /// Whatever the test was about, no method was called before its time.
    async fn stop(self) {
        self.stage.stop().await;
        assert_eq!(self.dc.early_calls(), 0);
    }
}

fn known(name: &str, id: Option<i64>, suspended: Option<&str>) -> Known {
    (name.to_owned(), id, suspended.map(str::to_owned))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invited_name_is_resolved_to_its_account() {
    let home = Home::new().await;
    assert!(home.dc.logged_in(AccountId::FIRST));
    home.anna().say_and_see("@no_such_name", "в Telegram нет").await;
    home.clock.advance(BETWEEN_LOOKS);
    home.anna().say_and_see("@some_channel", "а не человек").await;
    assert_eq!(home.known().await, []);
    // Boris has never written under this name: only the protocol tells that it is his.
    home.anna().say_and_see("@Boris_Ivanov", "Приглашение отправлено").await;
    home.cast.boris.sees("приглашает вас").await;
    assert_eq!(home.known().await, [known("boris_ivanov", Some(BORIS), None)]);
    home.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_wait_loses_no_invitation() {
    let home = Home::new().await;
    home.dc.fault("contacts.resolveUsername", Refusal::flood_wait(600), Times::Once);
    let stranger = home.truth.set(Profile::user("some_stranger", "Stranger"));
    home.anna().say_and_see("@some_stranger", "Перешлите эту ссылку").await;
    assert_eq!(home.known().await, [known("some_stranger", None, None)]);
    assert_eq!(home.dc.count("contacts.resolveUsername"), 1);
    home.clock.advance(A_LOOK_LATER);
    home.comes_to_know(known("some_stranger", Some(stranger), None)).await;
    home.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renamed_account_is_followed_where_it_never_wrote() {
    let home = Home::new().await;
    let stranger = home.truth.set(Profile::user("some_stranger", "Stranger"));
    home.anna().say_and_see("@some_stranger", "Перешлите эту ссылку").await;
    assert_eq!(home.known().await, [known("some_stranger", Some(stranger), None)]);
    home.truth.rename(stranger, "the_stranger");
    home.truth.set(Profile::user("some_stranger", "Eve"));
    home.clock.advance(A_LOOK_LATER);
    home.anna().sees("теперь @the_stranger").await;
    assert_eq!(home.known().await, [known("the_stranger", Some(stranger), None)]);
    home.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_changed_hands_before_it_was_resolved_suspends() {
    let home = Home::new().await;
    // Boris wrote under a name that he had when the protocol could not be asked.
    home.dc.fault("contacts.resolveUsername", Refusal::flood_wait(600), Times::Once);
    home.cast.boris.rename(Some("boris_the_great"));
    home.cast.boris.say_and_see("/menu", "Главное меню").await;
    home.anna().say_and_see("@boris_the_great", "Приглашение отправлено").await;
    assert_eq!(home.known().await, [known("boris_the_great", Some(BORIS), None)]);
    home.truth.set(Profile::user("boris_the_great", "Eve"));
    home.clock.advance(A_LOOK_LATER);
    home.anna().sees("приостановлено").await;
    assert_eq!(home.known().await, [known("boris_the_great", Some(BORIS), Some("handed_over"))]);
    home.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_cannot_sign_in_invites_all_the_same() {
    let home = Home::with(Account::bot("1:another")).await;
    assert!(!home.dc.logged_in(AccountId::FIRST));
    home.anna().say_and_see("@some_channel", "Перешлите эту ссылку").await;
    assert_eq!(home.known().await, [known("some_channel", None, None)]);
    home.stop().await;
}

/// By configuration alone: the program signs its bot in, once, and looks at names from then on.
#[tokio::test(flavor = "multi_thread")]
async fn the_program_signs_its_bot_in_and_stays_signed_in() {
    let (_truth, dc) = telegram(Account::bot(MAIN)).await;
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("c.db");
    let mut stage = Stage::start(folder.path(), |config| config.database = database).await;
    let cast = Cast::new(&stage).await;
    approved(&stage, &cast).await;
    story::write_paper(&cast.anna, "Работа о свете").await;
    stage.halt().await;
    let settings = [
        ("CONFERENCE_API_ID", API_ID.to_string()),
        ("CONFERENCE_API_HASH", API_HASH.to_owned()),
        ("CONFERENCE_API_DC", dc.setting()),
    ];
    let first = Process::with(folder.path(), &stage.api, &stage.smtp, &settings);
    assert!(dc.logged_in(AccountId::FIRST));
    cast.anna.press_and_see("Соавтор", "Кого пригласить").await;
    cast.anna.say_and_see("@no_such_name", "в Telegram нет").await;
    drop(first);
    let _second = Process::with(folder.path(), &stage.api, &stage.smtp, &settings);
    cast.anna.say_and_see("@Boris_Ivanov", "Приглашение отправлено").await;
    cast.boris.sees("приглашает вас").await;
    let bound = "SELECT target_tg_id FROM invitation WHERE target = 'boris_ivanov'";
    assert_eq!(stage.number(bound).await, BORIS);
    assert_eq!(dc.count("auth.importBotAuthorization"), 1, "the session is kept");
    stage.stop().await;
}
