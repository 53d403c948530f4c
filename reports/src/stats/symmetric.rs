//! The centre of values that scatter to both sides alike, such as the log ratios of two times of one
//! round: what disturbs the one sample might as well have disturbed the other.
//!
//! That is known more closely than the median, since it uses how far values lie from the centre and not only
//! on which side: with the tails of real runs, by some 15 % (`tests/simulator.rs`). Only where a good part of
//! all samples are spikes is the median's interval the narrower one. What isn't symmetric is left to the median.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use super::ranked::{NORMAL_QUANTILE, Ranked, normal};
use super::{CONFIDENCE, Estimate, Interval, PValue};

/// The most values for which ranks come from the exact distribution; beyond, the normal approximation is
/// off by less than 0.0005 of coverage.
const EXACT: usize = 200;

impl Estimate {
    /// The centre of symmetry of these values, which must be finite; `None` if there are none.
    ///
    /// The estimate of Hodges and Lehmann, which is the median of all means of two of the values, each
    /// with itself too (Walsh averages), with the interval of Tukey, by the ranks of Wilcoxon (Hodges and
    /// Lehmann 1963; Hollander and Wolfe, *Nonparametric Statistical Methods*, 2nd ed., sections 3.2 and
    /// 3.3). The coverage holds whatever the distribution, if it is symmetric, and at least so with ties.
    pub fn of_symmetric(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let averages = Averages::new(values);
        if averages.sorted.is_empty() {
            return None;
        }
        let interval = interval_rank(averages.sorted.len());
        Some(Self {
            median: averages.median(),
            interval: interval.map(|(rank, coverage)| Interval {
                low: averages.at(rank),
                high: averages.at(averages.count() + 1 - rank),
                coverage,
            }),
            values: averages.sorted.len(),
        })
    }
}

/// Tests the hypothesis that these values are symmetric around 0, two-sided; `None` if there are none.
///
/// Wilcoxon's signed-rank test (1945; Hollander and Wolfe, section 3.1). The interval of
/// [`Estimate::of_symmetric`] excludes 0 where this is at most 1 − its coverage.
pub fn signed_rank_test(values: &[f64]) -> Option<PValue> {
    let averages = Averages::new(values.iter().copied());
    let count = averages.sorted.len();
    if count == 0 {
        return None;
    }
    Some(averages.tested(|rank| probability_up_to(rank, count)))
}

/// All means of two values, each also with itself, in their order, none of them stored.
struct Averages {
    sorted: Vec<f64>,
}

impl Averages {
    fn new(values: impl IntoIterator<Item = f64>) -> Self {
        let mut sorted: Vec<f64> = values.into_iter().collect();
        sorted.sort_by(f64::total_cmp);
        Self { sorted }
    }
}

impl Ranked for Averages {
    fn count(&self) -> u64 {
        let count = self.sorted.len() as u64;
        count * (count + 1) / 2
    }

    fn bounds(&self) -> [f64; 2] {
        [self.sorted[0], self.sorted[self.sorted.len() - 1]]
    }

    /// How many averages don't exceed a bound. The larger the one value, the fewer others it may be
    /// averaged with, so one walk from both ends counts them all.
    fn count_up_to(&self, bound: f64) -> u64 {
        let mut count = 0;
        let mut end = self.sorted.len();
        for (first, one) in self.sorted.iter().enumerate() {
            while end > 0 && one.midpoint(self.sorted[end - 1]) > bound {
                end -= 1;
            }
            if end <= first {
                break;
            }
            count += (end - first) as u64;
        }
        count
    }
}

/// The rank, from 1, of the interval's lower end among the averages of so many values, and its coverage; none
/// if there is no such interval.
///
/// The number of averages below the centre is distributed as Wilcoxon's statistic.
fn interval_rank(count: usize) -> Option<(u64, f64)> {
    let averages = count as u64 * (count as u64 + 1) / 2;
    let coverage = |rank: u64| 1.0 - 2.0 * probability_up_to(rank - 1, count);
    let rank = if count <= EXACT {
        let ranks = 1..=averages / 2;
        ranks
            .take_while(|&rank| coverage(rank) >= CONFIDENCE)
            .last()
    } else {
        let (mean, deviation) = moments(count);
        Some((mean - NORMAL_QUANTILE * deviation) as u64)
    }?;
    Some((rank, coverage(rank)))
}

/// The probability that Wilcoxon's statistic of so many values is at most `rank`.
fn probability_up_to(rank: u64, count: usize) -> f64 {
    if count <= EXACT {
        let cumulative = distribution(count);
        return cumulative[(rank as usize).min(cumulative.len() - 1)];
    }
    let (mean, deviation) = moments(count);
    normal((rank as f64 + 0.5 - mean) / deviation)
}

/// Mean and standard deviation of Wilcoxon's statistic.
fn moments(count: usize) -> (f64, f64) {
    let n = count as f64;
    let mean = n * (n + 1.0) / 4.0;
    (mean, (mean * (2.0 * n + 1.0) / 6.0).sqrt())
}

