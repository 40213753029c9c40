//! The pages in a real Chromium. Skips with a line that says so where `WEBDRIVER` names no driver.

use std::time::Duration;

use serde_json::Value;
use tgbio_testkit::ADMIN_PASSWORD;
use tgbio_testkit::tme::{Card, Fault, Times, photo};
use thirtyfour::prelude::*;

use crate::faults::{Stage, stage};

/// Markup, quotes, direction controls, emoji, a run without spaces.
const HOSTILE: &str = "</p><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\"> \"'`&amp; {{7*7}} \u{202e}desrever\u{202c} 👩‍👩‍👧‍👦 \u{0}";

/// The button that only somebody sees who is logged in.
const LOG_OUT: &str = "form[action='/logout'] button";

struct Browser {
    driver: WebDriver,
    stage: Stage,
    axe: Option<String>,
}

/// Pages of an admin who follows one profile.
const PAGES: [&str; 9] = [
    "/",
    "/status",
    "/tokens",
    "/account",
    "/audit",
    "/profiles/some_one/coverage",
    "/profiles/some_one/coverage?from=soon",
    "/profiles/some_one/edit",
    "/profiles/some_one/erase",
];

/// The narrowest screen that the pages are made for.
const NARROWEST: u32 = 320;

const WIDER: &str = "return document.documentElement.scrollWidth > document.documentElement.clientWidth";

/// A browser on a fresh server, or `None` where there is no driver.
async fn browser(arguments: &[&str]) -> Option<Browser> {
    start(arguments, None).await
}

/// The same with a screen as wide as no window can be made.
async fn phone() -> Option<Browser> {
    let metrics = serde_json::json!({"width": NARROWEST, "height": 700, "pixelRatio": 1.0, "mobile": false});
    start(&[], Some(serde_json::json!({"deviceMetrics": metrics}))).await
}

async fn start(arguments: &[&str], emulated: Option<Value>) -> Option<Browser> {
    let Ok(driver) = std::env::var("WEBDRIVER") else {
        println!("skipped: WEBDRIVER names no driver, so there is no browser to test with");
        return None;
    };
    let profile = tempfile::tempdir().unwrap().keep();
    let mut capabilities = DesiredCapabilities::chrome();
    let always = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"];
    let quiet = [
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-dev-shm-usage",
    ];
    let data = format!("--user-data-dir={}", profile.display());
    for argument in always.iter().chain(&quiet).chain(arguments).chain([&data.as_str()]) {
        capabilities.add_arg(argument).unwrap();
    }
    if let Some(emulated) = emulated {
        capabilities.add_experimental_option("mobileEmulation", emulated).unwrap();
    }
    let driver = WebDriver::new(&driver, capabilities).await.unwrap();
    let axe = std::env::var_os("TGBIO_AXE").map(|file| std::fs::read_to_string(file).unwrap());
    Some(Browser { driver, stage: stage().await, axe })
}

impl Browser {
    async fn open(&self, path: &str) {
        self.driver.goto(format!("{}{path}", self.stage.server.address())).await.unwrap();
    }

    async fn element(&self, css: &str) -> WebElement {
        let found = self.driver.query(By::Css(css)).first().await;
        match found {
            Ok(element) => element,
            Err(error) => panic!("{css}: {error}\n{}", self.text().await),
        }
    }

    async fn text(&self) -> String {
        match self.driver.find(By::Tag("body")).await {
            Ok(body) => body.text().await.unwrap_or_default(),
            Err(error) => error.to_string(),
        }
    }

    async fn click(&self, css: &str) {
        self.element(css).await.click().await.unwrap();
    }

    async fn write(&self, css: &str, text: &str) {
        self.element(css).await.send_keys(text).await.unwrap();
    }

    async fn script(&self, script: &str) -> Value {
        self.driver.execute(script, Vec::new()).await.unwrap().json().clone()
    }

    /// Reloads a path until the page shows a text.
    async fn wait_for_text(&self, path: &str, text: &str) {
        let mut looks = tokio::time::interval(Duration::from_millis(100));
        let waiting = async {
            loop {
                looks.tick().await;
                self.open(path).await;
                if self.text().await.contains(text) {
                    return;
                }
            }
        };
        if tokio::time::timeout(Duration::from_secs(60), waiting).await.is_err() {
            panic!("{path} never showed {text:?}: {}", self.text().await);
        }
    }

