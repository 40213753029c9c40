//! How well a profile was watched, in words.

use std::time::Duration;

use tgbio_core::PHOTO_ONCE_IN;
use tgbio_core::Timestamp;
use tgbio_core::coverage::{Span, Watch};
use tgbio_core::schedule::Expectation;
use tgbio_core::store::PhotoSight;

use super::html::{Html, fill};
use super::texts::Texts;
use super::times;
use crate::watched::Watched;

const MOST_GAPS: usize = 5;
/// Looks that come less late are on time.
const TOLD_FROM: Duration = Duration::from_secs(60);

/// How well the profile was watched, in words, with the longest gaps.
pub(super) fn words(t: &Texts, spans: &[Span]) -> Html {
    let (Some(first), Some(last)) = (spans.first(), spans.last()) else { return Html::text(t.coverage_none) };
    let ends = [&times::time(t, first.from), &times::time(t, last.until)];
    if first.from == last.until {
        return fill(t.coverage_once, &ends);
    }
    let between = spans.windows(2).map(|pair| Span::between(pair[0].until, pair[1].from));
    told(t, ends, between)
}

/// The same of a period, whose edges may be gaps as well.
pub(super) fn words_of(t: &Texts, watch: &Watch) -> Html {
    if watch.observed.is_zero() {
        return words(t, &watch.spans);
    }
    let ends = [&times::time(t, watch.from), &times::time(t, watch.until)];
    told(t, ends, watch.gaps.iter().copied())
}

fn told(t: &Texts, ends: [&Html; 2], gaps: impl Iterator<Item = Span>) -> Html {
    let mut gaps: Vec<(Duration, Span)> = gaps.map(|gap| (gap.length(), gap)).collect();
    if gaps.is_empty() {
        return fill(t.coverage_whole, &ends);
    }
    let all = gaps.len();
    gaps.sort_by(|a, b| b.0.cmp(&a.0).then(b.1.from.cmp(&a.1.from)));
    gaps.truncate(MOST_GAPS);
    let count = Html::text(&t.many(&t.gaps, u64::try_from(all).unwrap_or(u64::MAX)));
    let words = if all > MOST_GAPS { t.coverage_longest } else { t.coverage_gaps };
    let mut html = fill(words, &[ends[0], ends[1], &count]);
    list_gaps(&mut html, t, &gaps);
    html
}

fn share(t: &Texts, watch: &Watch) -> Html {
    Html::text(&t.decimal(watch.share().unwrap_or(1.0) * 100.0))
}

/// What it means that nothing changed since the newest change, in a sentence.
pub(super) fn unchanged(t: &Texts, since: Timestamp, watch: &Watch) -> Html {
    let ends = [&times::time(t, since), &times::time(t, watch.until)];
    let share = share(t, watch);
    let gap = Html::text(&times::span(t, watch.longest_gap()));
    let delay = Html::text(&times::span(t, watch.worst_delay));
    fill(t.coverage_unchanged, &[ends[0], ends[1], &share, &gap, &delay])
}

/// What is known about a period in which something changed, or of which it cannot be said that nothing did.
pub(super) fn changed(t: &Texts, watched: &Watched) -> Html {
    let (watch, changes) = (&watched.watch, Html::text(&t.many(&t.changes_told, watched.changes)));
    let ends = [&times::time(t, watch.from), &times::time(t, watch.until)];
    let share = share(t, watch);
    let gap = Html::text(&times::span(t, watch.longest_gap()));
    let delay = Html::text(&times::span(t, watch.worst_delay));
    if watched.changes > 0 {
        fill(t.coverage_changed, &[ends[0], ends[1], &changes, &share, &gap, &delay])
    } else {
        fill(t.coverage_unsure, &[ends[0], ends[1], &share, &gap])
    }
}

/// With what delay a change is told, and what half of it would cost.
pub(super) fn delay(t: &Texts, expected: &Expectation) -> Html {
    let span = |span| Html::text(&times::span(t, span));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small positive number")]
    let requests = |number: f64| Html::text(&t.number(number.round().max(1.0) as u64));
    let parts = [
        &span(expected.interval),
        &span(expected.mean_delay),
        &span(expected.longest_delay),
        &span(expected.confirmation),
        &requests(expected.requests_per_day),
        &requests(expected.more_for_half),
    ];
    let mut told = fill(t.delay_expected, &parts);
    if expected.late >= TOLD_FROM {
        told.markup(" ").push(&fill(t.delay_late, &[&span(expected.late)]));
    }
    if let Some(photo) = expected.photo {
        told.markup(" ").push(&fill(t.delay_photo, &[&span(photo)]));
    }
    told
}

/// What is known of the photo besides, where it has to be read to tell.
pub(super) fn photo(t: &Texts, sight: PhotoSight) -> Option<Html> {
    match sight {
        PhotoSight::ByLooks => None,
        PhotoSight::Read => {
            let later = Html::text(&times::span(t, PHOTO_ONCE_IN));
            Some(fill(t.coverage_photo, &[&later]))
        }
        PhotoSight::Unread { known_until: Some(known) } => {
            Some(fill(t.coverage_photo_since, &[&times::time(t, known)]))
        }
        PhotoSight::Unread { known_until: None } => Some(Html::text(t.coverage_photo_unread)),
    }
}

fn list_gaps(html: &mut Html, t: &Texts, gaps: &[(Duration, Span)]) {
    html.markup("<ul>");
    for (length, gap) in gaps {
        html.markup("<li>")
            .push(&fill(t.coverage_gap, &[&times::time(t, gap.from), &times::time(t, gap.until)]));
        html.markup(" (").push_text(&times::span(t, *length)).markup(")</li>");
    }
    html.markup("</ul>");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::texts::Lang;

    #[test]
    fn the_gap_at_the_end_of_a_period_is_one_in_both_sentences() {
        let at = |minute: u64| Timestamp::from_millis(0).after(Duration::from_secs(60 * minute));
        let spans = [Span::between(at(32), at(34))];
        let t = Lang::En.texts();
        let told = |until| words_of(t, &Watch::over(&spans, at(32), at(until), Duration::ZERO)).to_string();
        assert!(told(34).contains("without a gap"), "{}", told(34));
        assert!(told(40).contains("with 1 gap") && told(40).contains("(6 minutes)"), "{}", told(40));
    }
}
