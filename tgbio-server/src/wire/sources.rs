//! Who says what about a profile, in JSON.

use std::collections::BTreeMap;

use poem_openapi::Object;
use serde::Serialize;
use serde_json::Value;
use tgbio_core::sources::{FieldSources, Source, agreement};
use tgbio_core::store::ProfileRecord;
use tgbio_core::{Field, Observed};

use super::change::json;
use super::{FollowedProfile, Time};

/// What one backend says of a profile.
#[derive(Debug, Clone, PartialEq, Eq, Object, Serialize)]
#[oai(rename = "Backend")]
pub struct Backend {
    /// The backend's name, like `scrape` or `mtproto`.
    pub name: String,
    /// The reader and its version.
    pub parser: String,
    /// When it last said this.
    pub observed_at: Time,
    /// What it says, by the fields' names, in the field's own type; `null` is nothing. What it cannot see is left out.
    pub fields: BTreeMap<String, Value>,
}

/// Who stands behind the value of one field.
#[derive(Debug, Clone, PartialEq, Eq, Object, Serialize)]
#[oai(rename = "FieldSource")]
pub struct FieldSource {
    /// The field's name.
    pub field: String,
    /// The backend that said the present value last; `null` when none says it any more.
    #[oai(nullable)]
    pub source: Option<String>,
    /// All backends that say the present value.
    pub agree: Vec<String>,
    /// The backends that say something else.
    pub disagree: Vec<String>,
}

/// Which backend says what.
#[derive(Debug, Clone, PartialEq, Eq, Object, Serialize)]
#[oai(rename = "Sources")]
pub struct SourceFields {
    /// The backends that have seen the profile, by name.
    pub backends: Vec<Backend>,
    /// The fields that at least one of them sees.
    pub fields: Vec<FieldSource>,
}

/// A followed profile with what each backend says of it.
#[derive(Debug, Clone, PartialEq, Eq, Object, Serialize)]
#[oai(rename = "ProfileWithSources")]
pub struct SourcedProfile {
    /// The profile.
    #[oai(flatten)]
    #[serde(flatten)]
    pub profile: FollowedProfile,
    /// Which backend says what.
    pub sources: SourceFields,
}

impl From<&Source> for Backend {
    fn from(source: &Source) -> Self {
        let field = |field: Field| match source.profile.value(field) {
            Observed::Present(value) => Some((field.to_string(), json(Some(&value)))),
            Observed::Absent => Some((field.to_string(), Value::Null)),
            Observed::Hidden => None,
        };
        Self {
            name: source.fetcher.clone(),
            parser: source.parser.clone(),
            observed_at: source.observed_at.into(),
            fields: Field::OF_PROFILE.into_iter().filter_map(field).collect(),
        }
    }
}

impl From<FieldSources> for FieldSource {
    fn from(told: FieldSources) -> Self {
        let source = told.agree.first().cloned();
        Self { field: told.field.to_string(), source, agree: told.agree, disagree: told.disagree }
    }
}

impl SourceFields {
    /// What these sources say of a profile.
    pub fn new(record: &ProfileRecord, sources: &[Source]) -> Self {
        let told = record.state.as_ref().map(|state| agreement(state, sources)).unwrap_or_default();
        Self {
            backends: sources.iter().map(Backend::from).collect(),
            fields: told.into_iter().map(FieldSource::from).collect(),
        }
    }
}
