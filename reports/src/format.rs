//! How figures are written: units and digits. Nothing written here is ever read back or stored.

use crate::stats::{Estimate, Interval};

/// Significant digits of times and ratios.
const DIGITS: usize = 3;

/// The most digits of a ratio: ends of an interval that they don't tell apart are the same to any reader.
const MOST_DIGITS: usize = 5;

/// The most decimals of a percentage, likewise.
const MOST_DECIMALS: usize = 3;

/// How much of an estimate is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// Median and interval on one line.
    Full,
    /// The interval on a line of its own below the median.
    Stacked,
    /// The median alone.
    Brief,
}

/// A median, with its interval as far as the detail asks for it: `5.12× [5.10, 5.15]`. The
/// interval goes without units where they are the median's.
pub fn estimate(estimate: &Estimate, detail: Detail, write: impl Fn(f64) -> String) -> String {
    let median = write(estimate.median);
    let Some(interval) = estimate.interval.filter(|_| detail != Detail::Brief) else {
        return median;
    };
    let (low, high) = (write(interval.low), write(interval.high));
    let unit = unit(&median);
    let (low, high) = match (low.strip_suffix(unit), high.strip_suffix(unit)) {
        (Some(low), Some(high)) if ends_in_digit(low) && ends_in_digit(high) => (low, high),
        _ => (low.as_str(), high.as_str()),
    };
    let separator = if detail == Detail::Stacked { '\n' } else { ' ' };
    format!("{median}{separator}[{low}, {high}]")
}

/// What follows a figure's last digit.
fn unit(figure: &str) -> &str {
    let digits = figure.trim_end_matches(|c: char| !c.is_ascii_digit());
    &figure[digits.len()..]
}

fn ends_in_digit(figure: &str) -> bool {
    figure.ends_with(|last: char| last.is_ascii_digit())
}

/// Nanoseconds in the unit that suits them: `742 ns`, `8.31 µs`, `16.2 ms`, `1.40 s`.
pub fn time(nanoseconds: f64) -> String {
    // The unit must suit the rounded figure: 999.7 ns are 1.00 µs, not 1000 ns.
    const ROUNDS_UP: f64 = 999.5;
    let (scaled, unit) = match nanoseconds.abs() {
        n if n < ROUNDS_UP => (nanoseconds, "ns"),
        n if n < ROUNDS_UP * 1e3 => (nanoseconds / 1e3, "µs"),
        n if n < ROUNDS_UP * 1e6 => (nanoseconds / 1e6, "ms"),
        _ => (nanoseconds / 1e9, "s"),
    };
    format!("{} {unit}", significant(scaled))
}

/// A difference of times, with its sign.
pub fn signed_time(nanoseconds: f64) -> String {
    let sign = if nanoseconds < 0.0 { '−' } else { '+' };
    format!("{sign}{}", time(nanoseconds.abs()))
}

/// A speedup: `5.12× [5.10, 5.15]`, `98.0× slower [97.1, 98.8]`, or, within ±10 % of 1, where a ratio's
/// digits hide what was found, `+0.8 % [+0.3, +1.2]`.
pub fn speedup(speedup: &Estimate, detail: Detail) -> String {
    if (0.9..=1.1).contains(&speedup.median) {
        change(speedup, detail)
    } else {
        factor(speedup, detail)
    }
}

/// A speedup that is usually a small step: in per cent, or as a factor from two on, where percentages
/// are hard to read.
pub fn step(step: &Estimate, detail: Detail) -> String {
    if (0.5..2.0).contains(&step.median) {
        change(step, detail)
    } else {
        factor(step, detail)
    }
}

/// How many times as fast, or as slow.
fn factor(speedup: &Estimate, detail: Detail) -> String {
    let is_slower = speedup.median < 1.0;
    let (factor, unit) = if is_slower {
        (inverse(speedup), "× slower")
    } else {
        (*speedup, "×")
    };
    let digits = (DIGITS..=MOST_DIGITS)
        .find(|&digits| ends_differ(&factor, |it| significant_to(it, digits)))
        .unwrap_or(DIGITS);
    estimate(&factor, detail, |it| {
        format!("{}{unit}", significant_to(it, digits))
    })
}

