//! How many iterations make a sample of the wanted length.

use std::num::NonZeroU64;

use crate::clocks::{Clocked, Implausible};
use crate::schedule::Part;

/// How often a length is tried; the smallest counts, since interference only adds.
const TRIES: u32 = 5;

/// The least share of the wanted length, as its reciprocal, from which the number of iterations is
/// extrapolated.
const EXTRAPOLATION: u64 = 10;

/// No more iterations than this, however short one is.
const MOST_ITERATIONS: u64 = 1 << 32;

/// How long the next try may take, in nanoseconds by the harness's clock, whatever times a worker
/// claims: one whose unit is another would be asked for hours.
const LONGEST_TRY: u64 = 1_000_000_000;

/// From which length of a request, in nanoseconds, its overhead is no explanation for a claim that is
/// out of all proportion. (On a busy machine, tens of milliseconds are one.)
const TELLING_REQUEST: u64 = 250_000_000;

/// A number of iterations, and the time that they take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Calibration {
    /// How many iterations.
    pub(crate) iterations: NonZeroU64,
    /// The least time that they took, or would take, in nanoseconds.
    pub(crate) nanoseconds: u64,
}

impl Calibration {
    /// A part of a sample; none if nothing of it is in that part.
    pub(crate) fn part(self, part: Part) -> Option<Self> {
        let iterations = NonZeroU64::new(part.share(self.iterations.get()))?;
        Some(Self {
            iterations,
            nanoseconds: scale(self.nanoseconds, iterations.get(), self.iterations.get()),
        })
    }
}

/// Finds the number of iterations that take `target` nanoseconds, or one if that takes longer.
/// `measure` gives the time that a number of iterations takes.
///
/// # Errors
/// Those of `measure`; and a claim that is out of proportion in a second try too.
pub(crate) fn calibrate<E: From<Implausible>>(
    target: u64,
    mut measure: impl FnMut(NonZeroU64) -> Result<Clocked, E>,
) -> Result<Calibration, E> {
    let mut iterations = NonZeroU64::MIN;
    loop {
        let (mut smallest, mut shortest) = (u64::MAX, u64::MAX);
        for earlier in 0..TRIES {
            let clocked = measure(iterations)?;
            smallest = smallest.min(clocked.claimed.max(1));
            shortest = shortest.min(clocked.request);
            let least = Clocked {
                claimed: smallest,
                request: shortest,
                ..clocked
            };
            if earlier > 0 && shortest >= TELLING_REQUEST && least.is_out_of_proportion() {
                return Err(Implausible(least).into());
            }
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
        let doubled = iterations.saturating_mul(NonZeroU64::MIN.saturating_add(1));
        iterations = scaled(iterations, target / EXTRAPOLATION * 2, smallest)
            .min(scaled(iterations, LONGEST_TRY, shortest))
            .max(doubled);
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
    use super::*;

    /// What may go wrong here.
    #[derive(Debug, PartialEq, Eq)]
    enum Trouble {
        Implausible(Implausible),
        Dead,
    }

    impl From<Implausible> for Trouble {
        fn from(implausible: Implausible) -> Self {
            Self::Implausible(implausible)
        }
    }

    /// A request that claims this; the way there and back takes 50 µs, and there is one iteration more.
    fn clocked(iterations: NonZeroU64, claimed: u64, each: u64) -> Clocked {
        Clocked {
            iterations,
            claimed,
            request: 50_000 + claimed + each,
        }
    }

    /// Calibrates against a clock that counts `each` per iteration and `overhead` per sample;
    /// gives the iterations found and how many were run on the way.
    fn calibrated(target: u64, each: u64, overhead: u64) -> (u64, u64) {
        let mut run = 0;
        let found = calibrate::<Trouble>(target, |iterations| {
            run += iterations.get();
            let claimed = overhead + each * iterations.get();
            Ok(clocked(iterations, claimed, each))
        });
        (found.unwrap().iterations.get(), run)
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
        let found = calibrate::<Trouble>(1_000, |iterations| {
            tries += 1;
            let each = if tries % 5 == 2 { 90 } else { 10 };
            Ok(clocked(iterations, iterations.get() * each, each))
        });
        let found = found.unwrap();
        assert_eq!(found.iterations.get(), 100);
        assert_eq!(found.nanoseconds, 1_000);
    }

    #[test]
    fn failures_end_it() {
        assert_eq!(calibrate(1_000, |_| Err(Trouble::Dead)), Err(Trouble::Dead));
    }

    /// A worker that counts in another unit is found out within seconds, whatever it runs.
    #[test]
    fn another_unit_is_told() {
        for unit in [1_000, 1_000_000, 1_000_000_000] {
            for each in [3, 2_000, 20_000_000] {
                let (mut spent, mut longest) = (0, 0);
                let found = calibrate::<Trouble>(10_000_000, |iterations| {
                    let time = each * iterations.get();
                    let request = 50_000 + time + each;
                    spent += request;
                    longest = longest.max(request);
                    Ok(Clocked {
                        iterations,
                        claimed: (time / unit).max(1),
                        request,
                    })
                });
                let Err(Trouble::Implausible(Implausible(clocked))) = found else {
                    panic!("{each} ns in units of {unit} ns: {found:?}");
                };
                assert!(clocked.is_out_of_proportion());
                assert!(longest < 2_000_000_000 && spent < 8_000_000_000, "{spent}");
            }
        }
    }

    /// A machine that is busy, or an engine whose first execution is slow, is not a wrong unit.
    #[test]
    fn one_slow_request_proves_nothing() {
        let mut tries = 0;
        let found = calibrate::<Trouble>(10_000_000, |iterations| {
            tries += 1;
            let claimed = 30 * iterations.get();
            let delay = if tries % 2 == 1 { 400_000_000 } else { 50_000 };
            Ok(Clocked {
                iterations,
                claimed,
                request: claimed + delay,
            })
        });
        assert!(found.is_ok(), "{found:?}");
    }
}
