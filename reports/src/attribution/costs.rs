//! What every set of optimizations costs on every workload: the input of an attribution, taken from
//! results or from counts, and refused where a set is missing.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use super::game::{Game, Set};
use crate::schema::{Measure, Results, VariantId, WorkloadId};

/// What a cost is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum By {
    /// Instructions that the engine dispatches: exact, the same on every machine.
    Dispatches,
    /// Instructions that the processor executes: exact for one toolchain.
    HostInstructions,
    /// Time, in nanoseconds: what one is after, with intervals.
    Time,
}

impl By {
    /// The name on the command line and in files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dispatches => "dispatches",
            Self::HostInstructions => "host-instructions",
            Self::Time => "time",
        }
    }

    /// What is counted or measured, in a sentence.
    pub const fn cost(self) -> &'static str {
        match self {
            Self::Dispatches => "dispatched instructions",
            Self::HostInstructions => "host instructions",
            Self::Time => "time",
        }
    }

    /// Whether one count is all there is to know.
    pub const fn is_exact(self) -> bool {
        !matches!(self, Self::Time)
    }
}

impl fmt::Display for By {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// An optimization that is on or off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Optimization {
    /// Its name within those of the variants: `co`.
    pub name: String,
    /// What tables call it: `constant operands`.
    pub title: String,
}

/// Why results can't be attributed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CostError {
    /// No variant is the reference with something added.
    #[error(
        "there is nothing to attribute: no variant is {reference} with an optimization \
         ({reference}+…)"
    )]
    NoOptimizations {
        /// The name of the reference.
        reference: String,
    },
    /// There are too many optimizations to try all sets.
    #[error(
        "{count} optimizations have too many combinations; at most {} can be attributed",
        Game::MOST_PLAYERS
    )]
    TooMany {
        /// How many there are.
        count: usize,
    },
    /// A combination is missing.
    #[error("not every combination was measured: {variant} is missing")]
    Missing {
        /// The variant's name.
        variant: String,
    },
    /// A cell has no count.
    #[error("{variant} on {workload}: no {by}")]
    NoCount {
        /// The variant's name.
        variant: String,
        /// The workload's name.
        workload: String,
        /// What is missing.
        by: &'static str,
    },
    /// A cell counted nothing, which no run does.
    #[error("{variant} on {workload}: a count of zero {by}, so nothing was counted")]
    Zero {
        /// The variant's name.
        variant: String,
        /// The workload's name.
        workload: String,
        /// What was to be counted.
        by: &'static str,
    },
}

/// The full factorial of a results file: which variant is which set of optimizations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Factorial {
    /// The name of the variant without any.
    pub reference: String,
    /// The optimizations, in the documented order: that of the variant which has them all.
    pub optimizations: Vec<Optimization>,
    /// The variant of each set, by [`Set::index`].
    variants: Vec<VariantId>,
}

impl Factorial {
    /// Finds it: the variants whose names are the reference's with `+NAME` added for each
    /// optimization. Other variants are none of its business.
    ///
    /// # Errors
    /// If there are no such variants, or not all combinations of what there is.
    pub fn of(results: &Results) -> Result<Self, CostError> {
        let reference = results.experiment.reference.clone();
        let names_of = |name: &str| -> Option<Vec<String>> {
            let rest = name.strip_prefix(&reference)?;
            let names = rest.strip_prefix('+')?;
            Some(names.split('+').map(str::to_owned).collect())
        };
        let full = results
            .variants
            .iter()
            .filter_map(|variant| names_of(&variant.name))
            .max_by_key(Vec::len)
            .ok_or_else(|| CostError::NoOptimizations {
                reference: reference.clone(),
            })?;
        if full.len() > Game::MOST_PLAYERS {
            return Err(CostError::TooMany { count: full.len() });
        }
        let variant_of = |set: Set| {
            let variant = name(&reference, &full, set);
            results
                .variant_named(&variant)
                .ok_or(CostError::Missing { variant })
        };
        // In the order of the bits, which is that of `Set::index`.
        let mut sets = Set::every(full.len());
        sets.sort_by_key(|set| set.index());
        let variants: Vec<VariantId> =
            sets.into_iter().map(variant_of).collect::<Result<_, _>>()?;
        let title = |(player, name): (usize, &String)| Optimization {
            name: name.clone(),
            title: results
                .variant(variants[Set::one(player).index()])
                .label
                .clone(),
        };
        Ok(Self {
            optimizations: full.iter().enumerate().map(title).collect(),
            reference,
            variants,
        })
    }