fn inverse(estimate: &Estimate) -> Estimate {
    Estimate {
        median: 1.0 / estimate.median,
        interval: estimate.interval.map(|interval| Interval {
            low: 1.0 / interval.high,
            high: 1.0 / interval.low,
            ..interval
        }),
        ..*estimate
    }
}

/// A ratio as the change that it stands for: 1.049 is `+4.9 %`. It has the digits by which the ends of
/// its interval differ, from each other and from nothing.
pub fn change(ratio: &Estimate, detail: Detail) -> String {
    change_with(1, ratio, detail)
}

/// The change that a ratio close to 1 stands for, with at least two decimals: 1.0004 is `+0.04 %`.
pub fn small_change(ratio: &Estimate, detail: Detail) -> String {
    change_with(2, ratio, detail)
}

fn change_with(least: usize, ratio: &Estimate, detail: Detail) -> String {
    let percent = |ratio: f64| (ratio - 1.0) * 100.0;
    let is_told = |decimals: usize| {
        let write = |ratio: f64| signed_percent(percent(ratio), decimals);
        let ends = ratio.interval.iter().flat_map(|it| [it.low, it.high]);
        let nothing = write(1.0);
        ends_differ(ratio, write)
            && ends
                .into_iter()
                .all(|end| end == 1.0 || write(end) != nothing)
    };
    let decimals = (least..=MOST_DECIMALS).find(|&it| is_told(it));
    let decimals = decimals.unwrap_or(least);
    estimate(ratio, detail, |it| signed_percent(percent(it), decimals))
}

/// Whether the ends of an interval are told apart as they are written; those that are equal needn't be.
fn ends_differ(estimate: &Estimate, write: impl Fn(f64) -> String) -> bool {
    estimate
        .interval
        .is_none_or(|Interval { low, high, .. }| low == high || write(low) != write(high))
}

/// A ratio without an interval.
pub fn exactly(ratio: f64) -> Estimate {
    Estimate {
        median: ratio,
        interval: None,
        values: 1,
    }
}

/// A published speedup, which has two decimals and so may have a single digit: `2.19×`, `20× slower`.
pub fn published_speedup(speedup: f64) -> String {
    if speedup < 0.9 && speedup > 0.0 {
        format!(
            "{}× slower",
            without_zeros(&significant_to(1.0 / speedup, 2))
        )
    } else {
        format!("{speedup:.2}×")
    }
}

/// A round ratio without needless zeros, as an axis has it: `1.5×`, and `1/20×` for 0.05.
pub fn ratio_tick(ratio: f64) -> String {
    let inverse = 1.0 / ratio;
    if ratio <= 0.5 && (inverse.round() - inverse).abs() < 1e-6 * inverse {
        format!("1/{}×", without_zeros(&significant(inverse)))
    } else {
        format!("{}×", without_zeros(&significant(ratio)))
    }
}

/// A round time without needless zeros, as an axis has it: `10 µs`.
pub fn time_tick(nanoseconds: f64) -> String {
    match time(nanoseconds).split_once(' ') {
        Some((digits, unit)) => format!("{} {unit}", without_zeros(digits)),
        None => time(nanoseconds),
    }
}

fn without_zeros(digits: &str) -> &str {
    if digits.contains('.') && !digits.contains('e') {
        digits.trim_end_matches('0').trim_end_matches('.')
    } else {
        digits
    }
}

/// A change in percent, with its sign: `−0.3 %`.
pub fn signed_percent(percent: f64, decimals: usize) -> String {
    let digits = if percent.abs() < 1e6 {
        format!("{:.decimals$}", percent.abs())
    } else {
        significant(percent.abs())
    };
    // What rounds to nothing has no sign to lose.
    let negative = percent < 0.0 && digits.contains(|digit: char| ('1'..='9').contains(&digit));
    format!("{}{digits} %", if negative { '−' } else { '+' })
}

