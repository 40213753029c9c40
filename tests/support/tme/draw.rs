//! Cards of people, bots, channels and groups.

use super::card::{Card, Kind, Layout};
use super::fresh::Fresh;
use super::skeleton::Frame;
use super::text::{base64_for_url, bio_html, counted, escape, meta_description, spaced};
use std::fmt::Write as _;

/// How a card was asked for and where its photo lies this time.
pub(super) struct Asked<'a> {
    /// The path as it came, without the first slash, with its query.
    pub(super) path: &'a str,
    /// The value of `start` in the query.
    pub(super) start: Option<&'a str>,
    /// The address of the photo, if the card has one.
    pub(super) photo: Option<String>,
    /// The volatile values of this fetch.
    pub(super) fresh: Fresh,
    /// The code of the invite link that led here, if one did.
    pub(super) invite: Option<&'a str>,
}

/// The whole page of `card`.
pub(super) fn card_page(card: &Card, asked: &Asked<'_>) -> Vec<u8> {
    let view = View { card, link: deep_link(card, asked), image: image(card, asked), asked };
    let description = meta_description(&view.description(), card.kind.is_chat());
    Frame {
        layout: card.layout,
        title: view.title(),
        noindex: asked.start.is_some(),
        name: &escape(&card.display_name),
        image: view.image.as_deref().unwrap_or(no_photo(card.layout)),
        description: &description,
        deep_link: &view.link,
        path: asked.path,
        page_classes: if card.layout == Layout::Y2021 { " tgme_page_post" } else { "" },
        fresh: asked.fresh,
    }
    .around(&view.block())
}

fn deep_link(card: &Card, asked: &Asked<'_>) -> String {
    match (asked.invite, asked.start) {
        (Some(code), _) => format!("tg://join?invite={}", escape(code)),
        (None, Some(start)) => format!("tg://resolve?domain={}&amp;start={}", card.username, escape(start)),
        (None, None) => format!("tg://resolve?domain={}", card.username),
    }
}

fn image(card: &Card, asked: &Asked<'_>) -> Option<String> {
    match &asked.photo {
        Some(address) => Some(address.clone()),
        None => card.kind.is_chat().then(|| letter_avatar(&card.display_name)),
    }
}

/// What `og:image` holds when there is no photo.
pub(super) fn no_photo(layout: Layout) -> &'static str {
    match layout {
        Layout::Y2026 => "https://telegram.org/img/t_logo_2x.png",
        Layout::Y2024 | Layout::Y2021 => "https://telegram.org/img/t_logo.png",
    }
}

struct View<'a> {
    card: &'a Card,
    link: String,
    image: Option<String>,
    asked: &'a Asked<'a>,
}

