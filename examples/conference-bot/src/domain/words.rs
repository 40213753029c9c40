//! Words that the database, the buttons and the texts share.

use super::file::Format;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $code:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[expect(missing_docs, reason = "the words speak for themselves")]
        pub enum $name { $($variant),* }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The word in the database.
            pub fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),* }
            }

            /// By its code.
            pub fn of(code: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|word| word.code() == code)
            }
        }

        impl rusqlite::ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
                Ok(self.code().into())
            }
        }

        impl rusqlite::types::FromSql for $name {
            fn column_result(value: rusqlite::types::ValueRef<'_>) -> rusqlite::types::FromSqlResult<Self> {
                Self::of(value.as_str()?).ok_or(rusqlite::types::FromSqlError::InvalidType)
            }
        }
    };
}

words! {
    /// What a participant is.
    Status { Pupil = "pupil", Student = "student", Postgraduate = "postgraduate", Employee = "employee" }
}
words! {
    /// What somebody may do beside taking part. A section in the grant narrows it.
    Role { Reviewer = "reviewer", Chair = "chair", Moderator = "moderator", Organiser = "organiser" }
}
words! {
    /// How far a registration is.
    ApplicationState {
        Draft = "draft", Submitted = "submitted", Approved = "approved",
        ChangesRequested = "changes_requested", Rejected = "rejected",
    }
}
words! {
    /// How far a paper is.
    PaperState {
        Draft = "draft", Submitted = "submitted", ChangesRequested = "changes_requested",
        UnderReview = "under_review", Revise = "revise", Accepted = "accepted", Confirmed = "confirmed",
        Scheduled = "scheduled", Rejected = "rejected", Withdrawn = "withdrawn",
    }
}
words! {
    /// What somebody is to a paper.
    Part { Author = "author", CoAuthor = "co_author", Supervisor = "supervisor" }
}
words! {
    /// How far an invitation is.
    InvitationState {
        Pending = "pending", Accepted = "accepted", Declined = "declined", Revoked = "revoked", Expired = "expired",
    }
}
words! {
    /// What a document is.
    DocumentKind { Consent = "consent", Paper = "paper", Permit = "permit" }
}
words! {
    /// Whether a document is asked for.
    Demand { Required = "required", Optional = "optional", None = "none" }
}
words! {
    /// In which formats a paper is taken.
    PaperFormat { Any = "any", Pdf = "pdf", Docx = "docx" }
}
words! {
    /// What a time limit is for.
    DeadlineKind {
        Registration = "registration", Submission = "submission", Revision = "revision", Review = "review",
        Confirmation = "confirmation",
    }
}
words! {
    /// What a reviewer advises.
    Advice { Accept = "accept", Revise = "revise", Reject = "reject" }
}
words! {
    /// What becomes of a paper.
    Outcome { Accepted = "accepted", Revise = "revise", Rejected = "rejected" }
}
words! {
    /// How an accepted paper is given.
    Presentation { Oral = "oral", Poster = "poster", Plenary = "plenary" }
}
words! {
    /// What a review scores, each from 1 to 5.
    Criterion { Relevance = "relevance", Novelty = "novelty", Method = "method", Clarity = "clarity" }
}

impl DeadlineKind {
    /// It binds those who take part, so that one of them can be let be late. That of reviews is only said.
    pub fn for_people(self) -> bool {
        self != Self::Review
    }
}

impl PaperFormat {
    /// Whether a paper of this format is taken.
    pub fn takes(self, format: Format) -> bool {
        match self {
            Self::Any => true,
            Self::Pdf => format == Format::Pdf,
            Self::Docx => format == Format::Docx,
        }
    }
}

impl PaperState {
    /// The authors may change the paper, until the time limit of this kind.
    pub fn editable_until(self) -> Option<DeadlineKind> {
        match self {
            Self::Draft | Self::Submitted | Self::ChangesRequested => Some(DeadlineKind::Submission),
            Self::Revise => Some(DeadlineKind::Revision),
            _ => None,
        }
    }

    /// The authors may still withdraw the paper.
    pub fn withdrawable(self) -> bool {
        !matches!(self, Self::Scheduled | Self::Rejected | Self::Withdrawn)
    }
}