    /// Logs in, and waits until the page shows what comes of it.
    async fn log_in(&self, password: &str, shows: &str) {
        self.open("/login").await;
        self.write("#user", "admin").await;
        self.write("#password", password).await;
        self.click("main form button").await;
        self.element(shows).await;
    }

    /// Nothing was loaded from elsewhere, no script of a stranger ran, and axe finds nothing.
    async fn check_page(&self, what: &str) {
        let origin = self.stage.server.address();
        let loaded =
            self.script("return performance.getEntriesByType('resource').map(entry => entry.name)").await;
        for address in loaded.as_array().unwrap() {
            assert!(address.as_str().unwrap().starts_with(origin), "{what} loads {address}");
        }
        assert_ne!(self.driver.title().await.unwrap(), "owned", "{what} ran a stranger's script");
        let Some(axe) = &self.axe else { return };
        self.script(axe).await;
        let run = "const done = arguments[arguments.length - 1];
            axe.run(document, {resultTypes: ['violations']}).then(r => done(r.violations.map(v =>
              v.id + ': ' + v.nodes.map(n => n.target + ' ' + n.failureSummary).join('; '))))";
        let violations = self.driver.execute_async(run, Vec::new()).await.unwrap().json().clone();
        assert_eq!(violations, serde_json::json!([]), "{what}");
    }

