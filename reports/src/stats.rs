//! Medians, their intervals and what may be concluded from one: nothing here assumes a
//! distribution, and nothing here knows of variants or workloads.
//!
//! Deliberately without means and standard deviations: a single interrupted sample would move them.

mod ranked;
mod shift;
mod symmetric;

use std::fmt;

use serde::Serialize;
pub use shift::rank_sum_test;
pub use symmetric::signed_rank_test;

/// The least coverage that an interval must have to be given at all.
pub const CONFIDENCE: f64 = 0.95;

/// The fewest values for which an interval of [`CONFIDENCE`] exists: with five, even the whole
/// range covers the median with probability 1 − 2/2⁵ = 0.9375 only.
pub const MIN_VALUES: usize = 6;

/// Ratios within this of 1 count as the same: a difference that nobody would act upon.
pub const SAME_WITHIN: f64 = 0.01;

/// An interval that covers the median, or the shift, with at least [`CONFIDENCE`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// The probability that such an interval covers it, from 0 to 1: exact, but for the shift
    /// between many values, where it is a lower bound.
    pub coverage: f64,
}

/// A median and how sure it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The median.
    pub median: f64,
    /// Its interval; `None` with too few values, which for a median is fewer than [`MIN_VALUES`].
    pub interval: Option<Interval>,
    /// How many values it was taken from.
    pub values: usize,
}

impl Estimate {
    /// The estimate from these values, in any order; `None` if there are none.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut sorted: Vec<f64> = values.into_iter().collect();
        sorted.sort_by(f64::total_cmp);
        Some(Self {
            median: median_of_sorted(&sorted)?,
            interval: interval_of_sorted(&sorted),
            values: sorted.len(),
        })
    }

    /// The estimate of a rising function of the value. Order statistics commute with such a
    /// function, so the coverage stays exact.
    #[must_use]
    pub fn map(self, rising: impl Fn(f64) -> f64) -> Self {
        let interval = self.interval.map(|interval| Interval {
            low: rising(interval.low),
            high: rising(interval.high),
            ..interval
        });
        Self {
            median: rising(self.median),
            interval,
            ..self
        }
    }

    /// Half the interval's width.
    pub fn half_width(&self) -> Option<f64> {
        self.interval
            .map(|interval| (interval.high - interval.low) / 2.0)
    }
}

/// The median: the middle value, or the mean of the middle two; `None` if there are no values.
pub fn median(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    Estimate::of(values).map(|estimate| estimate.median)
}

fn median_of_sorted(sorted: &[f64]) -> Option<f64> {
    let upper = *sorted.get(sorted.len() / 2)?;
    if sorted.len() % 2 == 1 {
        return Some(upper);
    }
    let lower = sorted[sorted.len() / 2 - 1];
    Some(lower + (upper - lower) / 2.0)
}

/// From the k-th smallest to the k-th largest value, with the largest k that keeps
/// [`CONFIDENCE`].
fn interval_of_sorted(sorted: &[f64]) -> Option<Interval> {
    let (rank, coverage) = interval_rank(sorted.len())?;
    Some(Interval {
        low: sorted[rank - 1],
        high: sorted[sorted.len() - rank],
        coverage,
    })
}

/// The rank k (from 1) of the interval's ends among n values, and its coverage.
///
/// Each value is below the median with probability ½, so the number below is binomial, and
/// [x₍ₖ₎, x₍ₙ₊₁₋ₖ₎] misses the median with probability 2·P(Bin(n, ½) < k): the sign test inverted
/// (Conover, *Practical Nonparametric Statistics*, 3rd ed., section 3.2; David and Nagaraja,
/// *Order Statistics*, section 7.1). It holds whatever the distribution, and at least so with ties.
fn interval_rank(count: usize) -> Option<(usize, f64)> {
    // In logarithms: ½ⁿ alone would underflow from n = 1075 on.
    let mut log_term = -(count as f64) * std::f64::consts::LN_2;
    let mut below = 0.0;
    let mut best = None;
    for rank in 1..=count / 2 {
        below += log_term.exp();
        let coverage = 1.0 - 2.0 * below;
        if coverage < CONFIDENCE {
            break;
        }
        best = Some((rank, coverage));
        log_term += ((count - rank + 1) as f64 / rank as f64).ln();
    }
    best
}

/// What a test says of a hypothesis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PValue {
    /// The probability of what is at least as far from the hypothesis, if that is true.
    pub p: f64,
    /// The least that so many values can give.
    pub least: f64,
}

/// Holm's correction: each p-value as that of its hypothesis among all of these (Holm 1979). Rejecting
/// those at most α rejects a true one of them with probability α at the most, whatever the dependence.
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|&one, &other| p_values[one].total_cmp(&p_values[other]));
    let mut adjusted = vec![0.0; p_values.len()];
    let mut most = 0.0_f64;
    for (rank, index) in order.into_iter().enumerate() {
        let left = (p_values.len() - rank) as f64;
        most = most.max((left * p_values[index]).min(1.0));
        adjusted[index] = most;
    }
    adjusted
}

/// What an interval of a speedup allows to be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The whole interval is above 1, and not all of it within [`SAME_WITHIN`].
    Faster,
    /// The whole interval is below 1, and not all of it within [`SAME_WITHIN`].
    Slower,
    /// The whole interval is within [`SAME_WITHIN`] of 1.
    Same,
    /// The interval, if there is one at all, allows for more than one of these.
    CantTell,
}

