//! Checkpoints over REST.

use std::path::Path;
use std::sync::Arc;

use poem::http::Method;
use tgbio_core::store::SqliteStore;
use tgbio_server::Config;
use tgbio_server::auth::Scope;
use tgbio_server::checkpoint::{Checkpoints, read_line};

use super::support::{Api, endpoint, token};

/// The API makes checkpoints of a database in this folder, and sends them to a file there.
pub fn keep_in(api: &mut Api, folder: &Path) -> Arc<SqliteStore> {
    let mut config = Config::default();
    config.database = folder.join("tgbio.db");
    config.checkpoint_file = Some(folder.join("kept.txt"));
    let store = Arc::new(SqliteStore::open(&config.database).unwrap());
    api.app = api.app.clone().with_checkpoints(Checkpoints::new(store.clone(), &config));
    api.endpoint = endpoint(&api.app).into();
    store
}

#[tokio::test]
async fn checkpoints_are_made_by_admins_and_listed_newest_first() {
    let folder = tempfile::tempdir().unwrap();
    let mut api = Api::following().await;
    assert_eq!(api.get("/checkpoints").await.problem(), "unavailable");
    let store = keep_in(&mut api, folder.path());

    let writer = token(&api.app.accounts, Scope::Write).await;
    let refused = api.call(Method::POST, "/api/v1/checkpoints", Some(&writer), None).await;
    assert_eq!(refused.problem(), "forbidden");
    assert!(api.get("/status").await.json()["checkpoint"].is_null());
    for _ in 0..3 {
        assert_eq!(api.post("/checkpoints", "").await.status, 200);
    }
    let first = api.get("/checkpoints?limit=2").await.json();
    let ids = |page: &serde_json::Value| -> Vec<u64> {
        page["items"].as_array().unwrap().iter().map(|item| item["id"].as_u64().unwrap()).collect()
    };
    assert_eq!(ids(&first), [3, 2]);
    let next = format!("/checkpoints?limit=2&cursor={}", first["next_cursor"].as_str().unwrap());
    let second = api.get(&next).await.json();
    assert_eq!((ids(&second), second["next_cursor"].is_null()), (vec![1], true));
    let newest = &first["items"][0];
    assert_eq!(api.get("/status").await.json()["checkpoint"], *newest);
    let line = newest["line"].as_str().unwrap();
    assert_eq!(read_line(line).unwrap().head, store.chain_head().await.unwrap());
    assert!(newest["deliveries"][0]["error"].is_null(), "{newest}");
    let kept = std::fs::read_to_string(folder.path().join("kept.txt")).unwrap();
    assert_eq!(kept.lines().last(), Some(line));
}
