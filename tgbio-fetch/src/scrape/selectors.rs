//! The names that a t.me page is read by: class tokens, properties and sentences. A redesign is met here.

/// The frame around everything on a page of Telegram.
pub(super) const WRAP: &str = "tgme_page_wrap";
/// The card: the part that describes one profile.
pub(super) const CARD: &str = "tgme_page";
/// Beginning of every class of the site.
pub(super) const SITE_PREFIX: &str = "tgme_";
/// Display name, with the badge behind it.
pub(super) const TITLE: &str = "tgme_page_title";
/// The badge inside the title.
pub(super) const VERIFIED: &str = "verified-icon";
/// `@name`, or a count; a bot has two of them.
pub(super) const EXTRA: &str = "tgme_page_extra";
/// The bio, if there is a title; another sentence if there is none.
pub(super) const DESCRIPTION: &str = "tgme_page_description";
/// The photo or the letter in its place.
pub(super) const PHOTO: &str = "tgme_page_photo_image";
/// The button that says what the profile is.
pub(super) const BUTTON: &str = "tgme_action_button_new";
/// The link on the page for a name without a card.
pub(super) const USERNAME_LINK: &str = "tgme_username_link";
/// A post.
pub(super) const WIDGET: &str = "tgme_page_widget";
/// The sentence below the button.
pub(super) const ADDITIONAL: &str = "tgme_page_additional";

/// Facts in the head of the page.
pub(super) const OG_TITLE: &str = "og:title";
/// The photo's address, or the logo.
pub(super) const OG_IMAGE: &str = "og:image";
/// The bio, or a sentence where there is none.
pub(super) const OG_DESCRIPTION: &str = "og:description";
/// Whom the page belongs to.
pub(super) const APP_LINK: &str = "al:ios:url";

/// Beginning of a link to a public profile in the app.
pub(super) const RESOLVE: &str = "tg://resolve?";
/// Beginning of a link to a private chat in the app.
pub(super) const JOIN: &str = "tg://join?";
/// Beginning of the preview of a channel.
pub(super) const PREVIEW: &str = "/s/";

/// The button of a person, and of a bot until 2024.
pub(super) const SEND_MESSAGE: &str = "Send Message";
/// The button of a bot.
pub(super) const START_BOT: &str = "Start Bot";
