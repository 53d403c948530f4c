//! What each optimization is worth, whatever the order: the credit that the documented order gives,
//! beside the fair one.
//!
//! Any set S of the optimizations is an engine of its own, and so has a cost on a workload. With the
//! value v(S) = ln(cost(∅) / cost(S)), the optimizations play a cooperative game ([`game`]), and the
//! Shapley value is the one way to divide v of all of them that treats equals equally, gives nothing
//! for nothing, and doesn't depend on an order. It multiplies up to the speedup of all together.
//!
//! Counts give one game. Times give one in each round, from samples of the same round, and each
//! figure is the Hodges-Lehmann estimate over the rounds with its interval; what may be said of a gain is
//! said of all gains together, as in any other report ([`crate::verdicts`]).

mod costs;
pub mod game;

use std::collections::BTreeMap;

pub use costs::{By, CostError, Costs, Factorial, Optimization};
use game::{Game, Set};

use crate::analysis::Analysis;
use crate::prose;
use crate::schema::{Results, WorkloadId};
use crate::stats::{Estimate, PValue, Verdict, median, signed_rank_test};
use crate::validity::{self, Invalid};
use crate::verdicts::{Judgement, judge_together};

/// What the optimizations are worth. All gains are ratios of costs: 1.05 is a gain of 5 %.
#[derive(Debug)]
pub struct Attribution<'a> {
    /// What was measured, of whom and by whom.
    pub results: &'a Results,
    /// The costs.
    pub costs: Costs,
    /// What counted, where it was another program: `valgrind 3.19.0`.
    pub counter: Option<String>,
    /// Each workload that has costs.
    pub workloads: Vec<Subject>,
    /// All workloads together, as the geometric mean of their ratios; none if there is only one
    /// or any lacks costs.
    pub suite: Option<Subject>,
    /// Every reason not to believe the figures; none: they are valid.
    pub invalid: Vec<Invalid>,
}

/// The worth of the optimizations on a workload, or on all of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Subject {
    /// The workload; none: all of them.
    pub workload: Option<WorkloadId>,
    /// What tables call it.
    pub title: String,
    /// The gain of all optimizations together.
    pub total: Gain,
    /// By optimization.
    pub shares: Vec<Share>,
    /// By pair of optimizations, in order.
    pub interactions: Vec<Interaction>,
}

/// How many times less something costs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gain {
    /// The ratio.
    pub estimate: Estimate,
    /// What may be said of it among all gains of the attribution.
    pub judgement: Judgement,
    test: PValue,
}

impl Gain {
    /// The gain whose logarithm has these values; none if there are none. What may be said of it is not
    /// known before all are: [`Attribution::new`] says it.
    fn of_logs(logs: &[f64]) -> Option<Self> {
        let estimate = Estimate::of_symmetric(logs.iter().copied())?.map(f64::exp);
        Some(Self {
            estimate,
            judgement: Judgement::Told(Verdict::of(&estimate)),
            test: signed_rank_test(logs)?,
        })
    }
}

/// The worth of an optimization.
#[derive(Debug, Clone, PartialEq)]
pub struct Share {
    /// The Shapley value.
    pub shapley: Gain,
    /// What the documented order gives it: its gain over those that come before.
    pub documented: Gain,
    /// Its gain as the only one.
    pub alone: Gain,
    /// How much more all others cost without it.
    pub left_out: Gain,
    /// The smallest gain over all orders.
    pub smallest: Extreme,
    /// The largest gain over all orders.
    pub largest: Extreme,
}

/// An end of the range of an optimization's gains. Of times, it is the median gain on top of one set
/// of the others, so that an end of the range is the best or worst of many medians, which noise
/// pushes outwards.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Extreme {
    /// The gain.
    pub gain: f64,
    /// Those that were there before: the smallest such set.
    pub on_top_of: Set,
}

/// What two optimizations are worth together beyond what each is by itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Interaction {
    /// The two.
    pub pair: [usize; 2],
    /// The Shapley interaction index, as a ratio: above 1 they help each other, below they do
    /// the same work or leave each other less to do.
    pub index: Gain,
}

/// Gains that differ by less than this are the same gain: only rounding tells them apart.
pub(crate) const ROUNDING: f64 = 1e-12;

impl<'a> Attribution<'a> {
    /// Divides the credit.
    pub fn new(results: &'a Results, costs: Costs, counter: Option<String>) -> Self {
        let games: BTreeMap<WorkloadId, BTreeMap<u32, Game>> = results
            .workload_ids()
            .map(|workload| (workload, costs.games(workload)))
            .collect();
        let workloads = games.iter().filter_map(|(&workload, games)| {
            let title = results.workload(workload).title.clone();
            Subject::new(Some(workload), title, games.values())
        });
        let mut workloads: Vec<Subject> = workloads.collect();
        let mut suite = suite(&games);
        if !costs.by.is_exact() {
            let subjects = suite.iter_mut().chain(&mut workloads);
            judge(subjects.flat_map(Subject::gains).collect());
        }
        Self {
            workloads,
            suite,
            invalid: invalid(results, costs.by),
            results,
            costs,
            counter,
        }
    }