/// The probability of at most each value of Wilcoxon's statistic: each rank from 1 to n belongs to a positive
/// value with probability ½, so the sums are counted rank by rank.
fn distribution(count: usize) -> Rc<[f64]> {
    thread_local! {
        static KNOWN: RefCell<HashMap<usize, Rc<[f64]>>> = RefCell::default();
    }
    if let Some(known) = KNOWN.with_borrow(|known| known.get(&count).cloned()) {
        return known;
    }
    let mut probabilities = vec![0.0; count * (count + 1) / 2 + 1];
    probabilities[0] = 1.0;
    for rank in 1..=count {
        for sum in (0..=rank * (rank + 1) / 2).rev() {
            let with = if sum >= rank {
                probabilities[sum - rank]
            } else {
                0.0
            };
            probabilities[sum] = 0.5 * (probabilities[sum] + with);
        }
    }
    let mut below = 0.0;
    let cumulative: Rc<[f64]> = probabilities
        .into_iter()
        .map(|probability| {
            below += probability;
            below
        })
        .collect();
    KNOWN.with_borrow_mut(|known| known.insert(count, Rc::clone(&cumulative)));
    cumulative
}

#[cfg(test)]
mod tests {
    use super::*;

    fn averages_by_hand(values: &[f64]) -> Vec<f64> {
        let mut all: Vec<f64> = (0..values.len())
            .flat_map(|i| (i..values.len()).map(move |j| values[i].midpoint(values[j])))
            .collect();
        all.sort_by(f64::total_cmp);
        all
    }

    #[test]
    fn averages_are_found_without_being_stored() {
        let mut random = fastrand::Rng::with_seed(1);
        for count in 1..40 {
            let values: Vec<f64> = (0..count)
                .map(|_| {
                    f64::from(random.i32(-5..5)) / 4.0 + random.f64() * f64::from(random.u8(0..2))
                })
                .collect();
            let all = averages_by_hand(&values);
            let averages = Averages::new(values);
            assert_eq!(averages.count(), all.len() as u64);
            for (index, wanted) in all.iter().enumerate() {
                assert_eq!(averages.at(index as u64 + 1), *wanted + 0.0);
            }
        }
    }

    /// The lower critical values at a two-sided 5 % of published tables of the signed-rank test.
    #[test]
    fn ranks_are_those_of_the_tables() {
        for (count, critical) in [
            (6, 0),
            (7, 2),
            (8, 3),
            (9, 5),
            (10, 8),
            (15, 25),
            (20, 52),
            (25, 89),
            (30, 137),
        ] {
            let (rank, coverage) = interval_rank(count).unwrap();
            assert_eq!(rank, critical + 1, "n = {count}");
            assert!((CONFIDENCE..1.0).contains(&coverage));
        }
        assert_eq!(interval_rank(5), None);
        assert_eq!(Estimate::of_symmetric([]), None);
        // P(T ≤ 0) and P(T ≤ 8) for ten values: 1/1024 and 25/1024.
        assert!((probability_up_to(0, 10) - 1.0 / 1024.0).abs() < 1e-15);
        assert!((probability_up_to(8, 10) - 25.0 / 1024.0).abs() < 1e-15);
    }

    #[test]
    fn the_normal_approximation_takes_over_smoothly() {
        assert!((normal(-NORMAL_QUANTILE) - 0.025).abs() < 1e-6);
        assert!((normal(1.0) - 0.841_344_75).abs() < 1e-6);
        let (mean, deviation) = moments(EXACT);
        for z in [-3.0, -2.0, -1.0, 0.0] {
            let rank = (mean + z * deviation) as u64;
            let exact = probability_up_to(rank, EXACT);
            let approximate = normal((rank as f64 + 0.5 - mean) / deviation);
            assert!(
                (exact - approximate).abs() < 5e-4,
                "{z}: {exact} {approximate}"
            );
        }
        let (_, coverage) = interval_rank(2_000).unwrap();
        assert!((CONFIDENCE..0.9505).contains(&coverage), "{coverage}");
    }

    #[test]
    fn the_test_rejects_where_the_interval_does() {
        assert_eq!(signed_rank_test(&[]), None);
        assert_eq!(signed_rank_test(&[0.0; 9]).unwrap().p, 1.0);
        let PValue { p, least } = signed_rank_test(&[1.0; 7]).unwrap();
        assert!((p - 0.015625).abs() < 1e-15 && p == least);
        let mut random = fastrand::Rng::with_seed(5);
        for _ in 0..2_000 {
            let count = random.usize(6..70);
            let values: Vec<f64> = (0..count).map(|_| random.f64() - 0.4).collect();
            let estimate = Estimate::of_symmetric(values.iter().copied()).unwrap();
            let interval = estimate.interval.unwrap();
            let excludes = interval.low > 0.0 || interval.high < 0.0;
            let p = signed_rank_test(&values).unwrap().p;
            assert_eq!(excludes, p <= 1.0 - CONFIDENCE, "{values:?}");
            assert!(interval.low <= estimate.median && estimate.median <= interval.high);
        }
    }
}
