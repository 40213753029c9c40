//! Names that nobody knows, and the known ones that may have been meant.

use super::keys;
use super::source::variable;

/// Variables of the environment that are no key and have a meaning of their own.
const OTHERS: [&str; 1] = ["TGBIO_CONFIG"];

/// A variable of the environment that looks like one of this program's and is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownVariable {
    /// Its name.
    pub name: String,
    /// The nearest one that there is.
    pub nearest: Option<String>,
}

impl std::fmt::Display for UnknownVariable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the environment variable {} means nothing and is passed over", self.name)?;
        match &self.nearest {
            Some(nearest) => write!(f, ": did you mean {nearest}?"),
            None => Ok(()),
        }
    }
}

/// Those of these variables that begin with `TGBIO_` and that nobody reads, in the order of the alphabet.
pub fn unknown_variables<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<UnknownVariable> {
    let known: Vec<String> =
        keys::file_keys().map(|key| variable(&key)).chain(OTHERS.map(str::to_owned)).collect();
    let ours = names.into_iter().filter(|name| name.starts_with("TGBIO_"));
    let strange = ours.filter(|name| !known.iter().any(|known| known == name));
    let told = |name: &str| UnknownVariable {
        name: name.to_owned(),
        nearest: near(
            &name.to_ascii_uppercase()["TGBIO_".len()..],
            known.iter().map(|known| &known["TGBIO_".len()..]),
        )
        .map(variable),
    };
    let mut unknown: Vec<UnknownVariable> = strange.map(told).collect();
    unknown.sort_by(|a, b| a.name.cmp(&b.name));
    unknown
}

/// Names the nearest key, or all of them when none is near.
pub(super) fn hint(key: &str) -> String {
    let all: Vec<String> = keys::file_keys().collect();
    match near(key, all.iter().map(String::as_str)) {
        Some(known) => format!("did you mean `{known}`?"),
        None => format!("the keys are {}", all.join(", ")),
    }
}

/// The name with the fewest differences, unless it is another word altogether.
fn near<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let (steps, nearest) = known.map(|known| (distance(name, known), known)).min()?;
    (steps <= name.len().max(3) / 2).then_some(nearest)
}

/// Levenshtein distance in bytes.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.bytes().enumerate() {
            let replaced = diagonal + usize::from(from != to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misspelt_variables_are_named_with_the_nearest() {
        let set = [
            "TGBIO_LISTEN",
            "TGBIO_CHEK_INTERVAL",
            "PATH",
            "TGBIO_CONFIG",
            "TGBIO_PROXY_FILE",
            "TGBIO_ZZZZZZZZZZZZZZ",
        ];
        let told: Vec<String> = unknown_variables(set).iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "the environment variable TGBIO_CHEK_INTERVAL means nothing and is passed over: did you mean \
                 TGBIO_CHECK_INTERVAL?",
                "the environment variable TGBIO_ZZZZZZZZZZZZZZ means nothing and is passed over",
            ]
        );
        let other_case = unknown_variables(["TGBIO_listen"]);
        assert_eq!(other_case[0].nearest.as_deref(), Some("TGBIO_LISTEN"));
    }

    #[test]
    fn distance_counts_edits() {
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
    }
}
