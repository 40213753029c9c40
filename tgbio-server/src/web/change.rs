//! One change of a field, for people: old and new side by side, with the words that differ marked.

use tgbio_core::{
    Change, Field, FieldValue, Link, Photo, Piece, PieceKind, Presence, Profile, ProfileId, TextDiff,
    Username,
};

use super::html::{Html, fill_plain};
use super::texts::Texts;
use super::{plain, times};

/// What the changes of one revision are drawn with.
pub(super) struct Changes<'a> {
    pub(super) t: &'static Texts,
    pub(super) id: ProfileId,
    pub(super) before: Option<&'a Profile>,
    pub(super) after: Option<&'a Profile>,
}

impl Changes<'_> {
    /// Each change under the name of its field; a single one without it where the heading says it already.
    pub(super) fn draw(&self, changes: &[Change], headed: bool) -> Html {
        let shown: Vec<&Change> = changes.iter().filter(|change| !is_echo(change, changes)).collect();
        let mut html = Html::default();
        for change in &shown {
            if !(headed && shown.len() == 1) {
                html.markup("<p class=\"field\">").push_text(self.t.field(change.field)).markup("</p>");
            }
            html.push(&self.change(change));
        }
        html
    }

    /// What a first revision shows: the values, without anything before them.
    pub(super) fn first(&self, values: &[Change]) -> Html {
        let mut html = Html::default();
        html.markup("<dl class=\"first\">");
        for value in values {
            html.markup("<div><dt>").push_text(self.t.field(value.field)).markup("</dt><dd dir=\"auto\">");
            html.push(&self.first_value(value)).markup("</dd></div>");
        }
        html.markup("</dl>");
        html
    }

    fn first_value(&self, value: &Change) -> Html {
        match (value.field, &value.after) {
            (Field::HasPhoto, _) => {
                self.after.map(|after| photo(self.t, self.id, after, "photo")).unwrap_or_default()
            }
            (Field::Kind, kind) => Html::text(&self.kind(kind.as_ref())),
            (_, Some(FieldValue::Names(names))) => {
                let names: Vec<String> = names.iter().map(|name| format!("@{name}")).collect();
                Html::text(&names.join(", "))
            }
            (_, other) => plain::text(&self.words(other.as_ref())),
        }
    }

    fn change(&self, change: &Change) -> Html {
        match change.field {
            Field::Presence => self.presence(change),
            Field::HasPhoto | Field::Photo => self.photos(),
            Field::Links => {
                lists(&link_items(self.t, change.before.as_ref()), &link_items(self.t, change.after.as_ref()))
            }
            Field::Usernames => {
                lists(&name_items(change.before.as_ref()), &name_items(change.after.as_ref()))
            }
            Field::UsernameOwner => {
                self.short(&self.owner(change.before.as_ref()), &self.owner(change.after.as_ref()))
            }
            Field::Kind => self.short(&self.kind(change.before.as_ref()), &self.kind(change.after.as_ref())),
            Field::Verified
            | Field::Scam
            | Field::Fake
            | Field::Premium
            | Field::TelegramId
            | Field::EmojiStatus
            | Field::Birthday
            | Field::PersonalChannel
            | Field::LinkedChat => {
                self.short(&self.words(change.before.as_ref()), &self.words(change.after.as_ref()))
            }
            _ => self.panes(&self.words(change.before.as_ref()), &self.words(change.after.as_ref())),
        }
    }

    fn presence(&self, change: &Change) -> Html {
        let is = |value: &Option<FieldValue>, presence: Presence| {
            value.as_ref().and_then(FieldValue::as_text) == Some(presence.as_str())
        };
        let words = match is(&change.after, Presence::Missing) {
            true if is(&change.before, Presence::Unknown) => self.t.not_found,
            true => self.t.went,
            false => self.t.came_back,
        };
        let mut html = Html::default();
        html.markup("<p>").push_text(words).markup("</p>");
        html
    }

    fn kind(&self, value: Option<&FieldValue>) -> String {
        value.and_then(FieldValue::as_text).map(|name| self.t.kind_named(name)).unwrap_or_default()
    }

    /// Whose the username is, in words.
    fn owner(&self, value: Option<&FieldValue>) -> String {
        let own = self.after.or(self.before).and_then(|profile| profile.telegram_id.present());
        match value {
            Some(FieldValue::Number(id)) if Some(id) == own => self.t.owner_itself.to_owned(),
            Some(FieldValue::Number(id)) => fill_plain(self.t.owner_other, &[&id.to_string()]),
            _ => self.t.owner_nobody.to_owned(),
        }
    }

    fn words(&self, value: Option<&FieldValue>) -> String {
        match value {
            Some(FieldValue::Text(text)) => text.clone(),
            Some(FieldValue::Number(number)) => number.to_string(),
            Some(FieldValue::Flag(true)) => self.t.yes.to_owned(),
            Some(FieldValue::Flag(false)) => self.t.no.to_owned(),
            Some(FieldValue::Birthday(birthday)) => times::birthday(self.t, *birthday),
            Some(FieldValue::Channel(channel)) => channel.to_string(),
            Some(FieldValue::Intro(intro)) => intro.to_string(),
            _ => String::new(),
        }
    }

    /// Two short words on one line.
    fn short(&self, before: &str, after: &str) -> Html {
        let shown = |text: &str| if text.is_empty() { Html::text(self.t.empty) } else { plain::text(text) };
        let mut html = Html::default();
        html.markup("<p class=\"short\"><del>").push(&shown(before)).markup("</del> \u{2192} <ins>");
        html.push(&shown(after)).markup("</ins></p>");
        html
    }

    /// The old and the new text, each whole, with what only it has marked.
    fn panes(&self, before: &str, after: &str) -> Html {
        let diff = TextDiff::words(before, after);
        let mut html = Html::default();
        html.markup("<div class=\"panes\">");
        self.pane(&mut html, self.t.before, &diff, PieceKind::Removed);
        self.pane(&mut html, self.t.after, &diff, PieceKind::Added);
        html.markup("</div>");
        html
    }

    fn pane(&self, html: &mut Html, label: &str, diff: &TextDiff, own: PieceKind) {
        let (class, tag) = if own == PieceKind::Removed { ("was", "del") } else { ("now", "ins") };
        html.push_fmt(format_args!("<div class=\"pane {class}\"><p class=\"label\">")).push_text(label);
        html.markup("</p><div class=\"words\" dir=\"auto\">");
        let pieces: Vec<&Piece> = diff.pieces().iter().filter(|piece| !is_other(piece.kind, own)).collect();
        let mut open = false;
        for (at, piece) in pieces.iter().enumerate() {
            let inside = piece.kind == own
                || (open && is_gap(piece) && pieces.get(at + 1).is_some_and(|next| next.kind == own));
            if inside != open {
                html.push_fmt(format_args!("<{}{tag}>", if open { "/" } else { "" }));
            }
            open = inside;
            html.push(&if piece.kind == own {
                plain::changed(&piece.text)
            } else {
                plain::text(&piece.text)
            });
        }
        if open {
            html.push_fmt(format_args!("</{tag}>"));
        }
        if pieces.is_empty() {
            html.markup("<em>").push_text(self.t.empty).markup("</em>");
        }
        html.markup("</div></div>");
    }

    fn photos(&self) -> Html {
        let mut html = Html::default();
        html.markup("<div class=\"panes pictures\">");
        for (class, label, profile) in
            [("was", self.t.before, self.before), ("now", self.t.after, self.after)]
        {
            html.push_fmt(format_args!("<div class=\"pane {class}\"><p class=\"label\">")).push_text(label);
            html.markup("</p>");
            html.push(&profile.map(|profile| photo(self.t, self.id, profile, "photo")).unwrap_or_default());
            html.markup("</div>");
        }
        html.markup("</div>");
        html
    }
}

