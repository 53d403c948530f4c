//! How far the values of one sample lie above those of another, where the two were drawn apart
//! from each other: two runs, whose rounds have nothing in common.
//!
//! Values that belong together in pairs are the business of the module above: their differences
//! are one sample.

use super::ranked::{NORMAL_QUANTILE, Ranked, normal};
use super::{CONFIDENCE, Estimate, Interval, PValue};

/// The most pairs of values for which the interval's rank comes from the exact distribution: 100
/// rounds against 100.
///
/// Beyond it the normal approximation is used. It errs to the safe side, since the exact
/// distribution has the lighter tails: with equal samples by less than 0.0005 of coverage, and with
/// a sample of only six by less than 0.002.
const EXACT_PAIRS: u64 = 10_000;

impl Estimate {
    /// How far the `upper` values lie above the `lower` ones: the median of all differences between
    /// a value of the one sample and a value of the other, and an interval from their order
    /// statistics. All values must be finite. `None` if either sample is empty.
    ///
    /// This is the shift estimate of Hodges and Lehmann with the interval of Moses (Hollander and
    /// Wolfe, *Nonparametric Statistical Methods*, 2nd ed., sections 4.2 and 4.3). The interval's
    /// coverage holds whatever the distribution, if it is the same for both samples but for the
    /// shift, and at least so with ties. Where one sample scatters twice as much as the other, some
    /// 0.94 of such intervals cover the median difference.
    pub fn of_shift(
        upper: impl IntoIterator<Item = f64>,
        lower: impl IntoIterator<Item = f64>,
    ) -> Option<Self> {
        let differences = Differences::new(upper, lower)?;
        let interval = interval_rank(differences.upper.len(), differences.lower.len());
        Some(Self {
            median: differences.median(),
            interval: interval.map(|(rank, coverage)| Interval {
                low: differences.at(rank),
                high: differences.at(differences.count() + 1 - rank),
                coverage,
            }),
            values: differences.upper.len() + differences.lower.len(),
        })
    }
}

/// Tests the hypothesis that two samples are of one distribution, two-sided; `None` if either is empty.
///
/// The rank-sum test (Wilcoxon 1945; Mann and Whitney 1947; Hollander and Wolfe, section 4.1). The interval
/// of [`Estimate::of_shift`] excludes 0 where this is at most 1 − [`CONFIDENCE`].
pub fn rank_sum_test(
    upper: impl IntoIterator<Item = f64>,
    lower: impl IntoIterator<Item = f64>,
) -> Option<PValue> {
    let differences = Differences::new(upper, lower)?;
    let sizes = (differences.upper.len(), differences.lower.len());
    Some(differences.tested(|u| probability_up_to(u, sizes)))
}

/// All differences between a value of one sample and a value of another, in their order, none of
/// them stored: of two long runs there would be 10⁸.
struct Differences {
    /// Sorted, and not empty.
    upper: Vec<f64>,
    /// The same.
    lower: Vec<f64>,
}

impl Differences {
    fn new(
        upper: impl IntoIterator<Item = f64>,
        lower: impl IntoIterator<Item = f64>,
    ) -> Option<Self> {
        let mut upper: Vec<f64> = upper.into_iter().collect();
        let mut lower: Vec<f64> = lower.into_iter().collect();
        upper.sort_by(f64::total_cmp);
        lower.sort_by(f64::total_cmp);
        (!upper.is_empty() && !lower.is_empty()).then_some(Self { upper, lower })
    }
}

impl Ranked for Differences {
    fn count(&self) -> u64 {
        self.upper.len() as u64 * self.lower.len() as u64
    }

    fn bounds(&self) -> [f64; 2] {
        let [upper, lower] = [&self.upper, &self.lower];
        [
            upper[0] - lower[lower.len() - 1],
            upper[upper.len() - 1] - lower[0],
        ]
    }

    /// How many differences don't exceed a bound. Subtraction rises with its left side and falls
    /// with its right one, also when rounded, so one walk along both samples counts them all.
    fn count_up_to(&self, bound: f64) -> u64 {
        let mut beyond = 0;
        let mut count = 0;
        for upper in &self.upper {
            while self
                .lower
                .get(beyond)
                .is_some_and(|lower| upper - lower > bound)
            {
                beyond += 1;
            }
            count += (self.lower.len() - beyond) as u64;
        }
        count
    }
}

/// The rank k (from 1) of the interval's ends among all differences of samples of these sizes, and
/// its coverage: the largest k that keeps [`CONFIDENCE`]. `None` for samples too small for any.
///
/// The number of differences below the true shift is distributed as the statistic U of Mann and
/// Whitney without a shift, so [D₍ₖ₎, D₍ₘₙ₊₁₋ₖ₎] misses it with probability 2·P(U < k).
fn interval_rank(one: usize, other: usize) -> Option<(u64, f64)> {
    if one as u64 * other as u64 <= EXACT_PAIRS {
        exact_rank(one, other)
    } else {
        Some((normal_rank(one, other)?, CONFIDENCE))
    }
}

