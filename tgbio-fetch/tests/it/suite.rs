//! The scraper passes the fetchers' suite.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use tgbio_core::testing::{FetcherWorld, Truth, fetcher_suite};
use tgbio_core::{ProfileFetcher, ProfileKind, Username};
use tgbio_fetch::ScrapeFetcher;

use crate::server::{Reply, Server};

#[derive(Default)]
struct Site {
    truths: HashMap<Username, Truth>,
    broken: bool,
}

struct World {
    site: Arc<Mutex<Site>>,
    fetcher: Arc<ScrapeFetcher>,
}

impl World {
    async fn new() -> Self {
        let site: Arc<Mutex<Site>> = Arc::default();
        let shown = site.clone();
        let server =
            Server::start(move |request| shown.lock().unwrap().serve(&request.path, &request.head)).await;
        let builder = ScrapeFetcher::builder()
            .base_url(server.url())
            .photo_hosts(format!("127.0.0.1:{}", server.port).parse().unwrap());
        Self { site, fetcher: Arc::new(builder.build().unwrap()) }
    }
}

#[async_trait]
impl FetcherWorld for World {
    fn fetcher(&self) -> Arc<dyn ProfileFetcher> {
        self.fetcher.clone()
    }

    async fn show(&self, truth: &Truth) {
        self.site.lock().unwrap().truths.insert(truth.username.clone(), truth.clone());
    }

    async fn hide(&self, username: &Username) {
        self.site.lock().unwrap().truths.remove(username);
    }

    async fn break_source(&self, broken: bool) {
        self.site.lock().unwrap().broken = broken;
    }
}

impl Site {
    fn serve(&self, path: &str, head: &str) -> Reply {
        if self.broken {
            return Reply::Reset;
        }
        let photo = path.strip_prefix("/photo/");
        let name = photo.or(path.strip_prefix('/')).unwrap_or_default();
        let truth = Username::parse(name).ok().and_then(|name| self.truths.get(&name));
        match (truth, photo) {
            (Some(truth), Some(_)) => Reply::page(truth.photo.clone().unwrap_or_default()),
            (Some(truth), None) => Reply::page(card(truth, &host(head))),
            (None, _) => {
                let missing = include_str!("../fixtures/missing.html");
                Reply::page(missing.replace("fix_none", name))
            }
        }
    }
}

fn host(head: &str) -> String {
    let line =
        head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("host: ").map(str::to_owned));
    line.unwrap_or_default()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('!', "&#33;")
}

fn card(truth: &Truth, host: &str) -> String {
    let name = truth.username.as_str();
    let bio = truth.bio.as_deref().map(escape).unwrap_or_default();
    let head_bio = if bio.is_empty() { format!("You can contact @{name} right away.") } else { bio.clone() };
    let photo = truth.photo.as_ref().map(|_| format!("http://{host}/photo/{name}"));
    let image = photo.clone().unwrap_or("https://telegram.org/img/t_logo_2x.png".into());
    let (extra, button) = match truth.kind {
        ProfileKind::Bot => {
            (format!("@{name}</div><div class=\"tgme_page_extra\">12 monthly users"), "Start Bot")
        }
        ProfileKind::Channel => ("1 234 subscribers".into(), "View in Telegram"),
        ProfileKind::Group => ("7 members, 2 online".into(), "View in Telegram"),
        _ => (format!("\n  @{name}\n"), "Send Message"),
    };
    let photo =
        photo.map(|url| format!("<img class=\"tgme_page_photo_image\" src=\"{url}\">")).unwrap_or_default();
    let badge = if truth.verified { "<i class=\"verified-icon\"> ✔</i>" } else { "" };
    let description = truth.bio.as_ref().map(|_| bio.replace('\n', "<br/>"));
    let description = description.map(|bio| format!("<div class=\"tgme_page_description \">{bio}</div>"));
    format!(
        "<!DOCTYPE html>\n<html><head><title>Telegram: Contact @{name}</title>\
         <meta property=\"og:image\" content=\"{image}\"><meta property=\"og:description\" content=\"{head_bio}\">\
         <meta property=\"al:ios:url\" content=\"tg://resolve?domain={name}\"></head><body>\
         <div class=\"tgme_page_wrap\"><div class=\"tgme_page\">{photo}<div class=\"tgme_page_title\">\
         <span dir=\"auto\">{}</span>{badge}</div><div class=\"tgme_page_extra\">{extra}</div>{}\
         <a class=\"tgme_action_button_new\" href=\"tg://resolve?domain={name}\">{button}</a>\
         </div></div></body></html>\n<!-- page generated in 1.5ms -->\n",
        escape(&truth.display_name),
        description.unwrap_or_default()
    )
}

#[tokio::test]
async fn the_scraper_passes_the_suite() {
    fetcher_suite(&World::new().await).await;
}
