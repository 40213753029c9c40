//! The lines of the table, and the medians in them.

/// Prints the head of the table.
pub fn head() {
    println!("| work | measured | baseline | ratio | aim | |");
    println!("|---|---|---|---|---|---|");
}

/// Prints one line; `met` says whether the aim is reached.
pub fn line(work: &str, measured: &str, baseline: &str, ratio: Option<f64>, aim: &str, met: bool) {
    let ratio = ratio.map_or_else(|| "-".to_owned(), |ratio| format!("{ratio:.2}"));
    let met = if met { "met" } else { "MISSED" };
    println!("| {work} | {measured} | {baseline} | {ratio} | {aim} | {met} |");
}

/// The middle one of several figures.
pub fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Many per second.
pub fn rate(per_second: f64) -> String {
    format!("{per_second:.0}/s")
}