fn exact_rank(one: usize, other: usize) -> Option<(u64, f64)> {
    let arrangements = lower_half(one, other);
    let all = binomial(one + other, one);
    let mut below = 0.0;
    let mut best = None;
    for (rank, count) in (1..).zip(arrangements) {
        below += count / all;
        let coverage = 1.0 - 2.0 * below;
        if coverage < CONFIDENCE {
            break;
        }
        best = Some((rank, coverage));
    }
    best
}

/// By the normal distribution of U's mean mn/2 and variance mn(m + n + 1)/12, corrected for U's
/// being a whole number.
fn normal_rank(one: usize, other: usize) -> Option<u64> {
    let (mean, deviation) = moments(one, other);
    let rank = (mean - NORMAL_QUANTILE * deviation + 0.5).floor();
    (rank >= 1.0).then_some(rank as u64)
}

/// Mean and standard deviation of U.
fn moments(one: usize, other: usize) -> (f64, f64) {
    let (m, n) = (one as f64, other as f64);
    (m * n / 2.0, (m * n * (m + n + 1.0) / 12.0).sqrt())
}

/// The probability that U is at most so much; beyond its mean, 1 stands for it.
fn probability_up_to(u: u64, (one, other): (usize, usize)) -> f64 {
    let pairs = one as u64 * other as u64;
    if 2 * u >= pairs {
        return 1.0;
    }
    if pairs > EXACT_PAIRS {
        let (mean, deviation) = moments(one, other);
        return normal((u as f64 + 0.5 - mean) / deviation);
    }
    let arrangements = lower_half(one, other);
    let up_to: f64 = arrangements[..=u as usize].iter().sum();
    up_to / binomial(one + other, one)
}

/// In how many arrangements of samples of these sizes U is 0, 1, … up to its mean.
///
/// The numbers are the coefficients of the Gaussian binomial: the product over i from 1 to m of
/// (1 − qⁿ⁺ⁱ) / (1 − qⁱ), multiplied out factor by factor (Harding 1984, *Applied Statistics* 33:1).
/// They are whole numbers, exact here up to 2⁵³; beyond, with the sizes allowed here, they are good to
/// thirteen digits.
fn lower_half(one: usize, other: usize) -> Vec<f64> {
    let (fewer, more) = (one.min(other), one.max(other));
    let mut counts = vec![0.0; one * other / 2 + 1];
    counts[0] = 1.0;
    for factor in 1..=fewer {
        for u in (more + factor..counts.len()).rev() {
            counts[u] -= counts[u - more - factor];
        }
        for u in factor..counts.len() {
            counts[u] += counts[u - factor];
        }
    }
    counts
}

