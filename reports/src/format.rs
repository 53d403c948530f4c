//! How figures are written: units and digits. Nothing written here is ever read back or stored.

use crate::stats::Estimate;

/// Significant digits of times and ratios.
const DIGITS: usize = 3;

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
    figure.trim_start_matches(|c: char| !c.is_alphabetic() && c != '×' && c != '%' && c != ' ')
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

/// A ratio: `5.12×`.
pub fn ratio(ratio: f64) -> String {
    format!("{}×", significant(ratio))
}

/// A round ratio without needless zeros, as an axis has it: `1.5×`.
pub fn ratio_tick(ratio: f64) -> String {
    format!("{}×", without_zeros(&significant(ratio)))
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

/// The change that a ratio stands for: 1.049 is `+4.9 %`.
pub fn change(ratio: f64) -> String {
    signed_percent((ratio - 1.0) * 100.0, 1)
}

/// A speedup that is usually a small step: as a change, or as a ratio from a factor of two on,
/// where percentages are hard to read.
pub fn step(step: &Estimate, detail: Detail) -> String {
    let small = (0.5..2.0).contains(&step.median);
    estimate(step, detail, if small { change } else { ratio })
}

/// The change that a ratio close to 1 stands for: 1.0004 is `+0.04 %`.
pub fn small_change(ratio: f64) -> String {
    signed_percent((ratio - 1.0) * 100.0, 2)
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
    let size = number.abs();
    if size == 0.0 {
        return "0".to_owned();
    }
    if !(1e-4..1e6).contains(&size) {
        return format!("{number:.precision$e}", precision = DIGITS - 1);
    }
    // Written once in scientific form, the number tells its magnitude after rounding.
    let scientific = format!("{size:.precision$e}", precision = DIGITS - 1);
    let magnitude: i32 = scientific
        .split_once('e')
        .and_then(|(_, power)| power.parse().ok())
        .unwrap_or(0);
    let decimals = usize::try_from(DIGITS as i32 - 1 - magnitude).unwrap_or(0);
    format!("{number:.decimals$}")
}

/// One line of printable text: what a results file says must not move a terminal's cursor or end a
/// table's row.
pub fn printable(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Interval;

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

    #[test]
    fn ratios_and_changes() {
        assert_eq!(ratio(0.0512), "0.0512×");
        assert_eq!(ratio(9.999), "10.0×");
        assert_eq!(ratio(1234.0), "1234×");
        assert_eq!(change(1.0488), "+4.9 %");
        assert_eq!(change(0.997), "−0.3 %");
        assert_eq!(change(0.9999), "+0.0 %");
        assert_eq!(change(20.0), "+1900.0 %");
        assert_eq!(small_change(1.0004), "+0.04 %");
        assert_eq!(ratio_tick(3.0 * 0.1), "0.3×");
        assert_eq!(ratio_tick(100.0), "100×");
        assert_eq!(time_tick(10_000.0), "10 µs");
    }

    #[test]
    fn intervals_share_the_unit_of_their_median() {
        let of = |median, low, high| {
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
        };
        let full = |it, write: fn(f64) -> String| estimate(&it, Detail::Full, write);
        assert_eq!(full(of(5.12, 5.1, 5.15), ratio), "5.12× [5.10, 5.15]");
        assert_eq!(full(of(8.3e6, 8.2e6, 8.4e6), time), "8.30 ms [8.20, 8.40]");
        assert_eq!(
            full(of(999e3, 998e3, 1.2e6), time),
            "999 µs [998 µs, 1.20 ms]"
        );
        assert_eq!(full(of(2e9, 999e6, 2e9), time), "2.00 s [999 ms, 2.00 s]");
        assert_eq!(full(of(1.05, 0.99, 1.1), change), "+5.0 % [−1.0, +10.0]");
        assert_eq!(
            estimate(&of(1.05, 0.99, 1.1), Detail::Stacked, change),
            "+5.0 %\n[−1.0, +10.0]"
        );
        assert_eq!(
            estimate(&of(1.05, 0.99, 1.1), Detail::Brief, change),
            "+5.0 %"
        );
        assert_eq!(step(&of(4.8, 4.7, 4.9), Detail::Full), "4.80× [4.70, 4.90]");
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