/// A whole number in groups of three digits: `242,785`.
pub fn count(count: u64) -> String {
    let digits = count.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// So many of something, for words that only take an s: `1 round`, `61 rounds`.
pub fn counted(count: usize, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}

/// A number of no unit with three significant digits; in powers of ten where it would be long.
pub fn significant(number: f64) -> String {
    significant_to(number, DIGITS)
}

fn significant_to(number: f64, digits: usize) -> String {
    let size = number.abs();
    if size == 0.0 {
        return "0".to_owned();
    }
    if !(1e-4..1e6).contains(&size) {
        return format!("{number:.precision$e}", precision = digits - 1);
    }
    // Written once in scientific form, the number tells its magnitude after rounding.
    let scientific = format!("{size:.precision$e}", precision = digits - 1);
    let magnitude: i32 = scientific
        .split_once('e')
        .and_then(|(_, power)| power.parse().ok())
        .unwrap_or(0);
    let decimals = usize::try_from(digits as i32 - 1 - magnitude).unwrap_or(0);
    format!("{number:.decimals$}")
}

/// One line of printable text: what a results file says must not move a terminal's cursor or end a
/// table's row.
pub fn printable(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            // What changes the direction of writing shows another text than there is.
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => ' ',
            _ if c.is_control() => ' ',
            _ => c,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_three_digits_and_a_fitting_unit() {
        for (nanoseconds, written) in [
            (0.0, "0 ns"),
            (0.512, "0.512 ns"),
            (42.0, "42.0 ns"),
            (999.4, "999 ns"),
            (999.7, "1.00 µs"),
            (8_314.0, "8.31 µs"),
            (9_996.0, "10.0 µs"),
            (165_660_000.0, "166 ms"),
            (1.4e9, "1.40 s"),
            (3.6e12, "3600 s"),
            (1e300, "1.00e291 s"),
        ] {
            assert_eq!(time(nanoseconds), written);
        }
        assert_eq!(signed_time(-1_500.0), "−1.50 µs");
    }

    fn of(median: f64, low: f64, high: f64) -> Estimate {
        let interval = Some(Interval {
            low,
            high,
            coverage: 0.96,
        });
        Estimate {
            median,
            interval,
            values: 9,
        }
    }

    #[test]
    fn a_speedup_says_what_was_found_at_any_size() {
        for (estimate, written) in [
            (of(5.12, 5.1, 5.15), "5.12× [5.10, 5.15]"),
            (of(1.25, 1.2497, 1.2503), "1.2500× [1.2497, 1.2503]"),
            (of(1.008, 1.003, 1.012), "+0.8 % [+0.3, +1.2]"),
            (of(1.0, 0.999, 1.001), "+0.0 % [−0.1, +0.1]"),
            (of(1.0101, 1.0099, 1.0103), "+1.01 % [+0.99, +1.03]"),
            // An end that isn't nothing doesn't look like it.
            (of(1.01, 1.0002, 1.02), "+1.00 % [+0.02, +2.00]"),
            (of(0.95, 0.94, 0.96), "−5.0 % [−6.0, −4.0]"),
            (of(0.8, 0.78, 0.82), "1.25× slower [1.22, 1.28]"),
            (of(0.0102, 0.0101, 0.0103), "98.0× slower [97.1, 99.0]"),
            (of(1e-9, 0.9e-9, 1.1e-9), "1.00e9× slower [9.09e8, 1.11e9]"),
            (of(1.25, 1.25, 1.25), "1.25× [1.25, 1.25]"),
            (exactly(0.01), "100× slower"),
            (exactly(1.0), "+0.0 %"),
        ] {
            let median = written.split(" [").next().unwrap();
            assert_eq!(speedup(&estimate, Detail::Full), written);
            assert_eq!(speedup(&estimate, Detail::Brief), median);
        }
    }

    #[test]
    fn a_step_is_a_percentage_up_to_a_factor_of_two() {
        for (estimate, written) in [
            (of(4.8, 4.7, 4.9), "4.80× [4.70, 4.90]"),
            (of(1.9, 1.8, 2.1), "+90.0 % [+80.0, +110.0]"),
            (of(0.6, 0.5, 0.7), "−40.0 % [−50.0, −30.0]"),
            (of(0.25, 0.2, 0.3), "4.00× slower [3.33, 5.00]"),
            (of(1.02012, 1.02008, 1.02016), "+2.01 % [+2.01, +2.02]"),
        ] {
            assert_eq!(step(&estimate, Detail::Full), written);
        }
    }

    /// Two ends that differ by a hundred thousandth of the reference's time are told apart.
    #[test]
    fn the_ends_of_an_interval_differ() {
        for width in [1e-1, 1e-2, 1e-3, 1e-4, 1.1e-5] {
            for median in [0.91, 0.97, 1.0, 1.03, 1.09] {
                let it = of(median, median - width / 2.0, median + width / 2.0);
                for written in [
                    speedup(&it, Detail::Full),
                    step(&it, Detail::Full),
                    change(&it, Detail::Full),
                    small_change(&it, Detail::Full),
                ] {
                    let ends = written.split(['[', ',', ']']).map(str::trim);
                    let ends: Vec<&str> = ends.skip(1).take(2).collect();
                    assert_ne!(ends[0], ends[1], "{written}");
                }
            }
        }
    }

    #[test]
    fn ratios_and_changes() {
        let changed = |ratio| change(&exactly(ratio), Detail::Full);
        assert_eq!(changed(1.0488), "+4.9 %");
        assert_eq!(changed(0.997), "−0.3 %");
        assert_eq!(changed(0.9999), "+0.0 %");
        assert_eq!(changed(20.0), "+1900.0 %");
        assert_eq!(small_change(&exactly(1.0004), Detail::Full), "+0.04 %");
        assert_eq!(ratio_tick(0.6), "0.6×");
        assert_eq!(ratio_tick(0.5), "1/2×");
        assert_eq!(ratio_tick(0.1 * 0.5), "1/20×");
        assert_eq!(ratio_tick(100.0), "100×");
        assert_eq!(time_tick(10_000.0), "10 µs");
        assert_eq!(published_speedup(2.19), "2.19×");
        assert_eq!(published_speedup(0.24), "4.2× slower");
        assert_eq!(published_speedup(0.05), "20× slower");
    }

    #[test]
    fn intervals_share_the_unit_of_their_median() {
        let full = |it, write: fn(f64) -> String| estimate(&it, Detail::Full, write);
        assert_eq!(full(of(8.3e6, 8.2e6, 8.4e6), time), "8.30 ms [8.20, 8.40]");
        assert_eq!(
            full(of(999e3, 998e3, 1.2e6), time),
            "999 µs [998 µs, 1.20 ms]"
        );
        assert_eq!(full(of(2e9, 999e6, 2e9), time), "2.00 s [999 ms, 2.00 s]");
        let it = of(1.05, 0.99, 1.1);
        assert_eq!(change(&it, Detail::Full), "+5.0 % [−1.0, +10.0]");
        assert_eq!(change(&it, Detail::Stacked), "+5.0 %\n[−1.0, +10.0]");
        assert_eq!(change(&it, Detail::Brief), "+5.0 %");
    }

    #[test]
    fn one_is_no_plural() {
        assert_eq!(counted(1, "round"), "1 round");
        assert_eq!(counted(0, "round"), "0 rounds");
        assert_eq!(counted(61, "round"), "61 rounds");
    }

    #[test]
    fn counts_are_grouped() {
        assert_eq!(count(7), "7");
        assert_eq!(count(242_785), "242,785");
        assert_eq!(count(1_000_000), "1,000,000");
    }
}
