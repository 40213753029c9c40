//! The simulator's own tests, over real HTTP.

mod corpus;
mod faults;
mod load;
mod pages;
mod scripts;
mod wire;

use super::*;
use tokio::net::TcpStream;

/// A client that follows nothing and hides nothing.
fn client() -> reqwest::Client {
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(20))
        .user_agent("simulator-test/1")
        .build()
        .unwrap()
}

async fn get(tme: &Tme, path: &str) -> reqwest::Result<reqwest::Response> {
    client().get(format!("{}{path}", tme.base_url())).send().await
}

async fn page(tme: &Tme, path: &str) -> String {
    get(tme, path).await.unwrap().text().await.unwrap()
}

/// What lies between the first `from` and the next `to` behind it.
fn between<'a>(page: &'a str, from: &str, to: &str) -> Option<&'a str> {
    let start = page.find(from)? + from.len();
    page[start..].find(to).map(|end| &page[start..start + end])
}

fn bio_of(page: &str) -> Option<&str> {
    between(page, "<div class=\"tgme_page_description \">", "</div>")
        .or_else(|| between(page, "<div class=\"tgme_page_description\" dir=\"auto\">", "</div>"))
}

fn extras(page: &str) -> Vec<&str> {
    page.split("<div class=\"tgme_page_extra\">")
        .skip(1)
        .map(|rest| rest.split("</div>").next().unwrap().trim())
        .collect()
}

fn assert_whole(page: &str) {
    assert!(page.starts_with("<!DOCTYPE html>"), "{page}");
    let last = page.trim_end().lines().last().unwrap();
    assert!(last.starts_with("<!-- page generated in ") && last.ends_with("ms -->"), "{last}");
    assert_eq!(page.matches("</html>").count(), 1);
}