    /// The optimizations, in the documented order.
    pub fn optimizations(&self) -> &[Optimization] {
        &self.costs.factorial.optimizations
    }

    /// All workloads together where there are several, then each.
    pub fn subjects(&self) -> impl Iterator<Item = &Subject> {
        self.suite.iter().chain(&self.workloads)
    }

    /// What was given up, each as a sentence.
    pub fn failures(&self) -> Vec<String> {
        prose::failures(self.results)
    }
}

/// Says what may be said of gains, all together.
fn judge(gains: Vec<&mut Gain>) {
    let together = judge_together(gains.iter().map(|it| (&it.estimate, it.test)));
    for (gain, judgement) in gains.into_iter().zip(together) {
        gain.judgement = judgement;
    }
}

/// The reasons not to believe what was measured in this way. Dispatches don't depend on the machine
/// or the compiler, and host instructions not on the machine's load.
fn invalid(results: &Results, by: By) -> Vec<Invalid> {
    let reasons = validity::reasons(&Analysis::new(results));
    match by {
        By::Time => reasons,
        By::HostInstructions => {
            let is_profile = |it: &Invalid| matches!(it, Invalid::Profile { .. });
            reasons.into_iter().filter(is_profile).collect()
        }
        By::Dispatches => Vec::new(),
    }
}

/// All workloads together: in each round that all of them have, the mean of their games.
fn suite(games: &BTreeMap<WorkloadId, BTreeMap<u32, Game>>) -> Option<Subject> {
    if games.len() < 2 {
        return None;
    }
    let rounds = games.values().next()?.keys();
    let means: Vec<Game> = rounds
        .filter_map(|round| {
            let of_round = games.values().map(|games| games.get(round));
            Game::mean(&of_round.collect::<Option<Vec<_>>>()?)
        })
        .collect();
    let title = format!("all {} workloads", games.len());
    Subject::new(None, title, means.iter())
}

impl Subject {
    /// The figures of games of the same players; none if there are no games.
    fn new<'g>(
        workload: Option<WorkloadId>,
        title: String,
        games: impl Iterator<Item = &'g Game> + Clone,
    ) -> Option<Self> {
        let players = games.clone().next()?.players();
        let figure =
            |of: &dyn Fn(&Game) -> f64| Gain::of_logs(&games.clone().map(of).collect::<Vec<_>>());
        let share = |player: usize| {
            let [smallest, largest] = range(games.clone(), player)?;
            Some(Share {
                shapley: figure(&|game| game.shapley(player))?,
                documented: figure(&|game| game.in_order(player))?,
                alone: figure(&|game| game.alone(player))?,
                left_out: figure(&|game| game.left_out(player))?,
                smallest,
                largest,
            })
        };
        let pairs = (0..players).flat_map(|one| (one + 1..players).map(move |other| [one, other]));
        let interaction = |pair: [usize; 2]| {
            let index = figure(&|game| game.interaction(pair[0], pair[1]))?;
            Some(Interaction { pair, index })
        };
        Some(Self {
            workload,
            title,
            total: figure(&Game::total)?,
            shares: (0..players).map(share).collect::<Option<_>>()?,
            interactions: pairs.map(interaction).collect::<Option<_>>()?,
        })
    }

    /// All that is estimated.
    fn gains(&mut self) -> impl Iterator<Item = &mut Gain> {
        let shares = self.shares.iter_mut().flat_map(|share| {
            let Share {
                shapley,
                documented,
                alone,
                left_out,
                ..
            } = share;
            [shapley, documented, alone, left_out]
        });
        let interactions = self.interactions.iter_mut().map(|it| &mut it.index);
        std::iter::once(&mut self.total)
            .chain(shares)
            .chain(interactions)
    }
}

/// The smallest and the largest gain of a player over all orders: what stands before it in an order
/// is some set of the others, and each set stands before it in some order.
fn range<'g>(games: impl Iterator<Item = &'g Game> + Clone, player: usize) -> Option<[Extreme; 2]> {
    let sets = games.clone().next()?.sets_without(player);
    let mut range: Option<[Extreme; 2]> = None;
    for on_top_of in sets {
        let gain = median(games.clone().map(|game| game.gain(player, on_top_of)))?;
        let here = Extreme { gain, on_top_of };
        let [smallest, largest] = range.get_or_insert([here, here]);
        if gain < smallest.gain - ROUNDING {
            *smallest = here;
        }
        if gain > largest.gain + ROUNDING {
            *largest = here;
        }
    }
    let ratio = |it: Extreme| Extreme {
        gain: it.gain.exp(),
        ..it
    };
    range.map(|range| range.map(ratio))
}
