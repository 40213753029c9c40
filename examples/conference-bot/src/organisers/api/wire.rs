//! Bodies of requests and pages of lists.

use poem_openapi::Object;
use tgbio_server::http::{Problem, kinds};

use crate::domain::{Demand, PaperFormat};
use crate::organisers::read::Listed;
use crate::organisers::read::audit::AuditRow;
use crate::organisers::read::delivery::{LetterRow, ReportRow};
use crate::organisers::read::papers::PaperRow;
use crate::organisers::read::people::PersonRow;

macro_rules! pages {
    ($($name:ident of $row:ident;)*) => {$(
        /// A page of a list.
        #[derive(Debug, Object)]
        pub(super) struct $name {
            /// The rows.
            items: Vec<$row>,
            /// Where the next page begins; `null` on the last one.
            next_cursor: Option<String>,
        }

        impl From<Listed<$row>> for $name {
            fn from(listed: Listed<$row>) -> Self {
                Self { items: listed.items, next_cursor: listed.next.map(|next| format!("{next:x}")) }
            }
        }
    )*};
}

pages! {
    PeoplePage of PersonRow;
    PapersPage of PaperRow;
    AuditPage of AuditRow;
    LettersPage of LetterRow;
    ReportsPage of ReportRow;
}

/// Rows of a page when nothing is asked.
pub(super) const fn usual_limit() -> u32 {
    50
}

/// The place that a cursor stands for.
pub(super) fn place(cursor: Option<&str>) -> Result<Option<i64>, Problem> {
    let wrong =
        || Problem::new(kinds::BAD_PARAMETER, "the cursor is not valid: start the list again without one");
    let read = |cursor: &str| i64::from_str_radix(cursor, 16).ok().filter(|place| *place >= 0);
    cursor.map(|cursor| read(cursor).ok_or_else(wrong)).transpose()
}

/// A word of the conference.
pub(super) fn word<T>(
    text: Option<&str>,
    of: impl FnOnce(&str) -> Option<T>,
    name: &str,
) -> Result<Option<T>, Problem> {
    let wrong =
        || Problem::new(kinds::BAD_PARAMETER, format!("`{name}` is none of the words that are possible"));
    text.map(|text| of(text).ok_or_else(wrong)).transpose()
}

/// What was done.
#[derive(Debug, Object)]
pub(super) struct Done {
    /// What is said about it.
    said: String,
}

impl Done {
    pub(super) fn new(said: impl Into<String>) -> Self {
        Self { said: said.into() }
    }
}

impl From<crate::actions::Done> for Done {
    fn from(done: crate::actions::Done) -> Self {
        Self::new(done.notice.map_or_else(|| "done".to_owned(), |say| say.text(crate::texts::Locale::En)))
    }
}

/// A comment.
#[derive(Debug, Default, Object)]
#[oai(deny_unknown_fields)]
pub(super) struct Comment {
    /// For the one about whom it is decided; needed to ask for changes and to reject.
    #[oai(validator(max_length = 2000))]
    pub(super) comment: Option<String>,
}

/// A decision about a paper.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields)]
pub(super) struct Decide {
    /// `accepted`, `revise` or `rejected`.
    pub(super) outcome: String,
    /// `oral`, `poster` or `plenary`, for what is accepted.
    pub(super) presentation: Option<String>,
    /// For the authors.
    #[oai(validator(max_length = 2000))]
    pub(super) comment: Option<String>,
}

/// Who is asked for a review.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields)]
pub(super) struct Offer {
    /// The reviewer's number; without it those are asked who have least to do.
    pub(super) reviewer: Option<i64>,
}

/// A slot of the programme as it should be.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields)]
pub(super) struct NewSlot {
    /// A confirmed paper.
    pub(super) paper_id: Option<i64>,
    /// The title of something that is no paper.
    pub(super) title: Option<String>,
    /// The section, where the paper does not give it.
    pub(super) section_id: Option<i64>,
    /// Where.
    pub(super) room: String,
    /// When, in milliseconds since 1970 in UTC.
    pub(super) starts_at: i64,
    /// How long.
    pub(super) minutes: i64,
}