/// The number of ways to choose so many of so many.
fn binomial(all: usize, chosen: usize) -> f64 {
    (1..=chosen.min(all - chosen)).fold(1.0, |ways, picked| {
        ways * (all + 1 - picked) as f64 / picked as f64
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The largest U that is significant at 0.05 on both sides, as the tables in textbooks of
    /// nonparametric statistics have it; the interval's rank is the next.
    #[test]
    fn interval_ranks_are_those_of_the_tables() {
        for (one, other, critical) in [
            (2, 8, 0),
            (3, 5, 0),
            (4, 4, 0),
            (4, 10, 5),
            (5, 5, 2),
            (5, 8, 6),
            (5, 10, 8),
            (6, 6, 5),
            (6, 10, 11),
            (7, 7, 8),
            (8, 8, 13),
            (9, 9, 17),
            (10, 10, 23),
            (10, 20, 55),
            (15, 15, 64),
            (15, 20, 90),
            (20, 20, 127),
        ] {
            for (one, other) in [(one, other), (other, one)] {
                let (rank, _) = interval_rank(one, other).unwrap();
                assert_eq!(rank, critical + 1, "{one} and {other}");
            }
        }
        for (one, other) in [(1, 1), (1, 38), (2, 7), (3, 3), (3, 4)] {
            assert_eq!(interval_rank(one, other), None, "{one} and {other}");
        }
    }

    /// Tails that can be counted by hand: 1 of 20, 1 of 70, 1 + 1 + 2 of 252 arrangements.
    #[test]
    fn coverages_are_exact() {
        let coverage = |one, other| interval_rank(one, other).unwrap().1;
        assert!((coverage(4, 4) - (1.0 - 2.0 / 70.0)).abs() < 1e-14);
        assert!((coverage(5, 5) - (1.0 - 8.0 / 252.0)).abs() < 1e-14);
        assert!((coverage(1, 39) - 0.95).abs() < 1e-14);
    }

    /// The recursion of Mann and Whitney (1947) only adds, so it can lose no digits; its
    /// probabilities are those of the products.
    #[test]
    fn the_products_lose_no_digits() {
        for (one, other) in [(7, 9), (30, 31), (61, 61), (20, 200), (100, 100)] {
            let all = binomial(one + other, one);
            let limit = one * other / 2;
            // Of samples of i and 0, 1, … values; for each, the probabilities of U up to the limit.
            let certain = |limit| {
                let mut row = vec![0.0; limit + 1];
                row[0] = 1.0;
                row
            };
            let mut rows = vec![certain(limit); other + 1];
            for i in 1..=one {
                rows[0] = certain(limit);
                for j in 1..=other {
                    let total = (i + j) as f64;
                    for u in (0..=limit).rev() {
                        let last_is_upper = if u >= j { rows[j][u - j] } else { 0.0 };
                        rows[j][u] =
                            i as f64 / total * last_is_upper + j as f64 / total * rows[j - 1][u];
                    }
                }
            }
            for (u, count) in lower_half(one, other).into_iter().enumerate() {
                let (found, expected) = (count / all, rows[other][u]);
                assert!(
                    (found / expected - 1.0).abs() < 1e-11,
                    "{one}, {other}, {u}: {found} {expected}"
                );
            }
        }
    }

    /// What the comment at [`EXACT_PAIRS`] says of the approximation, where it begins to be used.
    #[test]
    fn the_approximation_is_safe_and_close() {
        for (one, other, close) in [
            (101, 101, 0.0005),
            (90, 112, 0.0005),
            (150, 150, 0.0005),
            (40, 251, 0.001),
            (6, 1_667, 0.002),
        ] {
            let (rank, coverage) = interval_rank(one, other).unwrap();
            assert_eq!(coverage, CONFIDENCE);
            let (exact, _) = exact_rank(one, other).unwrap();
            assert!(rank <= exact, "{one} and {other}: {rank} > {exact}");
            let arrangements = lower_half(one, other);
            let below: f64 = arrangements[..rank as usize].iter().sum();
            let excess = 1.0 - 2.0 * below / binomial(one + other, one) - CONFIDENCE;
            assert!((0.0..close).contains(&excess), "{one}, {other}: {excess}");
        }
        // No interval is better than one that covers too little.
        assert_eq!(interval_rank(1, 20_000), None);
    }

    /// Ten values against five, worked through by hand: the 50 differences' median, and the 9th from
    /// either end.
    #[test]
    fn a_worked_example() {
        let upper = [0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46];
        let lower = [1.15, 0.88, 0.90, 0.74, 1.21];
        let shift = Estimate::of_shift(upper, lower).unwrap();
        let interval = shift.interval.unwrap();
        assert!((shift.median - 0.305).abs() < 1e-12, "{shift:?}");
        assert!((interval.low + 0.15).abs() < 1e-12, "{shift:?}");
        assert!((interval.high - 0.76).abs() < 1e-12, "{shift:?}");
        assert_eq!(shift.values, 15);
    }

    #[test]
    fn a_sample_is_not_shifted_from_itself() {
        for size in [1, 2, 7, 60, 61, 500] {
            let mut random = fastrand::Rng::with_seed(3);
            let sample: Vec<f64> = (0..size).map(|_| random.f64().ln()).collect();
            let shift = Estimate::of_shift(sample.clone(), sample).unwrap();
            assert_eq!(shift.median.to_bits(), 0.0_f64.to_bits(), "{size}");
        }
        assert_eq!(Estimate::of_shift([], [1.0]), None);
        assert_eq!(Estimate::of_shift([1.0], []), None);
    }

    /// How many of so many intervals hold the true median difference, where the upper values are
    /// exponential and the lower ones too, but `stretch` times as large.
    fn covered(sizes: (usize, usize), stretch: f64, truth: f64, runs: u32) -> u32 {
        let mut random = fastrand::Rng::with_seed(4);
        let mut draw = || -(1.0 - random.f64()).ln();
        (0..runs)
            .map(|_| {
                let upper: Vec<f64> = (0..sizes.0).map(|_| draw()).collect();
                let lower: Vec<f64> = (0..sizes.1).map(|_| draw() * stretch).collect();
                let shift = Estimate::of_shift(upper, lower).unwrap();
                let interval = shift.interval.unwrap();
                u32::from((interval.low..=interval.high).contains(&truth))
            })
            .sum()
    }

    /// The share that covers the shift must be the promised one, to three standard errors.
    #[test]
    fn intervals_cover_as_often_as_they_say() {
        for (one, other, runs) in [
            (4, 4, 4_000),
            (7, 61, 4_000),
            (25, 25, 4_000),
            (61, 61, 1_000),
        ] {
            let promised = interval_rank(one, other).unwrap().1;
            let share = f64::from(covered((one, other), 1.0, 0.0, runs)) / f64::from(runs);
            let standard_error = (promised * (1.0 - promised) / f64::from(runs)).sqrt();
            assert!(
                (share - promised).abs() < 3.0 * standard_error,
                "{one} and {other}: {share}"
            );
        }
    }

    /// One run twice as noisy as the other, and skewed: X − 2Y is below −2 ln(4/3) half the time, and
    /// the interval holds that not quite as often as it says.
    #[test]
    fn unequal_scatter_costs_little_coverage() {
        let truth = -2.0 * (4.0_f64 / 3.0).ln();
        let share = f64::from(covered((25, 25), 2.0, truth, 4_000)) / 4_000.0;
        assert!((0.93..0.95).contains(&share), "{share}");
    }

    /// Of 20, 70 and 252 arrangements, those at least as far out.
    #[test]
    fn p_values_are_exact() {
        let p = |upper: &[f64], lower: &[f64]| {
            let tested = rank_sum_test(upper.iter().copied(), lower.iter().copied());
            tested.map(|it| it.p)
        };
        assert_eq!(p(&[4.0, 5.0, 6.0], &[1.0, 2.0, 3.0]), Some(0.1));
        let near = |found: Option<f64>, wanted: f64| (found.unwrap() - wanted).abs() < 1e-14;
        assert!(near(
            p(&[1.0, 2.0, 3.0, 5.0], &[4.0, 6.0, 7.0, 8.0]),
            4.0 / 70.0
        ));
        assert_eq!(p(&[1.0; 9], &[1.0; 9]), Some(1.0));
        assert_eq!(p(&[], &[1.0]), None);
        let five = rank_sum_test([0.1; 5], [0.2; 5]).unwrap();
        assert!(near(Some(five.p), 2.0 / 252.0) && five.p == five.least);
    }

    #[test]
    fn the_test_rejects_where_the_interval_does() {
        let mut random = fastrand::Rng::with_seed(5);
        for case in 0..600 {
            let most = if case % 100 == 0 { 150 } else { 30 };
            let sizes = (random.usize(5..most), random.usize(5..most));
            // With ties, now and then.
            let digits = if case % 3 == 0 { 10.0 } else { 1e9 };
            let mut draw = |count, shift: f64| -> Vec<f64> {
                let value = |_| ((random.f64() + shift) * digits).round() / digits;
                (0..count).map(value).collect()
            };
            let (upper, lower) = (draw(sizes.0, 0.2), draw(sizes.1, 0.0));
            let p = rank_sum_test(upper.clone(), lower.clone()).unwrap().p;
            let interval = Estimate::of_shift(upper, lower).unwrap().interval.unwrap();
            let excludes = interval.low > 0.0 || interval.high < 0.0;
            assert_eq!(
                excludes,
                p <= 1.0 - CONFIDENCE,
                "{sizes:?} {p} {interval:?}"
            );
        }
    }

    proptest! {
        /// Ranks, with ties and with either sign, are those of all differences written out.
        #[test]
        fn differences_are_found_by_rank(
            upper in prop::collection::vec(-4..4_i32, 1..12),
            lower in prop::collection::vec(-4..4_i32, 1..12),
            scale in prop::sample::select(vec![1.0, 0.1, 1e-300, 1e300]),
        ) {
            let scaled = |values: &[i32]| -> Vec<f64> {
                values.iter().map(|&value| f64::from(value) * scale).collect()
            };
            let (upper, lower) = (scaled(&upper), scaled(&lower));
            let mut all: Vec<f64> =
                upper.iter().flat_map(|upper| lower.iter().map(move |lower| upper - lower)).collect();
            all.sort_by(f64::total_cmp);
            let differences = Differences::new(upper, lower).unwrap();
            for (rank, &difference) in (1..).zip(&all) {
                prop_assert_eq!(differences.at(rank), difference);
            }
        }

        /// Exchanging the samples turns the estimate round.
        #[test]
        fn the_samples_are_treated_alike(
            one in prop::collection::vec(-1e9..1e9_f64, 1..40),
            other in prop::collection::vec(-1e9..1e9_f64, 1..40),
        ) {
            let there = Estimate::of_shift(one.clone(), other.clone()).unwrap();
            let back = Estimate::of_shift(other, one).unwrap();
            prop_assert!((there.median + back.median).abs() <= 1e-6);
            prop_assert_eq!(there.interval.map(|it| (it.low, it.high)),
                back.interval.map(|it| (-it.high, -it.low)));
            if let Some(Interval { low, high, .. }) = there.interval {
                prop_assert!(low <= there.median && there.median <= high);
            }
        }
    }
}
