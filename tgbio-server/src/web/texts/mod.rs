//! The texts of the pages in every language, from one catalogue: a text that lacks a language does not compile, and a
//! text that no page uses is a warning.

mod catalogue;
mod labels;
mod problems;
#[cfg(test)]
mod tests;

use poem::http::{HeaderMap, header};

pub(super) use catalogue::Texts;

/// A language of the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Lang {
    En,
    Ru,
}

impl Lang {
    pub(super) const ALL: [Self; 2] = [Self::En, Self::Ru];

    /// The code in HTML, in cookies and in `Accept-Language`.
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Ru => "ru",
        }
    }

    /// The language's own name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::Ru => "Русский",
        }
    }

    pub(super) fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|lang| lang.code() == code)
    }

    pub(super) fn texts(self) -> &'static Texts {
        match self {
            Self::En => &catalogue::EN,
            Self::Ru => &catalogue::RU,
        }
    }

    /// The language that a browser likes best, English without any that we have.
    pub(super) fn accepted(headers: &HeaderMap) -> Self {
        let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let wishes = accepted.unwrap_or_default().split(',').filter_map(wish);
        let best = wishes.fold(None, |best: Option<(f32, Self)>, wish| match best {
            Some(best) if best.0 >= wish.0 => Some(best),
            _ => Some(wish),
        });
        best.map_or(Self::En, |(_, lang)| lang)
    }

    /// Which of up to three forms goes with a number.
    fn form(self, n: u64) -> usize {
        match (self, n % 10, n % 100) {
            (Self::En, ..) => usize::from(n != 1),
            (Self::Ru, 1, tens) if tens != 11 => 0,
            (Self::Ru, 2..=4, tens) if !(12..=14).contains(&tens) => 1,
            (Self::Ru, ..) => 2,
        }
    }

    /// What stands between groups of three digits.
    fn digit_gap(self) -> char {
        match self {
            Self::En => ',',
            Self::Ru => '\u{a0}',
        }
    }
}

/// One entry of `Accept-Language` with its weight, if it is a language that we have and not refused.
fn wish(entry: &str) -> Option<(f32, Lang)> {
    let mut parts = entry.split(';').map(str::trim);
    let code = parts.next()?.split('-').next()?.to_ascii_lowercase();
    let weight = parts.find_map(|part| part.strip_prefix("q=")).map_or(Some(1.0), |q| q.parse().ok())?;
    let lang = Lang::from_code(&code)?;
    (weight > 0.0).then_some((weight, lang))
}

/// A text with the forms that go with numbers; `{0}` stands for the number.
pub(super) struct Plural(&'static [&'static str]);

impl Texts {
    /// The text that goes with a number.
    pub(super) fn many(&self, plural: &Plural, n: u64) -> String {
        plural.0.get(self.lang.form(n)).unwrap_or(&"{0}").replace("{0}", &self.number(n))
    }

    /// A number with one digit behind the point.
    pub(super) fn decimal(&self, number: f64) -> String {
        match self.lang {
            Lang::En => format!("{number:.1}"),
            Lang::Ru => format!("{number:.1}").replace('.', ","),
        }
    }

    /// A number with its digits in groups of three.
    pub(super) fn number(&self, n: u64) -> String {
        let digits = n.to_string();
        let mut grouped = String::with_capacity(digits.len() + digits.len() / 3 * 2);
        for (at, digit) in digits.char_indices() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                grouped.push(self.lang.digit_gap());
            }
            grouped.push(digit);
        }
        grouped
    }
}
