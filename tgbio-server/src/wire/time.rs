//! A point in time: RFC 3339, in answers always in UTC with milliseconds.

use std::fmt;

use poem_openapi::registry::MetaSchema;
use serde::Serialize;
use tgbio_core::{Timestamp, TimestampError};

use super::scalar::scalar;

/// A point in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Time(pub Timestamp);

impl Time {
    fn read(text: &str) -> Result<Self, TimestampError> {
        text.parse().map(Self)
    }

    fn schema() -> MetaSchema {
        MetaSchema::new_with_format("string", "date-time")
    }
}

impl From<Timestamp> for Time {
    fn from(time: Timestamp) -> Self {
        Self(time)
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

scalar!(Time, "time");
