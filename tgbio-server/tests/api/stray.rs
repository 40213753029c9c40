//! `/stray-pages`: what could not be judged.

use insta::assert_snapshot;
use tgbio_core::store::StrayPage;
use tgbio_core::{Clock, Evidence};

use super::support::{Api, name};

#[tokio::test]
async fn a_page_that_was_not_judged_is_listed_and_given_out_as_it_came() {
    let api = Api::following().await;
    let id = api.app.store().profile(&name("someone").into()).await.unwrap().unwrap().id;
    let page = |text: &'static str| Evidence::new("https://t.me/someone", 200, "text/html", text.into());
    for (reason, text) in [("layout", "<b>new</b>"), ("drift", "<b>less</b>")] {
        let page = StrayPage::new(id, api.clock.now(), "scrape", reason, page(text));
        api.app.store().keep_stray(&page).await.unwrap();
    }
    let list = api.get("/stray-pages").await;
    let shown = String::from_utf8(list.body.clone()).unwrap().replace(&id.to_string(), "ID");
    assert_snapshot!("stray_pages", shown);
    let hash = list.json()["items"][1]["sha256"].as_str().unwrap().to_owned();
    let raw = api.get(&format!("/stray-pages/{hash}")).await;
    assert_eq!((raw.status, &*raw.body), (200, &b"<b>new</b>"[..]));
    assert_eq!(raw.header("content-security-policy"), Some("default-src 'none'; sandbox"));
    assert!(raw.header("content-disposition").unwrap().starts_with("attachment"));
    let unknown = "0".repeat(64);
    assert_eq!(api.get(&format!("/stray-pages/{unknown}")).await.problem(), "not_found");
    assert_eq!(api.get("/stray-pages/short").await.status, 400);
}