impl View<'_> {
    fn title(&self) -> String {
        if self.asked.invite.is_some() {
            return "Telegram: Join Group Chat".into();
        }
        let verb = match (self.card.layout, self.card.kind) {
            (Layout::Y2026, Kind::Channel | Kind::Group) => "View",
            (Layout::Y2026, Kind::Bot) => "Launch",
            _ => "Contact",
        };
        format!("Telegram: {verb} @{}", self.card.username)
    }

    fn description(&self) -> String {
        let verb = if self.card.kind.is_chat() { "view and join" } else { "contact" };
        let placeholder = || format!("You can {verb} @{} right away.", self.card.username);
        self.card.bio_text().unwrap_or_else(placeholder)
    }

    fn block(&self) -> String {
        let mut out = String::with_capacity(1_500);
        self.photo(&mut out);
        self.heading(&mut out);
        self.extras(&mut out);
        self.bio(&mut out);
        self.actions(&mut out);
        self.preview_link(&mut out);
        self.closing_line(&mut out);
        out
    }

    fn photo(&self, out: &mut String) {
        if let Some(image) = &self.image {
            _ = write!(
                out,
                "<div class=\"tgme_page_photo\">\n  <a href=\"{}\"><img class=\"tgme_page_photo_image\" src=\"{image}\"></a>\n</div>\n",
                self.link
            );
        }
    }

    fn heading(&self, out: &mut String) {
        let name = escape(&self.card.display_name);
        let badge = if self.card.verified { "<i class=\"verified-icon\"> ✔</i>" } else { "" };
        _ = match self.card.kind.is_chat() {
            true => writeln!(
                out,
                "<div class=\"tgme_page_title\" dir=\"auto\">\n  <span dir=\"auto\">{name}</span>{badge}\n</div>"
            ),
            false => {
                writeln!(out, "<div class=\"tgme_page_title\"><span dir=\"auto\">{name}</span>{badge}</div>")
            }
        };
    }

    fn extras(&self, out: &mut String) {
        if !self.card.kind.is_chat() {
            _ = writeln!(out, "<div class=\"tgme_page_extra\">\n  @{}\n</div>", self.card.username);
        }
        match self.count_line() {
            Some(line) => _ = writeln!(out, "<div class=\"tgme_page_extra\">{line}</div>"),
            None if self.card.kind == Kind::User => out.push('\n'),
            None => {}
        }
    }

    fn count_line(&self) -> Option<String> {
        let jitter = |count, salt| self.asked.fresh.jitter(count, salt);
        let card = self.card;
        match (card.kind, card.layout) {
            (Kind::User, _) | (Kind::Bot, Layout::Y2024 | Layout::Y2021) => None,
            (Kind::Bot, Layout::Y2026) => Some(counted(jitter(card.monthly_users?, 1), "monthly user")),
            (Kind::Channel, Layout::Y2021) => Some(counted(jitter(card.subscribers?, 2), "member")),
            (Kind::Channel, _) => Some(counted(jitter(card.subscribers?, 2), "subscriber")),
            (Kind::Group, _) => {
                let members = counted(jitter(card.members?, 3), "member");
                Some(match card.online {
                    Some(online) => format!("{members}, {} online", spaced(jitter(online, 4))),
                    None => members,
                })
            }
        }
    }

    fn bio(&self, out: &mut String) {
        if self.card.bio_text().is_none() {
            return;
        }
        let html = self.card.bio.as_ref().map(bio_html).unwrap_or_default();
        let attributes = if self.card.kind.is_chat() {
            "\"tgme_page_description\" dir=\"auto\""
        } else {
            "\"tgme_page_description \""
        };
        _ = writeln!(out, "<div class={attributes}>{html}</div>");
    }

    fn actions(&self, out: &mut String) {
        let shine = if self.card.layout == Layout::Y2021 { "" } else { " shine" };
        _ = write!(
            out,
            "<div class=\"tgme_page_action\">\n  <a class=\"tgme_action_button_new{shine}\" href=\"{}\">{}</a>\n</div>\n<!-- WEBOGRAM_BTN -->\n",
            self.link,
            self.button()
        );
        if !self.card.kind.is_chat() {
            out.push_str("<!-- PRIVACY_BTN -->\n");
        }
    }

    fn button(&self) -> &'static str {
        match (self.asked.invite.is_some(), self.card.kind, self.card.layout) {
            (true, Kind::Channel, _) => "Join Channel",
            (true, ..) => "Join Group",
            (false, Kind::Channel | Kind::Group, _) => "View in Telegram",
            (false, Kind::Bot, Layout::Y2026) => "Start Bot",
            (false, ..) => "Send Message",
        }
    }

    fn preview_link(&self, out: &mut String) {
        let name = &self.card.username;
        if self.card.kind != Kind::Channel || !self.card.preview || self.asked.invite.is_some() {
            out.push_str(if self.card.kind.is_chat() { "\n" } else { "" });
            return;
        }
        _ = match self.card.layout {
            Layout::Y2021 => writeln!(
                out,
                "<div class=\"tgme_page_action tgme_page_context_action\"><div class=\"tgme_page_context_btn\">\
                 <a class=\"tgme_action_button_new\" href=\"/s/{name}\"><span class=\"tgme_action_button_label\">Preview channel</span></a></div></div>"
            ),
            Layout::Y2024 | Layout::Y2026 => writeln!(
                out,
                "<div class=\"tgme_page_context_link_wrap\"><a class=\"tgme_page_context_link\" href=\"/s/{name}\">Preview channel</a></div>"
            ),
        };
    }

    fn closing_line(&self, out: &mut String) {
        let name = escape(&self.card.display_name);
        let line = match (self.asked.invite, self.card.kind) {
            (Some(_), Kind::Channel) => invited("channel", &name),
            (Some(_), _) => invited("group", &name),
            (None, Kind::Channel | Kind::Group) => invitation("view and join", &name),
            (None, Kind::Bot) if self.card.layout == Layout::Y2026 => invitation("launch", &name),
            (None, _) => invitation("contact", &escape(self.card.short_name())),
        };
        _ = write!(out, "<div class=\"tgme_page_additional\">\n  {line}\n</div>\n");
    }
}

fn invitation(verb: &str, name: &str) -> String {
    format!("If you have <strong>Telegram</strong>, you can {verb} <br><strong>{name}</strong> right away.")
}

fn invited(to: &str, name: &str) -> String {
    format!("You are invited to the {to} <strong dir=\"auto\">{name}</strong>. Click above to join.")
}

/// The picture with initials that stands where a chat has no photo.
fn letter_avatar(name: &str) -> String {
    let initials: String = name.split_whitespace().take(2).filter_map(|word| word.chars().next()).collect();
    let svg = format!(
        "<svg width=\"320\" height=\"320\" viewBox=\"0 0 100 100\" xmlns=\"http://www.w3.org/2000/svg\"><defs>\
         <linearGradient id=\"c\" x1=\"0\" y1=\"0\" x2=\"0\" y2=\"1\"><stop offset=\"0\" stop-color=\"#7fb1fa\"/>\
         <stop offset=\"1\" stop-color=\"#5d62f0\"/></linearGradient></defs><rect width=\"100\" height=\"100\" fill=\"url(#c)\"/>\
         <text x=\"50\" y=\"66\" text-anchor=\"middle\" fill=\"#fff\" font-family=\"sans-serif\" font-size=\"44\">{}</text></svg>",
        escape(&initials)
    );
    format!("data:image/svg+xml;base64,{}", base64_for_url(svg.as_bytes()))
}