impl Verdict {
    /// The verdict on a speedup (old time / new time). The bounds of "the same" are 1.01 and its
    /// reciprocal, so that exchanging the two sides exchanges faster and slower.
    pub fn of(speedup: &Estimate) -> Self {
        let same = 1.0 + SAME_WITHIN;
        match speedup.interval {
            None => Self::CantTell,
            Some(Interval { low, high, .. }) if low >= 1.0 / same && high <= same => Self::Same,
            Some(Interval { low, .. }) if low > 1.0 => Self::Faster,
            Some(Interval { high, .. }) if high < 1.0 => Self::Slower,
            Some(_) => Self::CantTell,
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Faster => "faster",
            Self::Slower => "slower",
            Self::Same => "same ±1 %",
            Self::CantTell => "can't tell",
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Ranks and coverages as tables of the sign test give them.
    #[test]
    fn interval_ranks_are_those_of_the_tables() {
        for (count, rank, coverage) in [
            (6, 1, 0.96875),
            (8, 1, 0.9921875),
            (9, 2, 0.9609375),
            (10, 2, 0.978515625),
            (15, 4, 0.96484375),
            (20, 6, 0.958610534668),
            (25, 8, 0.956714749336),
            (30, 10, 0.957226054743),
            (100, 40, 0.964799799782),
        ] {
            let (found, exact) = interval_rank(count).unwrap();
            assert_eq!(found, rank, "n = {count}");
            assert!((exact - coverage).abs() < 1e-11, "n = {count}: {exact}");
        }
    }

    #[test]
    fn fewer_than_six_values_have_no_interval() {
        for count in 0..MIN_VALUES {
            assert_eq!(interval_rank(count), None);
        }
        assert!(interval_rank(MIN_VALUES).is_some());
        assert_eq!(Estimate::of([]), None);
        assert_eq!(Estimate::of([2.0, 1.0]).unwrap().median, 1.5);
    }

    /// The normal approximation of the rank, where 2^-n is long below the smallest double.
    #[test]
    fn many_values_do_not_underflow() {
        let (rank, coverage) = interval_rank(10_000).unwrap();
        assert!((4_895..=4_910).contains(&rank), "{rank}");
        assert!((CONFIDENCE..0.952).contains(&coverage), "{coverage}");
    }

    /// The example of Holm's procedure step by step: 4, 3, 2 and 1 times the sorted values, never falling.
    #[test]
    fn holms_correction_by_hand() {
        let adjusted = holm(&[0.02, 0.005, 0.04, 0.015]);
        for (found, wanted) in adjusted.into_iter().zip([0.045, 0.02, 0.045, 0.045]) {
            assert!((found - wanted).abs() < 1e-15, "{found} {wanted}");
        }
        assert_eq!(holm(&[0.6, 0.7]), [1.0, 1.0]);
        assert_eq!(holm(&[]), [0.0; 0]);
    }

    /// Skewed data with a known median: the exponential distribution's is ln 2. Of 4,000 intervals
    /// the share that covers it must be the promised one, to three standard errors.
    #[test]
    fn intervals_cover_as_often_as_they_say() {
        let mut random = fastrand::Rng::with_seed(2);
        for count in [6, 10, 25, 60] {
            let promised = interval_rank(count).unwrap().1;
            let runs = 4_000;
            let covered = (0..runs)
                .filter(|_| {
                    let values = (0..count).map(|_| -(1.0 - random.f64()).ln());
                    let interval = Estimate::of(values).unwrap().interval.unwrap();
                    (interval.low..=interval.high).contains(&std::f64::consts::LN_2)
                })
                .count();
            let share = covered as f64 / f64::from(runs);
            let standard_error = (promised * (1.0 - promised) / f64::from(runs)).sqrt();
            assert!(
                (share - promised).abs() < 3.0 * standard_error,
                "n = {count}: {share}"
            );
        }
    }

    #[test]
    fn verdicts() {
        let verdict = |low, high| {
            let interval = Some(Interval {
                low,
                high,
                coverage: 0.96,
            });
            Verdict::of(&Estimate {
                median: low,
                interval,
                values: 9,
            })
        };
        assert_eq!(verdict(1.02, 1.05), Verdict::Faster);
        assert_eq!(verdict(1.001, 1.05), Verdict::Faster);
        assert_eq!(verdict(0.9, 0.99), Verdict::Slower);
        assert_eq!(verdict(0.995, 1.009), Verdict::Same);
        assert_eq!(verdict(1.002, 1.004), Verdict::Same);
        assert_eq!(verdict(0.98, 1.02), Verdict::CantTell);
        let few = Estimate {
            median: 2.0,
            interval: None,
            values: 3,
        };
        assert_eq!(Verdict::of(&few), Verdict::CantTell);
    }

    proptest! {
        #[test]
        fn an_interval_holds_its_median(values in prop::collection::vec(-1e9..1e9_f64, 1..80)) {
            let estimate = Estimate::of(values.iter().copied()).unwrap();
            let below = values.iter().filter(|&&value| value < estimate.median).count();
            prop_assert!(below * 2 <= values.len());
            if let Some(Interval { low, high, .. }) = estimate.interval {
                prop_assert!(low <= estimate.median && estimate.median <= high);
            }
        }
    }
}
