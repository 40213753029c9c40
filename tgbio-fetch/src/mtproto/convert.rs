//! From what is kept of an answer to a profile. Pure: an answer and its evidence read the same.

use tgbio_core::{
    Birthday, BusinessIntro, Counts, FetchErrorKind, Observed, PersonalChannel, Photo, PhotoId, Profile,
    ProfileKind, Target, UnrecognisedReason, Username, links, wording,
};

use super::facts::{Channel, EvidenceError, Facts, Type};

/// Name and version of this reader, as it is stored with every observation.
pub const PARSER: &str = "mtproto/1";

/// What an answer says about a profile.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProtocolReading {
    /// The profile; what the protocol cannot show is hidden.
    pub profile: Profile,
    /// The counts beside it.
    pub counts: Counts,
}

/// Reads kept evidence of this backend again, as it was read when it was new: `asked` is the name that was asked for,
/// with the Telegram id if that was known.
///
/// # Errors
/// [`EvidenceError`] says why the bytes give no profile.
pub fn read_evidence(body: &[u8], asked: &Target) -> Result<ProtocolReading, EvidenceError> {
    let facts = Facts::from_json(body)?;
    reading(&facts, asked, None).map_err(|kind| match kind {
        FetchErrorKind::Unrecognised(reason) => EvidenceError::NoProfile(reason),
        _ => EvidenceError::NoProfile(UnrecognisedReason::OtherProfile),
    })
}

/// The profile of an answer, or why it is none of the target's. `owner` is who has the asked name, where it is known
/// to be somebody else.
pub(super) fn reading(
    facts: &Facts,
    target: &Target,
    owner: Option<u64>,
) -> Result<ProtocolReading, FetchErrorKind> {
    let face = &facts.face;
    let id = u64::try_from(face.id).ok().filter(|id| *id > 0);
    let id = id.ok_or(FetchErrorKind::Unrecognised(UnrecognisedReason::Layout))?;
    if target.telegram_id.is_some_and(|asked| asked != id) {
        return Err(FetchErrorKind::Unrecognised(UnrecognisedReason::OtherProfile));
    }
    if face.deleted && target.telegram_id.is_some() {
        return Err(FetchErrorKind::NotFound);
    }
    let named = names(facts, target)?;
    let mut profile = Profile::new(named.username);
    if named.lost {
        profile.username_owner = Observed::from_option(owner.filter(|owner| *owner != id));
    }
    profile.usernames = some(named.others);
    profile.telegram_id = Observed::Present(id);
    fill(&mut profile, facts);
    Ok(ProtocolReading { profile, counts: counts(facts) })
}

struct Names {
    username: Username,
    others: Vec<Username>,
    /// The profile has no name at all any more.
    lost: bool,
}

/// The asked name in its owner's spelling as long as it is one of the profile's, else its first one.
fn names(facts: &Facts, target: &Target) -> Result<Names, FetchErrorKind> {
    let active: Vec<Username> = facts.face.active().filter_map(|name| Username::parse(name).ok()).collect();
    let asked = active.iter().find(|name| **name == target.username);
    let username = match (asked, active.first(), target.telegram_id) {
        (Some(asked), _, _) => asked.clone(),
        (None, Some(first), Some(_)) => first.clone(),
        (None, None, Some(_)) => {
            return Ok(Names { username: target.username.clone(), others: Vec::new(), lost: true });
        }
        (None, _, None) => return Err(FetchErrorKind::Unrecognised(UnrecognisedReason::OtherProfile)),
    };
    let others = active.into_iter().filter(|name| *name != username).collect();
    Ok(Names { username, others, lost: false })
}

fn some<T>(list: Vec<T>) -> Observed<Vec<T>> {
    Observed::from_option((!list.is_empty()).then_some(list))
}

fn fill(profile: &mut Profile, facts: &Facts) {
    let face = &facts.face;
    profile.kind = Observed::Present(kind(face.kind));
    if !face.name_withheld {
        let (first, last) = (face.name.as_deref(), face.last_name.as_deref());
        profile.display_name = wording::name(first.unwrap_or_default(), last.unwrap_or_default());
    }
    profile.bio = wording::text(facts.about.as_deref().unwrap_or_default());
    profile.links = links::of_bio(&profile.bio);
    if !face.photo_withheld {
        let photo = face.photo.map(|id| Photo::named(PhotoId::telegram(id)));
        profile.photo = Observed::from_option(photo);
    }
    profile.verified = Observed::Present(face.verified);
    profile.scam = Observed::Present(face.scam);
    profile.fake = Observed::Present(face.fake);
    profile.emoji_status = Observed::from_option(face.emoji_status.as_ref().map(|emoji| emoji.document_id));
    match face.kind {
        Type::User | Type::Bot => fill_person(profile, facts),
        Type::Channel | Type::Group => {
            profile.linked_chat =
                Observed::from_option(facts.linked_chat.and_then(|id| u64::try_from(id).ok()));
        }
    }
}

fn fill_person(profile: &mut Profile, facts: &Facts) {
    profile.premium = Observed::Present(facts.face.premium);
    profile.birthday = Observed::from_option(facts.birthday.as_ref().and_then(|day| {
        let (number, month) = (u8::try_from(day.day).ok()?, u8::try_from(day.month).ok()?);
        Birthday::new(number, month, day.year.and_then(|year| u16::try_from(year).ok()))
    }));
    profile.personal_channel = Observed::from_option(facts.personal_channel.as_ref().and_then(personal));
    let intro = facts.business_intro.as_ref();
    profile.business_intro = Observed::from_option(intro.and_then(|intro| {
        let part = |raw: &str| wording::text(raw).present().cloned().unwrap_or_default();
        BusinessIntro::new(&part(&intro.title), &part(&intro.description))
    }));
}

fn personal(channel: &Channel) -> Option<PersonalChannel> {
    let name = channel.username.as_deref().and_then(|name| Username::parse(name).ok());
    Some(PersonalChannel::new(u64::try_from(channel.id).ok()?, name))
}

fn kind(kind: Type) -> ProfileKind {
    match kind {
        Type::User => ProfileKind::User,
        Type::Bot => ProfileKind::Bot,
        Type::Channel => ProfileKind::Channel,
        Type::Group => ProfileKind::Group,
    }
}

fn counts(facts: &Facts) -> Counts {
    let number = |count: Option<i32>| {
        count.and_then(|count| u64::try_from(count).ok()).map_or(Observed::Hidden, Observed::Present)
    };
    let mut counts = Counts::default();
    match facts.face.kind {
        Type::User => {}
        Type::Bot => counts.monthly_users = number(facts.bot_active_users),
        Type::Channel => counts.subscribers = number(facts.participants),
        Type::Group => {
            counts.members = number(facts.participants);
            counts.online = number(facts.online);
        }
    }
    counts
}