    /// The name of the variant with a set of optimizations.
    pub fn variant_name(&self, set: Set) -> String {
        let names: Vec<String> = self
            .optimizations
            .iter()
            .map(|it| it.name.clone())
            .collect();
        name(&self.reference, &names, set)
    }

    /// The variant with a set of optimizations.
    pub fn variant(&self, set: Set) -> VariantId {
        self.variants[set.index()]
    }

    /// Every set of optimizations, smaller ones first.
    pub fn sets(&self) -> Vec<Set> {
        Set::every(self.optimizations.len())
    }
}

fn name(reference: &str, optimizations: &[String], set: Set) -> String {
    set.players().fold(reference.to_owned(), |name, player| {
        name + "+" + &optimizations[player]
    })
}

/// What every set of optimizations costs on every workload.
#[derive(Clone, Debug, PartialEq)]
pub struct Costs {
    /// What a cost is.
    pub by: By,
    /// Which variant is which set.
    pub factorial: Factorial,
    /// By workload, in the order of the results: the costs of each complete round, by
    /// [`Set::index`]. Counts have one round; a workload on which a variant failed has none.
    rounds: Vec<BTreeMap<u32, Vec<f64>>>,
}

impl Costs {
    /// Counts, which `count` gives for a variant and a workload.
    ///
    /// # Errors
    /// If the variants are no full factorial, or a count is missing or zero.
    pub fn counted(
        results: &Results,
        by: By,
        count: impl Fn(VariantId, WorkloadId) -> Option<u64>,
    ) -> Result<Self, CostError> {
        let factorial = Factorial::of(results)?;
        let cell = |workload: WorkloadId, id: VariantId| {
            let variant = || results.variant(id).name.clone();
            let title = || results.workload(workload).name.clone();
            match count(id, workload) {
                Some(0) => Err(CostError::Zero {
                    variant: variant(),
                    workload: title(),
                    by: by.cost(),
                }),
                Some(count) => Ok(count as f64),
                None => Err(CostError::NoCount {
                    variant: variant(),
                    workload: title(),
                    by: by.cost(),
                }),
            }
        };
        let of_workload = |workload| {
            let costs = factorial.variants.iter().map(|&id| cell(workload, id));
            Ok(BTreeMap::from([(0, costs.collect::<Result<_, _>>()?)]))
        };
        let rounds = results.workload_ids().map(of_workload);
        Ok(Self {
            by,
            rounds: rounds.collect::<Result<_, CostError>>()?,
            factorial,
        })
    }

    /// The dispatched instructions that the results hold.
    ///
    /// # Errors
    /// As [`Self::counted`].
    pub fn dispatched(results: &Results) -> Result<Self, CostError> {
        Self::counted(results, By::Dispatches, |variant, workload| {
            results.cell(variant, workload)?.counts?.dispatched
        })
    }

    /// Times per iteration, in nanoseconds, of the rounds in which every variant was measured on a
    /// workload. One on which a variant failed is left out: half a series isn't an answer.
    ///
    /// # Errors
    /// If the variants are no full factorial.
    pub fn timed(results: &Results) -> Result<Self, CostError> {
        let factorial = Factorial::of(results)?;
        let mut samples: BTreeMap<(WorkloadId, u32), BTreeMap<VariantId, f64>> = BTreeMap::new();
        let runs = results.samples.iter();
        for sample in runs.filter(|it| it.measure == Measure::Run && !it.control) {
            let time = sample.nanoseconds as f64 / sample.iterations as f64;
            samples
                .entry((sample.workload, sample.round))
                .or_default()
                .insert(sample.variant, time);
        }
        let mut rounds = vec![BTreeMap::new(); results.workloads.len()];
        for ((workload, round), times) in samples {
            let all = factorial.variants.iter();
            let costs: Option<Vec<f64>> = all.map(|id| times.get(id).copied()).collect();
            let failed = |&id: &VariantId| results.has_failed(id, workload);
            if let Some(costs) = costs.filter(|_| !factorial.variants.iter().any(failed)) {
                rounds[workload.index()].insert(round, costs);
            }
        }
        Ok(Self {
            by: By::Time,
            factorial,
            rounds,
        })
    }

    /// The costs of a set on a workload, one for each complete round.
    pub fn of(&self, workload: WorkloadId, set: Set) -> impl Iterator<Item = f64> {
        let rounds = self.rounds[workload.index()].values();
        rounds.map(move |costs| costs[set.index()])
    }

    /// The game of each complete round on a workload.
    pub fn games(&self, workload: WorkloadId) -> BTreeMap<u32, Game> {
        self.rounds[workload.index()]
            .iter()
            .filter_map(|(&round, costs)| Some((round, Game::of_costs(costs)?)))
            .collect()
    }
}
