//! A site in place of t.me: as many pages as these tests need.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use super::support::until;

/// What a name gets.
#[derive(Clone)]
pub enum Page {
    /// A card with this bio.
    Bio(String),
    /// A card with this bio and a photo at this address.
    Photo(String, String),
    /// This status with this header.
    Status(u16, String),
    /// Never an answer.
    Silence,
}

#[derive(Default)]
struct Shared {
    pages: Mutex<HashMap<String, Page>>,
    asked: Mutex<Vec<String>>,
}

/// A site on a free port of loopback.
pub struct Upstream {
    shared: Arc<Shared>,
    pub url: String,
}

impl Upstream {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::new(Shared::default());
        let of_thread = shared.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = of_thread.clone();
                // A client that goes away is no failure of the site.
                std::thread::spawn(move || drop(answer(stream, &shared)));
            }
        });
        let site = Self { shared, url };
        site.set("telegram", Page::Bio("News".into()));
        site
    }

    pub fn set(&self, name: &str, page: Page) {
        self.shared.pages.lock().unwrap().insert(name.to_owned(), page);
    }

    pub fn bio(&self, name: &str, bio: &str) {
        self.set(name, Page::Bio(bio.to_owned()));
    }

    pub fn asked(&self, name: &str) -> usize {
        self.shared.asked.lock().unwrap().iter().filter(|asked| *asked == name).count()
    }

    pub fn wait_until_asked(&self, name: &str) {
        until("the site was asked", || self.asked(name) > 0);
    }

    /// Flags of commands that ask this site, quickly.
    pub fn flags(&self) -> Vec<&str> {
        vec!["--scrape-base-url", &self.url, "--scrape-min-delay", "0s"]
    }

    /// Flags of commands that also remember.
    pub fn track_flags(&self) -> Vec<&str> {
        let mut flags = self.flags();
        flags.extend(["--check-interval", "50ms", "--check-interval-max", "50ms"]);
        flags
    }
}

fn answer(mut stream: TcpStream, shared: &Shared) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    loop {
        let mut head = Vec::new();
        let mut line = String::new();
        while reader.read_line(&mut line)? > 0 && line != "\r\n" {
            head.push(std::mem::take(&mut line));
        }
        let Some(first) = head.first() else { return Ok(()) };
        let length = |line: &String| line.to_lowercase().strip_prefix("content-length:")?.trim().parse().ok();
        reader.read_exact(&mut vec![0; head.iter().find_map(length).unwrap_or(0)])?;
        let name = first.split(' ').nth(1).unwrap_or_default().trim_start_matches('/').to_owned();
        let page = shared.pages.lock().unwrap().get(&name.to_lowercase()).cloned();
        shared.asked.lock().unwrap().push(name.clone());
        let (status, header, body) = match page {
            Some(Page::Bio(bio)) => (200, String::new(), card(&name, &bio)),
            Some(Page::Photo(bio, at)) => (200, String::new(), with_photo(&card(&name, &bio), &at)),
            Some(Page::Status(status, header)) => (status, header, String::new()),
            Some(Page::Silence) => loop {
                std::thread::park();
            },
            None => (200, String::new(), shell(&name)),
        };
        write!(
            stream,
            "HTTP/1.1 {status} x\r\nContent-Type: text/html; charset=utf-8\r\n{header}Content-Length: {}\r\n\r\n{body}",
            body.len()
        )?;
    }
}

/// The page of a person.
pub fn card(name: &str, bio: &str) -> String {
    let bio = bio.replace('&', "&amp;").replace('<', "&lt;");
    let attribute = bio.replace('"', "&quot;");
    let shown = bio.replace('\n', "<br/>");
    frame(
        name,
        &format!(
            "<meta property=\"og:title\" content=\"Some One\">\n<meta property=\"og:description\" content=\"{attribute}\">"
        ),
        &format!(
            "<div class=\"tgme_page_title\"><span dir=\"auto\">Some One</span></div>\n\
         <div class=\"tgme_page_extra\">\n  @{name}\n</div>\n\
         <div class=\"tgme_page_description \">{shown}</div>\n\
         <div class=\"tgme_page_action\">\n  <a class=\"tgme_action_button_new shine\" href=\"tg://resolve?domain={name}\">Send Message</a>\n</div>\n\
         <!-- WEBOGRAM_BTN -->\n\
         <div class=\"tgme_page_additional\">\n  If you have <strong>Telegram</strong>, you can contact <br><strong>Some One</strong> right away.\n</div>"
        ),
    )
}

fn with_photo(card: &str, at: &str) -> String {
    let title = "<div class=\"tgme_page_title\">";
    let photo = format!(
        "<div class=\"tgme_page_photo\">\n  <a href=\"tg://resolve\"><img class=\"tgme_page_photo_image\" src=\"{at}\"></a>\n</div>\n"
    );
    card.replace("https://telegram.org/img/t_logo_2x.png", at).replace(title, &(photo + title))
}

/// The page of a name that nobody has.
fn shell(name: &str) -> String {
    frame(
        name,
        &format!(
            "<meta name=\"robots\" content=\"noindex, nofollow\">\n<meta property=\"og:title\" content=\"Telegram: Contact @{name}\">\n<meta property=\"og:description\" content=\"\">"
        ),
        &format!(
            "<div class=\"tgme_page_icon\">\n  <i class=\"tgme_icon_user\"></i>\n</div>\n\
         <div class=\"tgme_page_description\">\n  If you have <strong>Telegram</strong>, you can contact <a class=\"tgme_username_link\" href=\"tg://resolve?domain={name}\">@{name}</a> right away.\n</div>\n\
         <div class=\"tgme_page_action\">\n  <a class=\"tgme_action_button_new\" href=\"tg://resolve?domain={name}\">Send Message</a>\n</div>\n\
         <!-- WEBOGRAM_BTN -->"
        ),
    )
}

fn frame(name: &str, metas: &str, inner: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html>\n<head>\n<meta charset=\"utf-8\">\n<title>Telegram: Contact @{name}</title>\n{metas}\n\
         <meta property=\"og:image\" content=\"https://telegram.org/img/t_logo_2x.png\">\n\
         <meta property=\"og:site_name\" content=\"Telegram\">\n\
         <meta property=\"al:ios:url\" content=\"tg://resolve?domain={name}\">\n</head>\n\
         <body class=\"no_transition\">\n<div class=\"tgme_page_wrap\">\n\
         <a class=\"tgme_head_right_btn\" href=\"//telegram.org/dl?tme=00aa11bb22cc33dd44_123\">Download</a>\n\
         <div class=\"tgme_body_wrap\"><div class=\"tgme_page\">\n{inner}\n</div></div></div>\n\
         <script>var protoUrl = \"tg:\\/\\/resolve\";</script>\n</body>\n</html>\n<!-- page generated in 4.20ms -->\n"
    )
}
