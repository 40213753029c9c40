//! A profile as it is now.

use tgbio_core::store::ProfileRecord;
use tgbio_core::{Observed, Priority, Profile};

use super::html::{Html, fill_plain};
use super::texts::Texts;
use super::{change, plain, times};

/// The present state.
pub(super) struct Now {
    pub(super) name: Html,
    pub(super) photo: Option<Html>,
    pub(super) kind: &'static str,
    pub(super) presence: &'static str,
    pub(super) badges: Vec<(&'static str, &'static str)>,
    pub(super) bio: Option<Html>,
    pub(super) facts: Vec<(&'static str, Html)>,
}

impl Now {
    /// The state of a profile, with note and tags for those who log in.
    pub(super) fn new(t: &'static Texts, record: &ProfileRecord, known: bool) -> Self {
        let state = record.state.as_ref();
        let name = state.and_then(|state| state.display_name.present());
        let kind = state.and_then(|state| state.kind.present());
        Self {
            name: plain::text(
                &name.map_or_else(|| format!("@{}", record.username), |name| plain::one_line(name)),
            ),
            photo: state
                .filter(|state| state.photo_id().is_some())
                .map(|state| change::photo(t, record.id, state, "face")),
            kind: kind.map_or("", |kind| t.kind(*kind)),
            presence: t.presence(record),
            badges: state.map(|state| badges(t, state)).unwrap_or_default(),
            bio: state.and_then(|state| bio(t, state)),
            facts: facts(t, record, known),
        }
    }
}

/// The marks that Telegram has put on a profile: class and word.
fn badges(t: &'static Texts, state: &Profile) -> Vec<(&'static str, &'static str)> {
    let marks = [
        (state.verified, "good", t.field_verified),
        (state.premium, "plain", t.field_premium),
        (state.scam, "bad", t.badge_scam),
        (state.fake, "bad", t.badge_fake),
    ];
    marks.into_iter().filter(|mark| mark.0 == Observed::Present(true)).map(|mark| (mark.1, mark.2)).collect()
}

fn bio(t: &Texts, state: &Profile) -> Option<Html> {
    let links = state.links.present().map_or(&[][..], Vec::as_slice);
    state.bio.present().map(|bio| plain::with_links(t, bio, links))
}

fn facts(t: &'static Texts, record: &ProfileRecord, known: bool) -> Vec<(&'static str, Html)> {
    let mut facts = measured(t, record);
    facts.push((t.followed_since, times::time(t, record.followed_at)));
    facts.push((t.list_last_check, last_check(t, record)));
    if let Some(at) = record.last_seen_at {
        facts.push((t.last_seen, times::ago(t, at)));
    }
    facts.push((t.list_last_change, times::ago_or_never(t, record.last_changed_at)));
    if let Some(at) = record.next_check_at {
        facts.push((t.next_check, times::due(t, at)));
    }
    if known {
        facts.extend(private_facts(t, record));
    }
    facts
}

/// Ids, other names and counts.
fn measured(t: &'static Texts, record: &ProfileRecord) -> Vec<(&'static str, Html)> {
    let mut facts = Vec::new();
    for (name, count) in record.counts.named() {
        if let Some(count) = count.present() {
            facts.push((t.count(name), Html::text(&t.number(*count))));
        }
    }
    let Some(state) = &record.state else { return facts };
    if let Some(id) = state.telegram_id.present() {
        facts.push((t.field_telegram_id, Html::text(&id.to_string())));
    }
    if state.has_lost_name() {
        let owner = state.username_owner.present().map(|id| fill_plain(t.owner_other, &[&id.to_string()]));
        let owner = owner.unwrap_or_else(|| t.owner_nobody.to_owned());
        facts.push((t.field_username_owner, Html::text(&owner)));
    }
    if let Some(names) = state.usernames.present().filter(|names| !names.is_empty()) {
        let names: Vec<String> = names.iter().map(|name| format!("@{name}")).collect();
        facts.push((t.field_usernames, Html::text(&names.join(", "))));
    }
    facts.extend(details(t, state));
    facts
}

/// What only Telegram's protocol tells.
fn details(t: &'static Texts, state: &Profile) -> Vec<(&'static str, Html)> {
    let text = |text: &dyn ToString| plain::text(&text.to_string());
    let details = [
        (t.field_emoji_status, state.emoji_status.present().map(|id| text(id))),
        (t.field_birthday, state.birthday.present().map(|day| text(&times::birthday(t, *day)))),
        (t.field_personal_channel, state.personal_channel.present().map(|channel| text(channel))),
        (t.field_linked_chat, state.linked_chat.present().map(|id| text(id))),
        (t.field_business_intro, state.business_intro.present().map(|intro| text(intro))),
    ];
    details.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

fn last_check(t: &Texts, record: &ProfileRecord) -> Html {
    let mut html = times::ago_or_never(t, record.last_checked_at);
    if let Some(health) = &record.health {
        let words = t.outcome_and_reason(health.outcome, health.reason.as_deref());
        html.markup(" (").push(&plain::text(&words)).markup(")");
    }
    html
}

/// What only those see who log in.
fn private_facts(t: &'static Texts, record: &ProfileRecord) -> Vec<(&'static str, Html)> {
    let interval =
        record.interval.map_or_else(|| t.interval_adaptive.to_owned(), |interval| times::span(t, interval));
    let mut facts = vec![(t.interval, Html::text(&interval))];
    if record.priority != Priority::Normal {
        facts.push((t.priority, Html::text(t.priority_of(record.priority))));
    }
    if let Some(note) = &record.note {
        facts.push((t.note, plain::text(note)));
    }
    if !record.tags.is_empty() {
        facts.push((t.tags, plain::text(&record.tags.join(", "))));
    }
    facts
}
