//! Order statistics of figures that are too many to be stored, such as all differences between two samples.

use super::PValue;

/// The standard normal distribution's quantile for the two tails that [`super::CONFIDENCE`] leaves.
pub(super) const NORMAL_QUANTILE: f64 = 1.959_963_984_540_054;

/// The standard normal distribution, to 1.5·10⁻⁷, by the error function (Abramowitz and Stegun, *Handbook of
/// Mathematical Functions*, 7.1.26).
pub(super) fn normal(z: f64) -> f64 {
    let x = z.abs() / std::f64::consts::SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * x);
    let polynomial = [
        1.061_405_429,
        -1.453_152_027,
        1.421_413_741,
        -0.284_496_736,
        0.254_829_592,
    ]
    .into_iter()
    .fold(0.0, |sum, factor| (sum + factor) * t);
    let tail = polynomial * (-x * x).exp() / 2.0;
    if z < 0.0 { tail } else { 1.0 - tail }
}

/// At least one figure, which can be counted without being stored.
pub(super) trait Ranked {
    /// How many figures there are.
    fn count(&self) -> u64;

    /// The least and the greatest.
    fn bounds(&self) -> [f64; 2];

    /// How many don't exceed a bound.
    fn count_up_to(&self, bound: f64) -> u64;

    /// The figure of this rank, from 1 for the least: the least number that so many figures don't exceed,
    /// found by bisection over all floating-point numbers there are, so it is exact.
    fn at(&self, rank: u64) -> f64 {
        let [mut low, mut high] = self.bounds().map(ordinal);
        while low < high {
            let middle = low.midpoint(high);
            if self.count_up_to(from_ordinal(middle)) >= rank {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        // Of the two zeros the bisection finds the negative one.
        from_ordinal(low) + 0.0
    }

    /// Tests the hypothesis that the figures lie around 0, two-sided; `up_to` is the probability, if it is
    /// true, that at most so many lie on a side.
    fn tested(&self, up_to: impl Fn(u64) -> f64) -> PValue {
        // Figures of 0 count for the side that has fewer, which is the safe one.
        let below = self.count_up_to(-f64::MIN_POSITIVE);
        let above = self.count() - self.count_up_to(0.0);
        let zero = self.count() - below - above;
        let two_sided = |count| (2.0 * up_to(count)).min(1.0);
        PValue {
            p: two_sided(below.min(above) + zero),
            least: two_sided(0),
        }
    }

    /// The middle figure, or the mean of the middle two.
    fn median(&self) -> f64 {
        let count = self.count();
        let below = self.at(count.div_ceil(2));
        let above = self.at(count / 2 + 1);
        below + (above - below) / 2.0
    }
}

/// A number's place among all floating-point numbers, which rises with it.
fn ordinal(number: f64) -> u64 {
    const SIGN: u64 = 1 << 63;
    let bits = number.to_bits();
    if bits & SIGN == 0 { bits | SIGN } else { !bits }
}

/// The number at this place: the inverse of [`ordinal`].
fn from_ordinal(ordinal: u64) -> f64 {
    const SIGN: u64 = 1 << 63;
    f64::from_bits(if ordinal & SIGN == 0 {
        !ordinal
    } else {
        ordinal & !SIGN
    })
}
