//! How many iterations make a sample of the wanted length.

use std::num::NonZeroU64;

/// How often a length is tried; the smallest counts, since interference only adds.
const TRIES: u32 = 5;

/// The least share of the wanted length, as its reciprocal, from which the number of iterations is
/// extrapolated.
const EXTRAPOLATION: u64 = 10;

/// No more iterations than this, however short one is.
const MOST_ITERATIONS: u64 = 1 << 32;

/// A number of iterations, and the time that they take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Calibration {
    /// How many iterations.
    pub(crate) iterations: NonZeroU64,
    /// The least time that they took, or would take, in nanoseconds.
    pub(crate) nanoseconds: u64,
}

/// Finds the number of iterations that take `target` nanoseconds, or one if that takes longer.
/// `measure` gives the nanoseconds that a number of iterations takes.
///
/// # Errors
/// Those of `measure`.
pub(crate) fn calibrate<E>(
    target: u64,
    mut measure: impl FnMut(NonZeroU64) -> Result<u64, E>,
) -> Result<Calibration, E> {
    let mut iterations = NonZeroU64::MIN;
    loop {
        let mut smallest = u64::MAX;
        for _ in 0..TRIES {
            smallest = smallest.min(measure(iterations)?.max(1));
            // Far too long already: four more tries would change nothing.
            if smallest > 2 * target {
                break;
            }
        }
        let wanted = scaled(iterations, target, smallest);
        if smallest >= target / EXTRAPOLATION || iterations.get() >= MOST_ITERATIONS {
            return Ok(Calibration {
                iterations: wanted,
                nanoseconds: scale(smallest, wanted.get(), iterations.get()),
            });
        }
        // At least double, since the shortest times are mostly the clock's.
        iterations = scaled(iterations, target / EXTRAPOLATION * 2, smallest)
            .max(iterations.saturating_mul(NonZeroU64::MIN.saturating_add(1)));
    }
}

/// The iterations that take `wanted` if `iterations` take `taken` nanoseconds.
fn scaled(iterations: NonZeroU64, wanted: u64, taken: u64) -> NonZeroU64 {
    let scaled = scale(iterations.get(), wanted, taken);
    NonZeroU64::new(scaled.min(MOST_ITERATIONS)).unwrap_or(NonZeroU64::MIN)
}

/// `value · numerator / denominator`, without overflow on the way.
fn scale(value: u64, numerator: u64, denominator: u64) -> u64 {
    let scaled = u128::from(value) * u128::from(numerator) / u128::from(denominator.max(1));
    u64::try_from(scaled).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    /// Calibrates against a clock that counts `each` per iteration and `overhead` per sample;
    /// gives the iterations found and how many were run on the way.
    fn calibrated(target: u64, each: u64, overhead: u64) -> (u64, u64) {
        let mut run = 0;
        let Ok(found) = calibrate::<Infallible>(target, |iterations| {
            run += iterations.get();
            Ok(overhead + each * iterations.get())
        });
        (found.iterations.get(), run)
    }

    #[test]
    fn a_long_iteration_is_tried_once() {
        assert_eq!(calibrated(10_000_000, 60_000_000, 30), (1, 1));
    }

    #[test]
    fn samples_come_near_the_target() {
        for each in [3, 50, 1_000, 40_000, 900_000] {
            let (iterations, _) = calibrated(10_000_000, each, 40);
            let length = iterations * each;
            assert!(
                (9_000_000..=10_000_000).contains(&length),
                "{each}: {length}"
            );
        }
    }

    #[test]
    fn calibrating_costs_few_samples() {
        let (iterations, run) = calibrated(10_000_000, 50, 40);
        assert!(
            run < 5 * iterations,
            "{run} iterations to find {iterations}"
        );
    }

    #[test]
    fn a_clock_that_stands_still_ends_too() {
        assert_eq!(calibrated(10_000_000, 0, 0).0, MOST_ITERATIONS);
    }

    #[test]
    fn one_try_disturbed_changes_nothing() {
        let mut tries = 0;
        let Ok(found) = calibrate::<Infallible>(1_000, |iterations| {
            tries += 1;
            Ok(iterations.get() * if tries % 5 == 2 { 90 } else { 10 })
        });
        assert_eq!(found.iterations.get(), 100);
        assert_eq!(found.nanoseconds, 1_000);
    }

    #[test]
    fn failures_end_it() {
        assert_eq!(calibrate(1_000, |_| Err("dead")), Err("dead"));
    }
}
