//! The kept session: secrets, rights, addresses, one process at a time.

use std::sync::{Arc, mpsc};

use tgbio_core::ProfileFetcher;
use tgbio_core::store::sqlite::db::{Database, Options};
use tgbio_core::store::{SqliteStore, StoreError};
use tgbio_fetch::mtproto::{MtprotoError, MtprotoSession, MtprotoState};
use tgbio_testkit::dc::Profile;

use super::{API_HASH, Home, named};

#[tokio::test]
async fn an_imported_session_is_used_at_its_address() {
    let home = Home::new().await;
    // The data centre tells its clients of addresses of its own.
    let _sibling = home.dc.sibling(4).await;
    home.truth.set(Profile::user("ann_example", "Ann"));
    let fetcher = home.fetcher().await;
    fetcher.fetch(&named("ann_example")).await.unwrap();
    drop(fetcher);
    home.fetcher().await.fetch(&named("ann_example")).await.unwrap();
    let session = MtprotoSession::open(home.store.database()).await.unwrap();
    assert!(session.is_signed_in() && session.account().unwrap().bot);
    let again = session.import_telethon(&home.dc.telethon_session()).await.unwrap_err();
    assert!(matches!(again, MtprotoError::AlreadySignedIn { account: Some(_) }), "{again}");
    let bad = session.import_telethon("1abc").await.unwrap_err();
    assert!(bad.to_string().contains("copy the whole string"), "{bad}");
}

/// Until what is kept of an account is read, nobody asks with it: what he learned would be forgotten.
#[tokio::test(flavor = "multi_thread")]
async fn who_is_fetched_beside_the_first_question_is_remembered() {
    let (home, elsewhere) = (Home::new().await, Home::new().await);
    let names = ["ann_example", "bob_example"];
    for stage in [&home, &elsewhere] {
        for text in names {
            stage.truth.set(Profile::user(text, "Somebody"));
        }
    }
    let (fetcher, other) = (Arc::new(home.fetcher().await), elsewhere.fetcher().await);
    let fetch = |text: &'static str| {
        let fetcher = fetcher.clone();
        tokio::spawn(async move { fetcher.fetch(&named(text)).await.unwrap() })
    };
    let readers = BusyReaders::of(home.store.database()).await;
    let first = fetch("ann_example");
    while fetcher.status().account.is_none() {
        assert!(!first.is_finished(), "{:?}", first.await);
        tokio::task::yield_now().await;
    }
    let second = fetch("bob_example");
    // As long as a fetch takes.
    for text in names {
        other.fetch(&named(text)).await.unwrap();
    }
    drop(readers);
    first.await.unwrap();
    second.await.unwrap();
    for text in names {
        fetcher.fetch(&named(text)).await.unwrap();
    }
    assert_eq!(home.dc.count("contacts.resolveUsername"), 2, "a name is looked up twice");
}

/// Whoever wants to read from the database must wait for these.
struct BusyReaders(Vec<mpsc::Sender<()>>);

impl BusyReaders {
    async fn of(database: &Database) -> Self {
        let (starts, mut started) = tokio::sync::mpsc::unbounded_channel();
        let busy = (0..Options::new(0).readers).map(|_| {
            let ((release, released), starts) = (mpsc::channel::<()>(), starts.clone());
            let database = database.clone();
            tokio::spawn(async move {
                let job = move |_: &_| {
                    starts.send(()).unwrap();
                    Ok::<_, StoreError>(released.recv().is_err())
                };
                database.read(job).await
            });
            release
        });
        let busy = Self(busy.collect());
        for _ in &busy.0 {
            started.recv().await.unwrap();
        }
        busy
    }
}

/// The session's tables come with a trigger, which is the program's own.
#[tokio::test]
async fn a_database_with_a_session_is_verified_backed_up_and_restored() {
    let home = Home::new().await;
    home.truth.set(Profile::user("ann_example", "Ann"));
    home.fetcher().await.fetch(&named("ann_example")).await.unwrap();
    let report = home.store.verify_chain().await.unwrap();
    assert!(report.broken.is_none(), "{:?}", report.broken);
    let (kept, restored) = (home.folder.path().join("kept.db"), home.folder.path().join("restored.db"));
    home.store.backup(&kept).await.unwrap();
    SqliteStore::restore(&kept, &restored).unwrap();
    let again = SqliteStore::open(&restored).unwrap();
    assert!(again.verify_chain().await.unwrap().broken.is_none());
    assert!(MtprotoSession::open(again.database()).await.unwrap().is_signed_in());
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_may_read_the_database() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::new().await;
    for entry in std::fs::read_dir(home.folder.path()).unwrap() {
        let (path, rights) =
            entry.map(|entry| (entry.path(), entry.metadata().unwrap().permissions())).unwrap();
        assert_eq!(rights.mode() & 0o777, 0o600, "{}", path.display());
    }
}

#[tokio::test]
async fn one_process_at_a_time_uses_the_session() {
    let home = Home::new().await;
    let first = home.builder().used_by("serve").open().await.unwrap();
    let second = home.builder().used_by("fetch").open().await.unwrap_err();
    assert!(second.to_string().contains("`serve (process"), "{second}");
    let status = home.builder().status().await.unwrap();
    assert_eq!(status.state, MtprotoState::Ready, "looking is allowed");
    drop(first);
    home.fetcher().await;
}

#[tokio::test]
async fn secrets_are_not_shown_and_can_be_forgotten() {
    let home = Home::new().await;
    let fetcher = home.fetcher().await;
    let shown = format!("{:?} {fetcher:?}", home.builder());
    assert!(!shown.contains(API_HASH), "{shown}");
    let key = home.dc.key();
    let bytes = |of: &[u8]| format!("{of:?}").trim_matches(['[', ']']).to_owned();
    assert!(!shown.contains(&bytes(&key[..16])), "{shown}");
    drop(fetcher);
    let holds_key = || {
        std::fs::read_dir(home.folder.path()).unwrap().any(|entry| {
            let file = std::fs::read(entry.unwrap().path()).unwrap();
            file.windows(32).any(|window| window == &key[64..96])
        })
    };
    assert!(holds_key());
    let session = MtprotoSession::open(home.store.database()).await.unwrap();
    session.forget().await.unwrap();
    assert!(!session.is_signed_in());
    assert!(!holds_key(), "the key is gone from the file and its log");
}
