//! Choices in the query of a list, and in what is set.

use poem_openapi::Enum;
use tgbio_core::store::Order;
use tgbio_core::{Presence, Priority, ProfileKind};

/// What a profile is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename = "Kind", rename_all = "snake_case")]
pub enum KindChoice {
    /// A person.
    User,
    /// A bot.
    Bot,
    /// A channel.
    Channel,
    /// A public group.
    Group,
}

impl From<KindChoice> for ProfileKind {
    fn from(choice: KindChoice) -> Self {
        match choice {
            KindChoice::User => Self::User,
            KindChoice::Bot => Self::Bot,
            KindChoice::Channel => Self::Channel,
            KindChoice::Group => Self::Group,
        }
    }
}

/// Whether there is a public profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename = "Presence", rename_all = "snake_case")]
pub enum PresenceChoice {
    /// Never seen yet.
    Unknown,
    /// Seen.
    Present,
    /// Not found, not confirmed yet.
    SuspectedMissing,
    /// Confirmed missing.
    Missing,
}

impl From<PresenceChoice> for Presence {
    fn from(choice: PresenceChoice) -> Self {
        match choice {
            PresenceChoice::Unknown => Self::Unknown,
            PresenceChoice::Present => Self::Present,
            PresenceChoice::SuspectedMissing => Self::SuspectedMissing,
            PresenceChoice::Missing => Self::Missing,
        }
    }
}

/// How much a profile matters: what it gets of a request budget that is too small for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename = "Priority", rename_all = "snake_case")]
pub enum PriorityChoice {
    /// After the others while there is not enough for all, for six hours at most.
    Low,
    /// As most.
    Normal,
    /// Before the others while there is not enough for all, and looked at twice as often.
    High,
}

impl From<PriorityChoice> for Priority {
    fn from(choice: PriorityChoice) -> Self {
        match choice {
            PriorityChoice::Low => Self::Low,
            PriorityChoice::Normal => Self::Normal,
            PriorityChoice::High => Self::High,
        }
    }
}

/// How a list of profiles is ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename = "Order", rename_all = "snake_case")]
pub enum OrderChoice {
    /// The longest followed first: a list that never shifts under its reader.
    Followed,
    /// By username.
    Username,
    /// The latest change first.
    Changed,
}

impl From<OrderChoice> for Order {
    fn from(choice: OrderChoice) -> Self {
        match choice {
            OrderChoice::Followed => Self::Followed,
            OrderChoice::Username => Self::Username,
            OrderChoice::Changed => Self::LastChanged,
        }
    }
}
