//! What stands around the content of every page, and how templates write times and words.

use tgbio_core::Timestamp;
use tgbio_server::http::site::Flash;

use super::assets;
use crate::World;
use crate::domain::Role;
use crate::organisers::staff::Staff;
use crate::organisers::texts::{self, Texts};
use crate::texts::{Locale, Say};

/// The part of the desk that a page belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Nav {
    Home,
    People,
    Papers,
    Queue,
    Programme,
    Broadcasts,
    Deadlines,
    Sections,
    Exports,
    Roles,
    Delivery,
    Reports,
    Audit,
    None,
}

/// An entry of the menu.
pub(super) struct Entry {
    pub(super) href: &'static str,
    pub(super) label: &'static str,
    pub(super) here: bool,
}

/// What stands around the content.
pub(super) struct Frame {
    pub(super) t: &'static Texts,
    pub(super) locale: Locale,
    pub(super) title: String,
    pub(super) here: String,
    pub(super) user: Option<String>,
    pub(super) menu: Vec<Entry>,
    pub(super) flash: Option<Flash>,
    pub(super) organiser: bool,
    world: World,
}

/// What can be shown as a time.
pub(super) trait AsTime {
    fn millis(&self) -> Option<i64>;
}

impl AsTime for i64 {
    fn millis(&self) -> Option<i64> {
        Some(*self)
    }
}

impl<T: AsTime> AsTime for Option<T> {
    fn millis(&self) -> Option<i64> {
        self.as_ref().and_then(AsTime::millis)
    }
}

impl<T: AsTime> AsTime for &T {
    fn millis(&self) -> Option<i64> {
        (*self).millis()
    }
}

fn menu(t: &'static Texts, staff: Option<&Staff>, at: Nav) -> Vec<Entry> {
    const ALL: &[Role] = Role::ALL;
    const PAPERS: &[Role] = &[Role::Moderator, Role::Chair];
    const QUEUE: &[Role] = &[Role::Moderator];
    const OWN: &[Role] = &[];
    let entries: [(Nav, &'static str, &'static str, &[Role]); 13] = [
        (Nav::Home, "/", t.nav_home, ALL),
        (Nav::Queue, "/queue", t.nav_queue, QUEUE),
        (Nav::People, "/people", t.nav_people, QUEUE),
        (Nav::Papers, "/papers", t.nav_papers, PAPERS),
        (Nav::Programme, "/slots", t.nav_programme, OWN),
        (Nav::Deadlines, "/deadlines", t.nav_deadlines, OWN),
        (Nav::Sections, "/sections", t.nav_sections, OWN),
        (Nav::Broadcasts, "/broadcasts", t.nav_broadcasts, OWN),
        (Nav::Exports, "/exports", t.nav_exports, OWN),
        (Nav::Delivery, "/delivery", t.nav_delivery, OWN),
        (Nav::Reports, "/reports", t.nav_reports, OWN),
        (Nav::Roles, "/roles", t.nav_roles, OWN),
        (Nav::Audit, "/audit", t.nav_audit, OWN),
    ];
    let Some(staff) = staff else { return Vec::new() };
    let allowed = entries.into_iter().filter(|(.., roles)| staff.has(roles));
    allowed.map(|(nav, href, label, _)| Entry { href, label, here: nav == at }).collect()
}

impl Frame {
    pub(super) fn new(
        world: &World,
        locale: Locale,
        staff: Option<&Staff>,
        at: Nav,
        title: String,
        here: String,
    ) -> Self {
        let t = texts::of(locale);
        Self {
            t,
            locale,
            title,
            here,
            user: staff.map(|staff| staff.name.to_string()),
            menu: menu(t, staff, at),
            flash: None,
            organiser: staff.is_some_and(|staff| staff.has(&[])),
            world: world.clone(),
        }
    }