/// Where and when a slot goes.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields)]
pub(super) struct MovedSlot {
    /// Where.
    pub(super) room: String,
    /// When, in milliseconds since 1970 in UTC.
    pub(super) starts_at: i64,
    /// How long.
    pub(super) minutes: i64,
}

/// A time limit.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields)]
pub(super) struct Limit {
    /// `registration`, `submission`, `revision`, `review` or `confirmation`.
    pub(super) kind: String,
    /// The section; without it all that have no limit of their own.
    pub(super) section_id: Option<i64>,
    /// When, in milliseconds since 1970 in UTC; without it the limit is taken away.
    pub(super) at: Option<i64>,
    /// Minutes that everybody may be late; not shown to them.
    #[oai(default)]
    pub(super) grace_minutes: i64,
}

/// A section as it should be.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields)]
pub(super) struct NewSection {
    /// Short, of letters, digits and `-`; folders of the export have this name.
    pub(super) code: String,
    /// Title in Russian.
    pub(super) title_ru: String,
    /// Title in English.
    pub(super) title_en: String,
    /// Language of its papers: `ru` or `en`.
    pub(super) language: String,
    /// Place among the sections.
    pub(super) position: i64,
    /// Papers can be sent to it.
    pub(super) active: bool,
    /// Whether its papers need a permit for open publication: `required`, `optional` or `none`.
    #[oai(default = "required")]
    pub(super) permit: String,
    /// In which formats its papers are taken: `any` of PDF and DOCX, `pdf` or `docx`.
    #[oai(default = "any_format")]
    pub(super) paper_format: String,
}

fn required() -> String {
    Demand::Required.code().to_owned()
}

fn any_format() -> String {
    PaperFormat::Any.code().to_owned()
}

/// A secret link.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields)]
pub(super) struct NewLink {
    /// The time limit after which it lets somebody be late.
    pub(super) late: Option<String>,
    /// The role that it gives.
    pub(super) role: Option<String>,
    /// The section; without it all.
    pub(super) section_id: Option<i64>,
    /// Until when it works, in milliseconds since 1970 in UTC.
    pub(super) expires_at: i64,
    /// How often it works.
    pub(super) uses: i64,
}

/// A link, shown once.
#[derive(Debug, Object)]
pub(super) struct Link {
    /// The link.
    pub(super) link: String,
}

/// A role for somebody.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields)]
pub(super) struct NewRole {
    /// Who.
    pub(super) person_id: i64,
    /// `reviewer`, `chair`, `moderator` or `organiser`.
    pub(super) role: String,
    /// The section; without it all.
    pub(super) section_id: Option<i64>,
}

/// A message to many. What is left out of the audience does not narrow it.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields)]
pub(super) struct NewBroadcast {
    /// What they are.
    pub(super) status: Option<String>,
    /// How far their registration is.
    pub(super) application: Option<String>,
    /// The section of a paper in which they have a part.
    pub(super) section_id: Option<i64>,
    /// How far a paper is in which they have a part.
    pub(super) paper: Option<String>,
    /// A role that they have.
    pub(super) role: Option<String>,
    /// The text in Russian.
    pub(super) text_ru: String,
    /// The text in English.
    pub(super) text_en: String,
}

/// A message that was written down and not sent yet.
#[derive(Debug, Object)]
pub(super) struct Preview {
    /// Its number.
    pub(super) id: i64,
    /// How many people it is for.
    pub(super) people: i64,
    /// How many of them Telegram reaches.
    pub(super) telegram: i64,
    /// How many only e-mail reaches.
    pub(super) email: i64,
    /// How many nothing reaches.
    pub(super) unreachable: i64,
}