/// Whether a piece belongs to the other text.
fn is_other(kind: PieceKind, own: PieceKind) -> bool {
    kind != PieceKind::Same && kind != own
}

/// The same space between two changed words: marked with them, so that a changed sentence is one mark.
fn is_gap(piece: &Piece) -> bool {
    piece.text.chars().all(|c| c == ' ')
}

/// The photo of a state, or words where there is none.
pub(super) fn photo(t: &Texts, id: ProfileId, profile: &Profile, class: &str) -> Html {
    let mut html = Html::default();
    let Some(shown) = profile.photo.present() else {
        let words = if profile.photo.is_absent() { t.photo_none } else { t.unknown };
        html.markup("<p class=\"none\">").push_text(words).markup("</p>");
        return html;
    };
    let Some(hash) = hash_of(shown) else {
        html.markup("<p class=\"none\">").push_text(t.photo_unread).markup("</p>");
        return html;
    };
    let of = profile.display_name.present().map_or(profile.username.as_str(), String::as_str);
    html.push_fmt(format_args!(
        "<img class=\"{class}\" loading=\"lazy\" width=\"160\" height=\"160\" src=\"/profiles/{id}/photos/"
    ));
    html.push_text(hash).markup("\" alt=\"");
    html.push_text(&fill_plain(t.photo_of, &[&plain::one_line(of)])).markup("\">");
    html
}

