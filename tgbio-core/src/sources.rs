//! What each backend says about a profile, and where they agree. Pure.

use crate::{Field, Profile, Timestamp, diff, links};

/// What one backend said of a profile when it last told something new, and until when it has said so.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Source {
    /// The backend.
    pub fetcher: String,
    /// The reader and its version.
    pub parser: String,
    /// When it has last said this.
    pub observed_at: Timestamp,
    /// What it says; what it cannot see is hidden.
    pub profile: Profile,
}

impl Source {
    /// What a backend says.
    pub fn new(fetcher: &str, parser: &str, observed_at: Timestamp, profile: Profile) -> Self {
        let (fetcher, parser) = (fetcher.to_owned(), parser.to_owned());
        Self { fetcher, parser, observed_at, profile }
    }
}

/// Who stands behind the kept value of one field.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FieldSources {
    /// Which field.
    pub field: Field,
    /// The backends that say what is kept, the latest first.
    pub agree: Vec<String>,
    /// The backends that say something else.
    pub disagree: Vec<String>,
}

/// Who says what is kept, field by field; a field that nobody sees is left out.
pub fn agreement(kept: &Profile, sources: &[Source]) -> Vec<FieldSources> {
    let mut latest: Vec<&Source> = sources.iter().collect();
    latest.sort_by_key(|source| std::cmp::Reverse(source.observed_at));
    let of_field = |field| {
        let said = |agrees| {
            let saying = latest.iter().filter(|source| verdict(field, kept, &source.profile) == Some(agrees));
            saying.map(|source| source.fetcher.clone()).collect::<Vec<_>>()
        };
        let (agree, disagree) = (said(true), said(false));
        (!agree.is_empty() || !disagree.is_empty()).then_some(FieldSources { field, agree, disagree })
    };
    Field::OF_PROFILE.into_iter().filter_map(of_field).collect()
}

/// Whether a source says what is kept; `None` when it does not see the field, or gives it a name of its own.
fn verdict(field: Field, kept: &Profile, said: &Profile) -> Option<bool> {
    match field {
        Field::Photo => {
            let (kept, said) = (kept.photo.present()?, said.photo.present()?);
            let comparable = said.ids().any(|id| kept.id_by(id.source()).is_some());
            comparable.then(|| kept.differing(said).is_none())
        }
        Field::Links if said.links.is_known() && links::one_says_more(kept, said) => Some(true),
        _ if !said.value(field).is_known() || !kept.value(field).is_known() => None,
        _ => Some(diff(kept, said).iter().all(|change| change.field != field)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Link, Observed, Photo, PhotoId, Username};

    fn said(fetcher: &str, seconds: i64, edit: fn(&mut Profile)) -> Source {
        let mut profile = Profile::new(Username::parse("someone").unwrap());
        profile.bio = Observed::Present("see @other".into());
        profile.links = links::of_bio(&profile.bio);
        edit(&mut profile);
        Source::new(fetcher, "reader/1", Timestamp::from_millis(seconds * 1000), profile)
    }

    fn of<'a>(told: &'a [FieldSources], field: Field) -> (Vec<&'a str>, Vec<&'a str>) {
        let names = |names: &'a [String]| names.iter().map(String::as_str).collect::<Vec<_>>();
        let found = told.iter().find(|told| told.field == field);
        found.map_or_else(Default::default, |told| (names(&told.agree), names(&told.disagree)))
    }

    #[test]
    fn fields_are_compared_one_by_one() {
        let page = said("scrape", 10, |profile| profile.photo = Observed::Present(Photo::at("https://a")));
        let protocol = said("mtproto", 20, |profile| {
            profile.premium = Observed::Present(true);
            profile.photo = Observed::Present(Photo::named(PhotoId::telegram(5)));
        });
        let kept = crate::overlay(&page.profile, &protocol.profile, false);
        let told = agreement(&kept, &[page, protocol.clone()]);
        assert_eq!(of(&told, Field::Bio), (vec!["mtproto", "scrape"], vec![]), "the latest first");
        assert_eq!(of(&told, Field::Premium), (vec!["mtproto"], vec![]));
        assert_eq!(of(&told, Field::HasPhoto), (vec!["mtproto", "scrape"], vec![]));
        assert_eq!(of(&told, Field::Photo), (vec!["mtproto"], vec![]), "the page gives it no name");
        assert_eq!(of(&told, Field::Birthday), (vec![], vec![]));
        let late = said("scrape", 30, |profile| profile.bio = Observed::Present("other".into()));
        let told = agreement(&kept, &[late, protocol]);
        assert_eq!(of(&told, Field::Bio), (vec!["mtproto"], vec!["scrape"]));
    }

    #[test]
    fn a_page_that_knows_more_targets_does_not_disagree() {
        let page = said("scrape", 10, |profile| {
            let link = Link { text: "see".into(), url: "https://a.example".into() };
            profile.links = Observed::Present(vec![link]);
        });
        let protocol = said("mtproto", 20, |_| {});
        let told = agreement(&page.profile, &[page.clone(), protocol]);
        assert_eq!(of(&told, Field::Links), (vec!["mtproto", "scrape"], vec![]));
    }
}
