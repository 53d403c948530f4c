//! How far two runs differ that measure the same, and what may be said in spite of it.
//!
//! An interval of two separate runs covers what varies within them. What changed between them (where memory
//! lay, what the machine did) shows in the cells whose code is the same in both: negative controls. If
//! nothing else had changed, a cell's own shift would be one more draw from theirs, so it lies within the
//! ⌈0.95·(n + 1)⌉-th smallest of their n absolute shifts in at least 95 % of such comparisons, whatever their
//! distribution (split conformal prediction: Vovk, Gammerman and Shafer 2005, *Algorithmic Learning in a
//! Random World*, section 4.1; with fewer than 19 controls their largest stands in, for n/(n + 1)). An interval is
//! widened to reach as far from its own estimate; what it excludes then, the runs alone don't explain.
//!
//! That holds for one cell. Of many, some lie beyond all controls by chance, so a verdict must be a surprise among
//! all that are judged: each cell has a p-value, and all are corrected together ([`judge_together`], Holm 1979).
//! With controls it is the conformal one, (1 + how many controls are shifted as far) / (n + 1) (Vovk, Gammerman
//! and Shafer 2005, section 2.2; Bates, Candès, Lei, Romano and Sesia 2023, *Annals of Statistics* 51, on several that
//! share their controls, which Holm's correction allows for); with several runs in each file that of the
//! rank-sum test to which their intervals belong. Controls are not judged: of them, only what an interval says
//! alone is shown.

use serde::Serialize;

use super::{Cell, Code, Compared, Finding, SuiteCell};
use crate::schema::{Measure, Results};
use crate::stats::{CONFIDENCE, Estimate, Interval, PValue, holm, rank_sum_test};
use crate::verdicts::{is_beyond, judge_together};

/// The fewest cells of the same code that tell how far runs differ.
pub const MIN_CONTROLS: usize = 10;

/// The fewest runs in each of two files whose intervals over runs say how far runs differ: of five and five the
/// interval of the shift covers 1 − 8/252, while the median of five alone has none.
pub const MIN_RUNS: u32 = 5;

/// How far the two runs differ where their code doesn't.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BetweenRuns {
    /// Cells whose code is the same in both.
    pub controls: usize,
    /// By how much intervals are widened to each side, in per cent; `None` with fewer than
    /// [`MIN_CONTROLS`].
    pub percent: Option<f64>,
    /// Whether both files hold so many runs that their intervals, which are over runs, allow for it already.
    pub repeated: bool,
    /// How many verdicts are corrected together.
    pub family: usize,
    /// Whether any of them could be “faster” or “slower” at all, were it as far from 1 as can be.
    pub can_tell: bool,
    #[serde(skip)]
    yardstick: Yardstick,
}

/// What shifts are held against.
#[derive(Debug, Clone, PartialEq)]
enum Yardstick {
    /// The absolute shifts, in logarithms, of cells of the same code.
    Controls(Vec<f64>),
    /// Each other: what scatters within each sample is runs.
    Runs,
    /// Nothing.
    Unknown,
}

impl Yardstick {
    /// Tests the hypothesis that a cell is slower by a bound, in logarithms; or, with 0, no other than before.
    fn test(&self, compared: &Compared, bound: f64) -> Option<PValue> {
        match self {
            Self::Controls(shifts) => {
                let shift = (compared.speedup.0.median.ln() + bound).abs();
                Some(conformal_test(shifts, shift))
            }
            Self::Runs => {
                let [old, new] = &compared.log_speeds;
                rank_sum_test(new.iter().map(|log| log + bound), old.iter().copied())
            }
            Self::Unknown => None,
        }
    }
}

impl BetweenRuns {
    /// Whether verdicts allow for what differs between runs.
    pub fn is_known(&self) -> bool {
        self.yardstick != Yardstick::Unknown
    }

    /// How many controls, or how many runs in each file, it takes for the most telling of all that are judged.
    pub fn needed(&self) -> String {
        let level = (1.0 - CONFIDENCE) / self.family as f64;
        match self.repeated {
            true => {
                // Of n runs and n runs, one of all arrangements is the most telling.
                let mut arrangements = 1.0;
                let runs = (1..1_000).find(|&n| {
                    arrangements *= f64::from(4 * n - 2) / f64::from(n);
                    2.0 / arrangements <= level
                });
                format!("{} runs in each file", runs.unwrap_or(1_000))
            }
            // So that 1 / (n + 1) is no larger, whatever rounding does to 20.
            false => format!("{} controls", (1.0 / level - 1e-9).ceil() - 1.0),
        }
    }