    pub(super) fn css(&self) -> &'static str {
        assets::css()
    }

    pub(super) fn brand(&self) -> &str {
        self.world.title(self.locale)
    }

    pub(super) fn zone(&self) -> &str {
        &self.world.config.timezone
    }

    pub(super) fn other(&self) -> Locale {
        if self.locale == Locale::Ru { Locale::En } else { Locale::Ru }
    }

    pub(super) fn other_name(&self) -> &'static str {
        if self.locale == Locale::Ru { "English" } else { "Русский" }
    }

    /// A time as people read it, or a dash.
    pub(super) fn time(&self, at: impl AsTime) -> String {
        at.millis().map_or_else(|| "—".to_owned(), |at| self.world.shown_time(at))
    }

    /// A time as programs read it.
    pub(super) fn machine(&self, at: impl AsTime) -> String {
        at.millis().map_or_else(String::new, |at| Timestamp::from_millis(at).to_string())
    }

    /// A time as a form of a browser takes it, in the conference's time zone.
    pub(super) fn local(&self, at: impl AsTime) -> String {
        at.millis().map_or_else(String::new, |at| self.world.local(at).strftime("%Y-%m-%dT%H:%M").to_string())
    }

    /// Whether a time is over.
    pub(super) fn over(&self, at: impl AsTime) -> bool {
        at.millis().is_none_or(|at| at <= self.world.now())
    }

    /// A word of the conference, like the state of a paper.
    pub(super) fn word(&self, group: &str, code: impl AsRef<str>) -> String {
        let code = code.as_ref();
        let key = format!("{group}.{code}");
        if crate::texts::has(&key) { Say::new(key).text(self.locale) } else { code.to_owned() }
    }

    /// The same where there may be none.
    pub(super) fn word_or(&self, group: &str, code: &Option<String>) -> String {
        code.as_ref().map_or_else(|| "—".to_owned(), |code| self.word(group, code))
    }

    /// A section's title.
    pub(super) fn section(&self, row: &crate::organisers::read::settings::SectionRow) -> String {
        if self.locale == Locale::Ru { row.title_ru.clone() } else { row.title_en.clone() }
    }

    /// How a state looks.
    pub(super) fn tone(&self, code: impl AsRef<str>) -> &'static str {
        match code.as_ref() {
            "approved" | "accepted" | "confirmed" | "scheduled" | "sent" => "good",
            "rejected" | "withdrawn" | "dead" | "failed" | "declined" => "bad",
            "changes_requested" | "revise" | "queued" | "sending" | "pending" | "offered" => "paused",
            _ => "plain",
        }
    }

    /// A text, or a dash.
    pub(super) fn or_dash<'a>(&self, text: &'a Option<String>) -> &'a str {
        text.as_deref().filter(|text| !text.is_empty()).unwrap_or("—")
    }

    /// The scores of a review.
    pub(super) fn scores(&self, json: &str) -> Vec<(String, i64)> {
        let scores: std::collections::BTreeMap<String, i64> = serde_json::from_str(json).unwrap_or_default();
        scores.into_iter().collect()
    }

    /// The beginning of a message in the page's language.
    pub(super) fn short(&self, row: &crate::organisers::read::broadcasts::BroadcastRow) -> String {
        let text = if self.locale == Locale::Ru { &row.text_ru } else { &row.text_en };
        text.chars().take(80).collect()
    }

    /// What the clock shows.
    pub(super) fn clock(&self, at: impl AsTime) -> String {
        at.millis().map_or_else(String::new, |at| self.world.local(at).strftime("%H:%M").to_string())
    }

    /// The section of a slot.
    pub(super) fn section_of<'a>(
        &self,
        row: &'a crate::organisers::read::programme::SlotRow,
    ) -> Option<&'a str> {
        if self.locale == Locale::Ru { row.section_ru.as_deref() } else { row.section_en.as_deref() }
    }

    /// The state of a letter.
    pub(super) fn letter(&self, code: impl AsRef<str>) -> &'static str {
        match code.as_ref() {
            "queued" => self.t.letter_queued,
            "sending" => self.t.letter_sending,
            "sent" => self.t.letter_sent,
            _ => self.t.letter_dead,
        }
    }
}
