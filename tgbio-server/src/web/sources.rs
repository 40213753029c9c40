//! Who says what about a profile, where more than one backend has seen it.

use tgbio_core::sources::{Source, agreement};
use tgbio_core::store::ProfileRecord;

use super::html::{Html, fill};
use super::texts::Texts;
use super::times;

/// The sources of a profile; nothing where there is only one.
pub(super) struct Sources {
    /// The backends, with when they last said what they say.
    pub(super) backends: Vec<Html>,
    /// A field, who says what is kept, who says something else.
    pub(super) fields: Vec<(&'static str, String, String)>,
}

impl Sources {
    pub(super) fn new(t: &'static Texts, record: &ProfileRecord, sources: &[Source]) -> Option<Self> {
        let state = record.state.as_ref().filter(|_| sources.len() > 1)?;
        let backend = |source: &Source| {
            fill(t.source_says, &[&Html::text(t.source(&source.fetcher)), &times::ago(t, source.observed_at)])
        };
        let told = agreement(state, sources);
        let field = |told: &tgbio_core::sources::FieldSources| {
            (t.field(told.field), named(t, &told.agree), named(t, &told.disagree))
        };
        let mut fields: Vec<_> = told.iter().map(field).collect();
        // The two faces of the photo have one name.
        fields.dedup();
        Some(Self { backends: sources.iter().map(backend).collect(), fields })
    }
}

fn named(t: &Texts, fetchers: &[String]) -> String {
    fetchers.iter().map(|name| t.source(name)).collect::<Vec<_>>().join(", ")
}
