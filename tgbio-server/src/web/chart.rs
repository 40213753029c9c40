//! Counts over time as an SVG of its own, with axes and without any script.

use std::time::Duration;

use tgbio_core::Timestamp;
use tgbio_core::store::CountPoint;

use super::html::{Html, fill_plain};
use super::texts::Texts;
use super::times;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 260.0;
const RIGHT: f64 = 12.0;
const TOP: f64 = 20.0;
const BOTTOM: f64 = 36.0;
/// Room for one character of a value, in the larger letters of a phone.
const CHARACTER: f64 = 14.0;
/// More points than these are thinned, so that the page stays small.
const MOST_POINTS: usize = 120;
/// Shorter charts have no days between their ends to tell apart.
const DISTINCT: Duration = Duration::from_secs(4 * 24 * 3600);

/// Shorter charts may have the same day at both ends.
const HOURS: Duration = Duration::from_secs(2 * 24 * 3600);

/// A measurement and its picture.
pub(super) struct Chart {
    pub(super) name: &'static str,
    pub(super) svg: Html,
}

/// One chart for each measurement with at least two points.
pub(super) fn charts(t: &Texts, points: &[CountPoint]) -> Vec<Chart> {
    let names = points.first().map(|point| point.counts.named().map(|(name, _)| name)).unwrap_or_default();
    let series = (0..names.len()).map(|at| {
        let of = |point: &CountPoint| Some((point.at, *point.counts.named()[at].1.present()?));
        (names[at], points.iter().filter_map(of).collect::<Vec<_>>())
    });
    let drawn = |(name, points)| Chart { name: t.count(name), svg: chart(t, name, &thinned(points)) };
    series.filter(|(_, points)| points.len() > 1).map(drawn).collect()
}

/// At most so many points, the first and the last among them, and one of each part of the time: there are fewer of long ago.
fn thinned(points: Vec<(Timestamp, u64)>) -> Vec<(Timestamp, u64)> {
    let (Some(first), Some(last)) = (points.first().copied(), points.last().copied()) else { return points };
    if points.len() <= MOST_POINTS {
        return points;
    }
    let (parts, whole) = (MOST_POINTS as u128 - 1, last.0.since(first.0).as_millis().max(1));
    let part = |at: Timestamp| at.since(first.0).as_millis() * parts / whole;
    let mut thinned = vec![first];
    for point in &points[1..points.len() - 1] {
        let before = thinned.last().map_or(0, |(at, _)| part(*at));
        if part(point.0) > before && part(point.0) < parts {
            thinned.push(*point);
        }
    }
    thinned.push(last);
    thinned
}

/// Where values and times stand in the picture.
struct Scale {
    left: f64,
    from: Timestamp,
    length: f64,
    shows_hours: bool,
    low: f64,
    high: f64,
    step: f64,
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "pixels need no more precision, and counts are whole and not negative"
)]
impl Scale {
    fn new(t: &Texts, points: &[(Timestamp, u64)]) -> Self {
        let values = points.iter().map(|(_, value)| *value);
        let low = values.clone().min().unwrap_or(0) as f64;
        let high = values.max().unwrap_or(0) as f64;
        let step = nice_step((high - low).max(1.0) / 4.0);
        let (from, until) = (points[0].0, points[points.len() - 1].0);
        let low = (low / step).floor() * step;
        let high = ((high / step).ceil() * step).max(low + step);
        let left = 12.0 + CHARACTER * t.number(high as u64).chars().count() as f64;
        let span = until.since(from);
        Self { left, from, length: span.as_secs_f64().max(1.0), shows_hours: span < HOURS, low, high, step }
    }

    fn x(&self, at: Timestamp) -> f64 {
        self.left + at.since(self.from).as_secs_f64() / self.length * (WIDTH - self.left - RIGHT)
    }

    fn y(&self, value: f64) -> f64 {
        HEIGHT - BOTTOM - (value - self.low) / (self.high - self.low) * (HEIGHT - TOP - BOTTOM)
    }
}

/// 1, 2 or 5 times a power of ten, at least the given step.
fn nice_step(rough: f64) -> f64 {
    let power = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|times| times * power).find(|step| *step >= rough);
    step.unwrap_or(rough).max(1.0)
}

fn chart(t: &Texts, name: &str, points: &[(Timestamp, u64)]) -> Html {
    let scale = Scale::new(t, points);
    let mut html = Html::default();
    html.push_fmt(format_args!(
        "<svg class=\"chart\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\""
    ));
    html.push_text(&summary(t, name, points)).markup("\">");
    value_axis(&mut html, t, &scale);
    time_axis(&mut html, t, &scale, points);
    line(&mut html, &scale, points);
    for point in points {
        dot(&mut html, t, &scale, *point);
    }
    html.markup("</svg>");
    html
}

fn summary(t: &Texts, name: &str, points: &[(Timestamp, u64)]) -> String {
    let number = |value: Option<u64>| t.number(value.unwrap_or(0));
    let first = number(points.first().map(|point| point.1));
    let last = number(points.last().map(|point| point.1));
    let lowest = number(points.iter().map(|point| point.1).min());
    fill_plain(t.chart_says, &[t.count(name), &first, &last, &lowest])
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts are whole and not negative"
)]
fn value_axis(html: &mut Html, t: &Texts, scale: &Scale) {
    let steps = ((scale.high - scale.low) / scale.step).round() as u32;
    for step in 0..=steps {
        let value = scale.low + f64::from(step) * scale.step;
        let y = scale.y(value);
        let (left, right, label) = (scale.left, WIDTH - RIGHT, scale.left - 8.0);
        html.push_fmt(format_args!("<path class=\"grid\" d=\"M{left} {y:.1}H{right}\"/>"));
        html.push_fmt(format_args!("<text class=\"vlabel\" x=\"{label}\" y=\"{:.1}\">", y + 5.0));
        html.push_text(&t.number(value as u64)).markup("</text>");
    }
}