    async fn end(self) {
        self.driver.quit().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_follows_a_profile_from_the_first_look_to_the_last() {
    let Some(browser) = browser(&["--window-size=1200,900"]).await else { return };
    let tme = &browser.stage.tme;
    tme.set(Card::user("Some_One", "Some One").bio("I like red cars"));

    browser.open("/").await;
    assert!(browser.driver.current_url().await.unwrap().path().starts_with("/login"), "private by default");
    browser.check_page("log-in").await;
    browser.log_in("wrong password", "[role=alert]").await;
    browser.log_in(ADMIN_PASSWORD, LOG_OUT).await;

    browser.open("/add").await;
    browser.check_page("add").await;
    browser.write("#names", "https://t.me/some_one, @nobody_there").await;
    browser.click("main form button").await;
    browser.element("a[href='/profiles/Some_One'], a[href='/profiles/some_one']").await;
    browser.check_page("what was added").await;

    tme.update("some_one", |card| card.bio = Some("I like blue cars".into()));
    browser.wait_for_text("/profiles/some_one", "blue").await;
    assert_eq!(browser.element("del").await.text().await.unwrap(), "red");
    assert_eq!(browser.element("ins").await.text().await.unwrap(), "blue");
    browser.check_page("history").await;
    let past = "document.querySelector('time[data-due]').dateTime = '2020-01-01T00:00:00Z';
        dispatchEvent(new Event('pageshow'));
        return document.querySelector('time[data-due]').textContent";
    assert_eq!(browser.script(past).await, "due now");

    let client = &browser.stage.client;
    client
        .call(reqwest::Method::PATCH, "/profiles/some_one", Some(serde_json::json!({"monitored": false})))
        .await;
    browser.open("/profiles/some_one").await;
    browser.click("a[href$='/revisions/2/remove']").await;
    browser.check_page("remove").await;
    browser.click("main form button").await;
    browser.wait_for_text("/profiles/some_one", "red").await;
    assert_eq!(client.revisions("some_one").await.len(), 1);

    for page in PAGES {
        browser.open(page).await;
        browser.element("main h1").await;
        browser.check_page(page).await;
    }
    browser.open("/").await;
    browser.click(LOG_OUT).await;
    browser.element("a[href^='/login'], #password").await;
    browser.driver.back().await.unwrap();
    browser.element("#password").await;
    assert!(!browser.text().await.contains("Some One"), "going back shows what only an admin sees");
    browser.open("/").await;
    assert!(browser.driver.current_url().await.unwrap().path().starts_with("/login"));
    browser.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hostile_bio_is_text_everywhere() {
    let Some(browser) = browser(&["--window-size=390,844", "--blink-settings=preferredColorScheme=0"]).await
    else {
        return;
    };
    let bio = format!("{}{}", HOSTILE.trim_end_matches('\u{0}'), "W".repeat(3_000));
    browser.stage.tme.set(Card::channel("hostile_1", "<b>N</b>\"'", 7).bio(bio.as_str()));
    browser.log_in(ADMIN_PASSWORD, LOG_OUT).await;
    browser.stage.client.follow("hostile_1").await;
    browser.stage.tme.update("hostile_1", |card| card.bio = Some(format!("new {bio}").into()));
    browser.wait_for_text("/profiles/hostile_1", "new </p>").await;
    let odd = "/profiles/hostile_1/coverage?from=%3Cscript%3E&until=%22%3E";
    for page in
        ["/profiles/hostile_1", "/profiles/hostile_1/coverage", odd, "/", "/status", "/?q=%3Cscript%3E"]
    {
        browser.open(page).await;
        browser.check_page(page).await;
        assert_eq!(
            browser.script("return document.querySelectorAll('main script, main img[onerror]').length").await,
            0
        );
        assert_eq!(browser.script(WIDER).await, false, "{page} is wider than a phone");
    }
    browser.open("/profiles/hostile_1").await;
    let text = browser.text().await;
    assert!(text.contains("<script>document.title='owned'</script>"), "{text}");
    browser.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_scrolls_sideways_on_the_narrowest_phone() {
    let Some(browser) = phone().await else { return };
    let tme = &browser.stage.tme;
    tme.set(Card::user("some_one", "Some One").bio("I like red cars").photo(photo(2)));
    browser.log_in(ADMIN_PASSWORD, LOG_OUT).await;
    browser.stage.client.follow("some_one").await;
    tme.update("some_one", |card| card.bio = Some("I like blue cars".into()));
    browser.wait_for_text("/profiles/some_one", "blue").await;
    // One with every badge that a list can show.
    tme.set(Card::user("three_badges", "Three Badges"));
    browser.stage.client.follow("three_badges").await;
    tme.fault("three_badges", Fault::Status(503), Times::UntilReleased);
    browser.wait_for_text("/", "checks fail").await;
    let paused = Some(serde_json::json!({"monitored": false}));
    browser.stage.client.call(reqwest::Method::PATCH, "/profiles/three_badges", paused).await;
    browser.wait_for_text("/", "paused").await;
    assert_eq!(browser.script("return innerWidth").await, NARROWEST);
    for language in ["en", "ru"] {
        browser.open(&format!("/lang/{language}?next=/")).await;
        let more = ["/add", "/nowhere", "/profiles/some_one", "/profiles/some_one/revisions/1/remove"];
        for page in PAGES.iter().chain(&more) {
            browser.open(page).await;
            browser.element("main h1").await;
            browser.script("document.querySelectorAll('details').forEach(all => { all.open = true })").await;
            assert_eq!(browser.script(WIDER).await, false, "{page} in {language}");
        }
    }
    browser.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn swagger_ui_works_without_internet() {
    let Some(browser) = browser(&["--window-size=1200,900"]).await else { return };
    browser.open("/docs").await;
    browser.element(".opblock-summary").await;
    let origin = browser.stage.server.address();
    let loaded =
        browser.script("return performance.getEntriesByType('resource').map(entry => entry.name)").await;
    for address in loaded.as_array().unwrap() {
        let address = address.as_str().unwrap();
        assert!(address.starts_with(origin) || address.starts_with("data:"), "/docs loads {address}");
    }
    // An answer that is a picture is shown as one.
    let picture = "const done = arguments[arguments.length - 1], image = new Image();
        image.onload = () => done('shown');
        image.onerror = () => done('refused');
        fetch('/assets/icon.svg').then(r => r.blob()).then(b => { image.src = URL.createObjectURL(b) })";
    let shown = browser.driver.execute_async(picture, Vec::new()).await.unwrap().json().clone();
    assert_eq!(shown, "shown");
    browser.end().await;
}
