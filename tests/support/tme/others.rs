//! Pages that are no cards: the not-found shell, posts, previews, dead invites, and pages of other hands.

use super::card::{Card, Layout};
use super::draw::no_photo;
use super::fresh::Fresh;
use super::skeleton::Frame;
use super::text::{bio_html, escape, meta_description, rounded};

/// The page for a free name, and for a living one when the client is throttled.
pub(super) fn not_found(name: &str, path: &str, fresh: Fresh) -> Vec<u8> {
    let name = &escape(name);
    let link = &format!("tg://resolve?domain={name}");
    let title = format!("Telegram: Contact @{name}");
    let card = format!(
        "<div class=\"tgme_page_icon\">\n  <i class=\"tgme_icon_user\"></i>\n</div>\n\
         <div class=\"tgme_page_description\">\n  If you have <strong>Telegram</strong>, you can contact \
         <a class=\"tgme_username_link\" href=\"{link}\">@{name}</a> right away.\n</div>\n\
         <div class=\"tgme_page_action\">\n  <a class=\"tgme_action_button_new\" href=\"{link}\">Send Message</a>\n</div>\n\
         <!-- WEBOGRAM_BTN -->\n<!-- PRIVACY_BTN -->\n"
    );
    Frame {
        layout: Layout::Y2026,
        name: &title,
        title: title.clone(),
        noindex: true,
        image: no_photo(Layout::Y2026),
        description: "",
        deep_link: link,
        path,
        page_classes: "",
        fresh,
    }
    .around(&card)
}

/// The page of one post: the channel's name, the post's text, no card.
pub(super) fn post(channel: &Card, id: &str, image: &str, path: &str, fresh: Fresh) -> Vec<u8> {
    let name = &channel.username;
    let link = format!("tg://resolve?domain={name}&amp;post={id}");
    let card = format!(
        "<div class=\"tgme_page_widget_wrap\"><div class=\"tgme_page_widget\"><script async \
         src=\"https://telegram.org/js/telegram-widget.js?22\" data-telegram-post=\"{name}/{id}\" data-width=\"100%\"></script></div></div>\n\
         <div class=\"tgme_page_widget_actions_wrap\"><div class=\"tgme_page_widget_actions\"><div class=\"tgme_page_action\">\
         <a class=\"tgme_action_button_new shine\" href=\"{link}\">View Post</a></div></div></div>\n"
    );
    Frame {
        layout: Layout::Y2026,
        title: format!("Telegram: View @{name}"),
        noindex: false,
        name: &escape(&channel.display_name),
        image,
        description: &format!("Text of post {id}."),
        deep_link: &link,
        path,
        page_classes: " tgme_page_post",
        fresh,
    }
    .around(&card)
}

/// The page of an invite link that leads nowhere any more.
pub(super) fn dead_invite(code: &str, path: &str, fresh: Fresh) -> Vec<u8> {
    let link = format!("tg://join?invite={}", escape(code));
    let card = format!(
        "<div class=\"tgme_page_icon\">\n  <i class=\"tgme_icon_group\"></i>\n</div>\n\
         <div class=\"tgme_page_description\">\n  You are invited to a <strong>group chat</strong> on <strong>Telegram</strong>. \
         Click to join:\n</div>\n<div class=\"tgme_page_action\">\n  \
         <a class=\"tgme_action_button_new\" href=\"{link}\">Join Group</a>\n</div>\n<!-- WEBOGRAM_BTN -->\n"
    );
    Frame {
        layout: Layout::Y2026,
        title: "Telegram: Join Group Chat".into(),
        noindex: true,
        name: "Join group chat on Telegram",
        image: no_photo(Layout::Y2026),
        description: "",
        deep_link: &link,
        path,
        page_classes: "",
        fresh,
    }
    .around(&card)
}

/// The `/s/` page of a channel: two posts, a rounded count, a letter in place of the photo.
pub(super) fn preview(channel: &Card) -> Vec<u8> {
    let name = &channel.username;
    let title = escape(&channel.display_name);
    let letter: String = channel.display_name.chars().take(1).collect();
    let bio = channel.bio.as_ref().map(bio_html).unwrap_or_default();
    let posts: String = (1..=2).map(|id| preview_post(channel, id)).collect();
    format!(
        "<!DOCTYPE html>\n<html>\n  <head>\n    <meta charset=\"utf-8\">\n    <title>{title} – Telegram</title>\n\
         <meta property=\"og:title\" content=\"{title}\">\n<meta property=\"og:description\" content=\"{og}\">\n  </head>\n  \
         <body class=\"widget_frame_base tgme_webpreview\">\n<header class=\"tgme_header\">\
         <i class=\"tgme_page_photo_image bgcolor2\" data-content=\"{letter}\"></i>\
         <div class=\"tgme_channel_info\"><div class=\"tgme_channel_info_header_title\"><span dir=\"auto\">{title}</span></div>\
         <div class=\"tgme_channel_info_header_username\"><a href=\"https://t.me/{name}\">@{name}</a></div>\
         <div class=\"tgme_channel_info_counters\"><div class=\"tgme_channel_info_counter\">\
         <span class=\"counter_value\">{count}</span> <span class=\"counter_type\">subscribers</span></div></div>\
         <div class=\"tgme_channel_info_description\">{bio}</div></div></header>\n\
         <section class=\"tgme_channel_history js-message_history\">\n{posts}</section>\n  </body>\n</html>\n",
        og = meta_description(&channel.bio_text().unwrap_or_default(), true),
        letter = escape(&letter),
        count = rounded(channel.subscribers.unwrap_or_default()),
    )
    .into_bytes()
}

fn preview_post(channel: &Card, id: u32) -> String {
    let name = &channel.username;
    let peer = channel.channel_id.map(|peer| format!(" data-peer=\"c{peer}_{id}\"")).unwrap_or_default();
    format!(
        "<div class=\"tgme_widget_message_wrap\"><div class=\"tgme_widget_message\" data-post=\"{name}/{id}\"{peer}>\
         <div class=\"tgme_widget_message_text\" dir=\"auto\">Text of post {id}.</div></div></div>\n"
    )
}

/// A page that a guard in front of the site shows to a client that it takes for a robot.
pub(super) const CHALLENGE: &str = "<!DOCTYPE html><html lang=\"en\"><head><title>Just a moment...</title>\
    <meta name=\"robots\" content=\"noindex,nofollow\"></head><body><h1>Checking that you are human</h1>\
    <noscript>Enable JavaScript and cookies to continue</noscript><script>window._cf_chl_opt={};</script></body></html>\n";

/// What a provider answers in place of a site that it must block, with status 200.
pub(super) const PROVIDER_BLOCK: &str = "<!DOCTYPE html>\n<html>\n<head><meta charset=\"utf-8\"><title>Access restricted</title></head>\n\
    <body><h1>Access to this resource is restricted</h1><p>by a decision of the authorities, register entry 0000.</p></body>\n</html>\n";

/// The error page of the web server in front of the site.
pub(super) fn gateway_page(status: u16) -> String {
    let line = format!("{status} {}", super::answer::reason(status));
    format!(
        "<html>\r\n<head><title>{line}</title></head>\r\n<body>\r\n<center><h1>{line}</h1></center>\r\n\
         <hr><center>nginx/1.18.0</center>\r\n</body>\r\n</html>\r\n"
    )
}