fn time_axis(html: &mut Html, t: &Texts, scale: &Scale, points: &[(Timestamp, u64)]) {
    let (left, bottom, right) = (scale.left, HEIGHT - BOTTOM, WIDTH - RIGHT);
    html.push_fmt(format_args!("<path class=\"axis\" d=\"M{left} {TOP}V{bottom}H{right}\"/>"));
    let (Some((from, _)), Some((until, _))) = (points.first(), points.last()) else { return };
    let length = until.since(*from);
    time_label(html, t, scale, *from, "start");
    if length >= DISTINCT {
        time_label(html, t, scale, from.after(length / 3), "middle");
        time_label(html, t, scale, from.after(length / 3 * 2), "middle");
    }
    time_label(html, t, scale, *until, "end");
}

fn time_label(html: &mut Html, t: &Texts, scale: &Scale, at: Timestamp, anchor: &str) {
    let (x, y, bottom) = (scale.x(at), HEIGHT - 8.0, HEIGHT - BOTTOM);
    html.push_fmt(format_args!(
        "<path class=\"axis\" d=\"M{x:.1} {bottom}v5\"/><text class=\"{anchor}\" x=\"{x:.1}\" y=\"{y}\">"
    ));
    let told = if scale.shows_hours { times::moment(t, at) } else { times::day(t, at) };
    html.push(&told).markup("</text>");
}

#[expect(clippy::cast_precision_loss, reason = "pixels need no more precision")]
fn line(html: &mut Html, scale: &Scale, points: &[(Timestamp, u64)]) {
    html.markup("<path class=\"line\" d=\"");
    for (index, (at, value)) in points.iter().enumerate() {
        let (x, y) = (scale.x(*at), scale.y(*value as f64));
        match index {
            0 => html.push_fmt(format_args!("M{x:.1} {y:.1}")),
            // A step: the value held until the next measurement told otherwise.
            _ => html.push_fmt(format_args!("H{x:.1}V{y:.1}")),
        };
    }
    html.markup("\"/>");
}

#[expect(clippy::cast_precision_loss, reason = "pixels need no more precision")]
fn dot(html: &mut Html, t: &Texts, scale: &Scale, (at, value): (Timestamp, u64)) {
    let (x, y) = (scale.x(at), scale.y(value as f64));
    html.push_fmt(format_args!("<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\"><title>"));
    html.push_text(&t.number(value)).markup(", ").push(&times::moment(t, at)).markup("</title></circle>");
}

#[cfg(test)]
mod tests {
    use super::super::texts::Lang;
    use super::*;
    use tgbio_core::{Counts, Observed};

    fn points(values: &[u64]) -> Vec<CountPoint> {
        let point = |(day, value): (usize, &u64)| {
            let mut counts = Counts::default();
            counts.subscribers = Observed::Present(*value);
            CountPoint::new(Timestamp::from_millis(day as i64 * 86_400_000), counts)
        };
        values.iter().enumerate().map(point).collect()
    }

    #[test]
    fn every_point_has_a_title_and_axes_have_labels() {
        let charts = charts(Lang::En.texts(), &points(&[1200, 1250, 1190]));
        assert_eq!(charts.len(), 1);
        let svg = charts[0].svg.as_str();
        assert_eq!(svg.matches("<title>").count(), 3);
        assert!(svg.contains("<title>1,250, 2 Jan 1970, 00:00 UTC</title>"));
        assert!(svg.contains(">1 Jan 1970<") && svg.contains(">3 Jan 1970<"), "{svg}");
        assert!(svg.contains("aria-label=\"Subscribers: from 1,200 to 1,190, lowest 1,190\""));
        assert!(svg.contains(">1,180<") || svg.contains(">1,190<"), "{svg}");
        assert!(!svg.contains("style=") && !svg.contains("NaN"));
    }

    #[test]
    fn the_ends_of_a_short_chart_are_told_apart() {
        let mut day = points(&[10, 20]);
        day[1].at = Timestamp::from_millis(3_600_000);
        let drawn = charts(Lang::En.texts(), &day);
        let svg = drawn[0].svg.as_str();
        assert!(svg.contains(">1 Jan 1970, 00:00 UTC<") && svg.contains(">1 Jan 1970, 01:00 UTC<"), "{svg}");
    }

    #[test]
    fn long_ago_is_drawn_though_most_points_are_recent() {
        let mut both = points(&[1; 101]);
        let recent = points(&[2; 900]);
        let minutes = |(at, point): (usize, CountPoint)| {
            CountPoint::new(Timestamp::from_millis(100 * 86_400_000 + at as i64 * 60_000 + 1), point.counts)
        };
        both.extend(recent.into_iter().enumerate().map(minutes));
        let drawn = charts(Lang::En.texts(), &both);
        let titles = drawn[0].svg.as_str().matches("<title>1, ").count();
        assert!(titles > 80, "{titles} of the hundred days");
    }

    #[test]
    fn odd_series_draw() {
        assert!(charts(Lang::En.texts(), &points(&[5])).is_empty());
        for values in [vec![7, 7], vec![0, 0], vec![0, u64::MAX / 2], vec![3; 1000]] {
            let drawn = charts(Lang::Ru.texts(), &points(&values));
            assert_eq!(drawn.len(), 1);
            assert!(!drawn[0].svg.as_str().contains("NaN") && !drawn[0].svg.as_str().contains("inf"));
            assert!(drawn[0].svg.as_str().matches("<circle").count() <= MOST_POINTS);
        }
    }
}
