//! How far two runs differ that measure the same, and what may be said in spite of it.
//!
//! An interval of two separate runs covers what varies within them. What changed between them (where memory
//! lay, what the machine did) shows in the cells whose code is the same in both: negative controls. If
//! nothing else had changed, a cell's own shift would be one more draw from theirs, so it lies within the
//! ⌈0.95·(n + 1)⌉-th smallest of their n absolute shifts in at least 95 % of such comparisons, whatever their
//! distribution (split conformal prediction: Vovk, Gammerman and Shafer 2005, *Algorithmic Learning in a
//! Random World*, section 4.1; with fewer than 19 controls their largest stands in, for n/(n + 1)). An interval is widened to
//! reach as far from its own estimate; what it excludes then, the runs alone don't explain.

use serde::Serialize;

use super::{Cell, Code, Compared, Finding, SuiteCell};
use crate::schema::Results;
use crate::stats::{CONFIDENCE, Estimate, Interval};

/// The fewest cells of the same code that tell how far runs differ.
pub const MIN_CONTROLS: usize = 10;

/// The fewest runs in each of two files whose intervals over runs say how far runs differ.
const MIN_RUNS: u32 = 5;

/// How far the two runs differ where their code doesn't.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct BetweenRuns {
    /// Cells whose code is the same in both.
    pub controls: usize,
    /// By how much intervals are widened to each side, in per cent; `None` with fewer than
    /// [`MIN_CONTROLS`].
    pub percent: Option<f64>,
    /// Whether both files hold so many runs that their intervals, which are over runs, allow for it already.
    pub repeated: bool,
}

impl BetweenRuns {
    /// Whether verdicts allow for what differs between runs.
    pub fn is_known(&self) -> bool {
        self.repeated || self.percent.is_some()
    }

    /// Looks at the controls, and judges all by them whose code isn't known to be the same: of two builds, equally
    /// many instructions may still be other ones.
    pub(super) fn judge(
        cells: &mut [Cell],
        suite: &mut [SuiteCell],
        (old, new): (&Results, &Results),
    ) -> Self {
        let shifts: Vec<f64> = cells
            .iter()
            .filter(|cell| cell.compared.code.is_control())
            .map(|cell| cell.compared.speedup.0.median.ln().abs())
            .collect();
        let repeated = [old, new]
            .iter()
            .all(|it| it.repeats.is_some_and(|it| it.runs.get() >= MIN_RUNS));
        if repeated {
            return Self {
                controls: shifts.len(),
                percent: None,
                repeated,
            };
        }
        let widening = widening(shifts.clone());
        let suite = suite.iter_mut().filter_map(|cell| cell.compared.as_mut());
        let all = cells.iter_mut().map(|cell| &mut cell.compared).chain(suite);
        for compared in all.filter(|it| it.code != Code::Same) {
            compared.judge_between_runs(widening);
        }
        Self {
            controls: shifts.len(),
            percent: widening.map(|it| it.exp_m1() * 100.0),
            repeated,
        }
    }
}

impl Compared {
    fn judge_between_runs(&mut self, widening: Option<f64>) {
        match widening {
            Some(widening) => {
                self.speedup.0 = widened(self.speedup.0, widening);
                self.verdict = Finding::of(&self.speedup.0, self.code);
            }
            None if self.verdict == Finding::CantTell => {}
            None => self.verdict = Finding::CantTellBetweenRuns,
        }
    }
}

/// How far from 1 a ratio of the same may lie, in logarithms.
fn widening(mut shifts: Vec<f64>) -> Option<f64> {
    if shifts.len() < MIN_CONTROLS {
        return None;
    }
    shifts.sort_by(f64::total_cmp);
    let rank = (CONFIDENCE * (shifts.len() + 1) as f64).ceil() as usize;
    Some(shifts[rank.min(shifts.len()) - 1])
}

fn widened(speedup: Estimate, widening: f64) -> Estimate {
    let factor = widening.exp();
    let interval = speedup.interval.map(|interval| Interval {
        low: interval.low.min(speedup.median / factor),
        high: interval.high.max(speedup.median * factor),
        ..interval
    });
    Estimate {
        interval,
        ..speedup
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_controls_say_how_far_runs_differ() {
        let shifts = |count: usize| (1..=count).map(|it| it as f64 / 1000.0).collect::<Vec<_>>();
        assert_eq!(widening(shifts(9)), None);
        assert_eq!(widening(shifts(10)), Some(0.010));
        assert_eq!(widening(shifts(19)), Some(0.019));
        // ⌈0.95 · 40⌉ = 38
        assert_eq!(widening(shifts(39)), Some(0.038));
    }

    /// Of simulated pairs of runs that share nothing but a drift, as many are told apart as promised.
    #[test]
    fn equal_cells_are_told_apart_as_seldom_as_promised() {
        let mut random = fastrand::Rng::with_seed(3);
        let runs = 4_000;
        let mut wrong = 0;
        for _ in 0..runs {
            let spread = 0.001 + 0.05 * random.f64();
            let mut shift = || spread * (random.f64() + random.f64() + random.f64() - 1.5);
            let controls: Vec<f64> = (0..30).map(|_| shift().abs()).collect();
            let median = shift().exp();
            let estimate = Estimate {
                median,
                interval: Some(Interval {
                    low: median * 0.9999,
                    high: median * 1.0001,
                    coverage: 0.95,
                }),
                values: 50,
            };
            let Interval { low, high, .. } = widened(estimate, widening(controls).unwrap())
                .interval
                .unwrap();
            wrong += u32::from(!(low..=high).contains(&1.0));
        }
        let share = f64::from(wrong) / f64::from(runs);
        assert!(share <= 0.05 + 3.0 * 0.0035, "{share}");
    }
}