fn hash_of(photo: &Photo) -> Option<&str> {
    photo.id.as_ref()?.sha256_hex()
}

/// Links that say nothing but what the bio's own words say change with the bio, and that is shown already.
fn is_echo(change: &Change, all: &[Change]) -> bool {
    let plain = |value: &Option<FieldValue>| match value {
        Some(FieldValue::Links(links)) => links.iter().all(plain::is_plain),
        _ => true,
    };
    change.field == Field::Links
        && all.iter().any(|other| other.field == Field::Bio)
        && plain(&change.before)
        && plain(&change.after)
}

fn link_items(t: &Texts, value: Option<&FieldValue>) -> Vec<Html> {
    let links: &[Link] = if let Some(FieldValue::Links(links)) = value { links } else { &[] };
    links.iter().map(|link| plain::link(t, link)).collect()
}

fn name_items(value: Option<&FieldValue>) -> Vec<Html> {
    let names: &[Username] = if let Some(FieldValue::Names(names)) = value { names } else { &[] };
    names.iter().map(|name| Html::text(&format!("@{name}"))).collect()
}

/// What went and what came, each on a line of its own.
fn lists(before: &[Html], after: &[Html]) -> Html {
    let mut html = Html::default();
    html.markup("<ul class=\"lines\">");
    for (tag, items, others) in [("del", before, after), ("ins", after, before)] {
        for item in items.iter().filter(|item| !others.contains(item)) {
            html.push_fmt(format_args!("<li><{tag}>")).push(item).push_fmt(format_args!("</{tag}></li>"));
        }
    }
    html.markup("</ul>");
    html
}

#[cfg(test)]
mod tests {
    use super::super::texts::Lang;
    use super::*;

    fn draw(changes: &[Change]) -> String {
        let t = Lang::En.texts();
        Changes { t, id: ProfileId::new(), before: None, after: None }.draw(changes, true).into_string()
    }

    fn bio(before: Option<&str>, after: Option<&str>) -> Change {
        Change::new(Field::Bio, before.map(Into::into), after.map(Into::into))
    }

    #[test]
    fn both_texts_stand_whole_and_the_words_are_marked() {
        let html = draw(&[bio(Some("I like red cars"), Some("I like blue cars"))]);
        assert!(html.contains("I like <del>red</del> cars"), "{html}");
        assert!(html.contains("I like <ins>blue</ins> cars"), "{html}");
        let many = draw(&[bio(Some("one two three. Four"), Some("five six seven. Four"))]);
        assert!(many.contains("<ins>five six seven</ins>. Four"), "{many}");
        let emptied = draw(&[bio(Some("x"), None)]);
        assert!(emptied.contains("<del>x</del>") && emptied.contains("<em>empty</em>"), "{emptied}");
    }

    #[test]
    fn hostile_texts_stay_text_in_diffs() {
        let html = draw(&[bio(Some("<script>alert(1)</script>"), Some("\"><img src=x onerror=y>\u{202e}"))]);
        assert!(!html.contains("<script") && !html.contains("<img"), "{html}");
        assert!(html.contains("<span class=\"ctl\">U+202E</span>"));
    }

    #[test]
    fn links_are_told_when_their_targets_are_news() {
        let links = |url: &str| {
            let links = vec![Link { text: "example.org".into(), url: url.into() }];
            Change::new(Field::Links, None, Some(FieldValue::Links(links)))
        };
        let text = bio(None, Some("example.org"));
        assert!(!draw(&[text.clone(), links("https://example.org/")]).contains("<ul"));
        assert!(draw(&[text, links("https://evil.example/")]).contains("https://evil.example/"));
        assert!(draw(&[links("https://example.org/")]).contains("<li><ins><a "));
    }
}
