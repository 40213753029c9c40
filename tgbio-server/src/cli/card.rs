//! A profile for people: one line per field that says something.

use super::error::CliResult;
use super::out::Out;
use super::safe;
use crate::wire::ProfileFields;

/// Writes the profile's fields, the bio with its line breaks.
pub fn show(out: &mut Out, profile: &ProfileFields) -> CliResult {
    let kind = profile.kind.as_deref().unwrap_or("profile");
    out.line(&format!("@{} ({kind}){}", safe::line(&profile.username), badges(profile)))?;
    field(out, "name", profile.display_name.as_deref())?;
    if let Some(bio) = &profile.bio {
        let indented = safe::lines(bio).replace('\n', "\n              ");
        out.line(&format!("  bio         {indented}"))?;
    }
    for link in profile.links.iter().flatten() {
        field(out, "link", Some(&format!("{} -> {}", link.text, link.url)))?;
    }
    let id = profile.telegram_id.map(|id| id.to_string());
    field(out, "telegram id", id.as_deref())?;
    let is_told = !profile.hidden.iter().any(|field| field == "username_owner");
    if profile.telegram_id.is_some() && is_told && profile.username_owner != profile.telegram_id {
        let owner = profile.username_owner.map_or_else(|| "nobody known".to_owned(), |id| id.to_string());
        field(out, "name's owner", Some(&owner))?;
    }
    let names = profile.usernames.as_ref().map(|names| names.join(", "));
    field(out, "usernames", names.as_deref())?;
    details(out, profile)?;
    field(out, "photo", profile.photo_url.as_deref())?;
    for (name, count) in counts(profile) {
        field(out, name, count.map(|count| count.to_string()).as_deref())?;
    }
    out.line("")
}

/// What only Telegram's protocol tells.
fn details(out: &mut Out, profile: &ProfileFields) -> CliResult {
    field(out, "emoji", profile.emoji_status.as_deref())?;
    let birthday = profile.birthday.map(|day| match day.year {
        Some(year) => format!("{year:04}-{:02}-{:02}", day.month, day.day),
        None => format!("--{:02}-{:02}", day.month, day.day),
    });
    field(out, "birthday", birthday.as_deref())?;
    let channel = profile.personal_channel.as_ref().map(|channel| match &channel.username {
        Some(name) => format!("@{name} ({})", channel.telegram_id),
        None => channel.telegram_id.to_string(),
    });
    field(out, "channel", channel.as_deref())?;
    let linked = profile.linked_chat.map(|id| id.to_string());
    field(out, "linked chat", linked.as_deref())?;
    let intro = profile.business_intro.as_ref();
    field(out, "intro title", intro.and_then(|intro| intro.title.as_deref()))?;
    field(out, "intro", intro.and_then(|intro| intro.text.as_deref()))
}

fn field(out: &mut Out, name: &str, value: Option<&str>) -> CliResult {
    value.map_or(Ok(()), |value| out.line(&format!("  {name:<11} {}", safe::line(value))))
}

fn badges(profile: &ProfileFields) -> String {
    let badges = [
        ("verified", profile.verified),
        ("scam", profile.scam),
        ("fake", profile.fake),
        ("premium", profile.premium),
    ];
    let set = badges.iter().filter(|(_, badge)| *badge == Some(true));
    set.map(|(name, _)| format!(", {name}")).collect()
}

fn counts(profile: &ProfileFields) -> [(&'static str, Option<u64>); 4] {
    [
        ("subscribers", profile.subscribers),
        ("members", profile.members),
        ("online", profile.online),
        ("users/month", profile.monthly_users),
    ]
}