    /// Looks at the controls, and judges all others by them, or by the runs of each file.
    pub(super) fn judge(
        cells: &mut [Cell],
        suite: &mut [SuiteCell],
        measure: Measure,
        files: [&Results; 2],
    ) -> Self {
        let mut shifts: Vec<f64> = cells
            .iter()
            .filter(|cell| cell.compared.code.is_control())
            .map(|cell| cell.compared.speedup.0.median.ln().abs())
            .collect();
        shifts.sort_by(f64::total_cmp);
        let controls = shifts.len();
        let repeated = are_repeated(measure, files);
        let widening = widening(&shifts).filter(|_| !repeated);
        let yardstick = match (repeated, widening) {
            (true, _) => Yardstick::Runs,
            (false, Some(_)) => Yardstick::Controls(shifts),
            (false, None) => Yardstick::Unknown,
        };
        let suite = suite.iter_mut().filter_map(|cell| cell.compared.as_mut());
        let all = cells.iter_mut().map(|cell| &mut cell.compared).chain(suite);
        // Of two builds, equally many instructions may still be other ones.
        let others = all.filter(|it| it.code != Code::Same);
        let mut judged = Vec::new();
        for compared in others {
            match (&yardstick, widening) {
                (Yardstick::Unknown, _) if compared.verdict == Finding::CantTell => {}
                (Yardstick::Unknown, _) => compared.verdict = Finding::CantTellBetweenRuns,
                (_, widening) => {
                    if let Some(widening) = widening {
                        compared.speedup.0 = widened(compared.speedup.0, widening);
                    }
                    compared.verdict = Finding::uncorrected(&compared.speedup.0);
                    if !compared.code.is_control()
                        && let Some(test) = yardstick.test(compared, 0.0)
                    {
                        judged.push((compared, test));
                    }
                }
            }
        }
        let least: Vec<f64> = judged.iter().map(|(_, test)| test.least).collect();
        let can_tell = holm(&least).into_iter().any(|it| it <= 1.0 - CONFIDENCE);
        let judgements = judge_together(judged.iter().map(|(it, test)| (&it.speedup.0, *test)));
        let family = judged.len();
        for ((compared, _), judgement) in judged.into_iter().zip(judgements) {
            compared.verdict = Finding::judged(judgement, &compared.speedup.0);
        }
        Self {
            controls,
            percent: widening.map(|it| it.by.exp_m1() * 100.0),
            repeated,
            family,
            can_tell,
            yardstick,
        }
    }

    /// Which of these, all that were judged together, are slower by at least so many per cent: with 0 %, all
    /// whose verdict is “slower”.
    pub(super) fn slower_by(&self, all: &[&Compared], percent: f64) -> Vec<bool> {
        let bound = (percent / 100.0).ln_1p();
        let p_value = |it: &Compared| Some(self.yardstick.test(it, bound)?.p);
        let tested: Vec<Option<f64>> = all
            .iter()
            .map(|it| p_value(it).filter(|_| !it.code.is_control()))
            .collect();
        let mut corrected = holm(&tested.iter().copied().flatten().collect::<Vec<_>>()).into_iter();
        let corrected = tested
            .iter()
            .map(|it| it.and_then(|_| corrected.next()).unwrap_or(1.0));
        all.iter()
            .zip(corrected)
            .map(|(it, corrected)| {
                it.verdict == Finding::Slower && is_beyond(&it.speedup.0, bound, corrected)
            })
            .collect()
    }
}

/// Whether both files hold enough complete runs, and figures of them: only a run's own time is taken over runs.
pub(super) fn are_repeated(measure: Measure, files: [&Results; 2]) -> bool {
    let has_runs = |results: &Results| {
        let repeats = results.repeats;
        repeats.is_some_and(|it| it.complete(results.rounds_done) >= MIN_RUNS)
    };
    measure == Measure::Run && files.into_iter().all(has_runs)
}

/// How far from 1 a ratio of the same may lie.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Widening {
    /// In logarithms.
    by: f64,
    /// How surely a single one lies no farther.
    coverage: f64,
}

/// By the shifts of the same, sorted; `None` if they are too few.
fn widening(shifts: &[f64]) -> Option<Widening> {
    if shifts.len() < MIN_CONTROLS {
        return None;
    }
    let all = (shifts.len() + 1) as f64;
    let rank = ((CONFIDENCE * all).ceil() as usize).min(shifts.len());
    Some(Widening {
        by: shifts[rank - 1],
        coverage: rank as f64 / all,
    })
}

fn widened(speedup: Estimate, Widening { by, coverage }: Widening) -> Estimate {
    let factor = by.exp();
    let interval = speedup.interval.map(|interval| Interval {
        low: interval.low.min(speedup.median / factor),
        high: interval.high.max(speedup.median * factor),
        coverage: interval.coverage.min(coverage),
    });
    Estimate {
        interval,
        ..speedup
    }
}

/// Whether a cell may be shifted as the controls are, by their absolute shifts and its own.
fn conformal_test(controls: &[f64], shift: f64) -> PValue {
    let as_far = controls.iter().filter(|&&it| it >= shift).count();
    let all = (controls.len() + 1) as f64;
    PValue {
        p: (1 + as_far) as f64 / all,
        least: 1.0 / all,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_controls_say_how_far_runs_differ() {
        let widening = |count: usize| {
            let shifts: Vec<f64> = (1..=count).map(|it| it as f64 / 1000.0).collect();
            widening(&shifts).map(|it| (it.by, it.coverage))
        };
        assert_eq!(widening(9), None);
        assert_eq!(widening(10), Some((0.010, 10.0 / 11.0)));
        assert_eq!(widening(19), Some((0.019, 0.95)));
        // ⌈0.95 · 40⌉ = 38
        assert_eq!(widening(39), Some((0.038, 0.95)));
    }

    #[test]
    fn as_far_out_as_no_control_is_one_in_all() {
        let controls: Vec<f64> = (1..=19).map(|it| f64::from(it) / 1000.0).collect();
        let p = |shift| conformal_test(&controls, shift).p;
        assert_eq!(p(0.02), 0.05);
        assert_eq!(p(0.019), 0.1);
        assert_eq!(p(0.0), 1.0);
        assert_eq!(conformal_test(&controls, 0.0).least, 0.05);
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
            let mut controls: Vec<f64> = (0..30).map(|_| shift().abs()).collect();
            controls.sort_by(f64::total_cmp);
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
            let Interval { low, high, .. } = widened(estimate, widening(&controls).unwrap())
                .interval
                .unwrap();
            wrong += u32::from(!(low..=high).contains(&1.0));
        }
        let share = f64::from(wrong) / f64::from(runs);
        assert!(share <= 0.05 + 3.0 * 0.0035, "{share}");
    }
}
