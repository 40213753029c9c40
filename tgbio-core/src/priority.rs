//! How much a profile matters to those who follow it.

use std::fmt;
use std::time::Duration;

/// How much a profile matters: what it gets of a request budget that is too small for all.
///
/// | priority | adaptive interval | claim of due work |
/// |---|---|---|
/// | high | half | as if it had been due for six hours longer than a normal one |
/// | normal | whole | as long as it has been due |
/// | low | whole | as if it were due six hours later than a normal one |
///
/// So a low one waits while there is not enough for all, and for six hours at most longer than a normal one does: nobody
/// waits for ever. While there is enough, everybody is looked at when due. A fixed interval stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Priority {
    /// After the others.
    Low,
    /// As most.
    #[default]
    Normal,
    /// Before the others, and twice as often.
    High,
}

/// How much longer a priority waits than the one above it.
const STEP: Duration = Duration::from_secs(6 * 3600);

impl Priority {
    /// Every priority, the highest first.
    pub const ALL: [Self; 3] = [Self::High, Self::Normal, Self::Low];

    /// The name in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Normal => "normal",
            Self::High => "high",
        }
    }

    /// The priority with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|priority| priority.as_str() == name)
    }

    /// How long it waits behind one of the highest priority that is due at the same time.
    pub fn waits_behind(self) -> Duration {
        match self {
            Self::High => Duration::ZERO,
            Self::Normal => STEP,
            Self::Low => STEP * 2,
        }
    }

    /// How many looks it gets where a normal one gets one.
    pub(crate) fn looks(self) -> f64 {
        if self == Self::High { 2.0 } else { 1.0 }
    }
}

impl fmt::Display for Priority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back_and_the_higher_waits_less() {
        for pair in Priority::ALL.windows(2) {
            assert!(pair[0] > pair[1] && pair[0].waits_behind() < pair[1].waits_behind());
        }
        for priority in Priority::ALL {
            assert_eq!(Priority::from_name(&priority.to_string()), Some(priority));
        }
        assert_eq!(Priority::from_name("urgent"), None);
    }
}
