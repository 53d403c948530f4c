//! Two clocks: what a worker says that something took, beside what the request took by the harness's
//! own. They measure different things, but one bounds the other, which tells times that can't be: a
//! mix-up of units, mostly.

use std::fmt;
use std::num::NonZeroU64;
use std::time::Duration;

/// How many times longer than what is timed a request may take: it holds the untimed iteration, and
/// the way there and back.
const MOST_OVERHEAD: u64 = 1000;

/// What two clocks of one machine may differ by, in nanoseconds, besides a thousandth: one may tick
/// in microseconds only.
const TICKS: u64 = 10_000;

/// A time, by both clocks, in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Clocked {
    /// How many iterations were timed.
    pub(crate) iterations: NonZeroU64,
    /// What the worker says that they took.
    pub(crate) claimed: u64,
    /// What the whole request took.
    pub(crate) request: u64,
}

/// A time that can't be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) struct Implausible(pub(crate) Clocked);

impl Clocked {
    /// A worker's time for a number of iterations, and that of the request.
    pub(crate) fn new(iterations: NonZeroU64, claimed: NonZeroU64, request: Duration) -> Self {
        Self {
            iterations,
            claimed: claimed.get(),
            request: u64::try_from(request.as_nanos()).unwrap_or(u64::MAX),
        }
    }

    /// Makes sure that no more time is claimed than there was.
    ///
    /// # Errors
    /// If there is.
    pub(crate) fn fits(self) -> Result<Self, Implausible> {
        let most = self.request.saturating_add(self.request / 1000 + TICKS);
        if self.claimed > most {
            return Err(Implausible(self));
        }
        Ok(self)
    }

    /// Whether so little time is claimed that the rest of the request can't be explained, if that is
    /// long: a request of microseconds is mostly way there and back. Where this side was suspended
    /// meanwhile, it looks the same; so once is no proof.
    pub(crate) fn is_out_of_proportion(self) -> bool {
        self.claimed < self.request / MOST_OVERHEAD
    }
}

impl fmt::Display for Implausible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Clocked {
            iterations,
            claimed,
            request,
        } = self.0;
        let iterations = match iterations.get() {
            1 => "1 iteration".to_owned(),
            more => format!("{more} iterations"),
        };
        write!(
            f,
            "its worker says that {iterations} took {}, but the request took {} by the harness's \
             clock; are the worker's times in nanoseconds?",
            time(claimed),
            time(request)
        )
    }
}

/// Nanoseconds, and the same in a unit that can be read.
fn time(nanoseconds: u64) -> String {
    let in_unit = [(1_000_000_000, "s"), (1_000_000, "ms"), (1000, "µs")]
        .into_iter()
        .find(|&(unit, _)| nanoseconds >= unit);
    match in_unit {
        Some((unit, name)) => {
            let figure = nanoseconds as f64 / unit as f64;
            format!("{nanoseconds} ns ({figure:.3} {name})")
        }
        None => format!("{nanoseconds} ns"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clocked(claimed: u64, request: u64) -> Clocked {
        let claimed = NonZeroU64::new(claimed).unwrap();
        Clocked::new(NonZeroU64::MIN, claimed, Duration::from_nanos(request))
    }

    #[test]
    fn no_more_is_claimed_than_there_was() {
        for (claimed, request) in [
            (1, 20_000),
            (10_000_000, 10_000_000),
            (10_009_000, 10_000_000),
        ] {
            assert!(clocked(claimed, request).fits().is_ok(), "{claimed}");
        }
        for (claimed, request) in [(60_000, 20_000), (1_000_000_000_000, 50_000), (u64::MAX, 1)] {
            assert!(clocked(claimed, request).fits().is_err(), "{claimed}");
        }
    }

    #[test]
    fn what_is_far_too_little_is_told() {
        assert!(!clocked(10_000, 10_000_000).is_out_of_proportion());
        assert!(clocked(9_999, 10_000_000).is_out_of_proportion());
        // The untimed iteration doubles it, and a unit of microseconds divides it by a thousand.
        assert!(clocked(20_000, 40_100_000).is_out_of_proportion());
    }

    #[test]
    fn both_figures_are_said() {
        let text = Implausible(clocked(1_000_000_000_000, 48_210)).to_string();
        assert_eq!(
            text,
            "its worker says that 1 iteration took 1000000000000 ns (1000.000 s), but the request \
             took 48210 ns (48.210 µs) by the harness's clock; are the worker's times in nanoseconds?"
        );
    }
}
