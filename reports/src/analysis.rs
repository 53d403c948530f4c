//! What the samples of a run say: times, and speedups between any two variants.
//!
//! Every ratio is taken within a round, between samples a moment apart, so that what slows the
//! whole machine for a while cancels. No ratio is ever the quotient of two published medians.

use std::cell::OnceCell;
use std::collections::{BTreeMap, HashMap, HashSet};

use crate::schema::{ExperimentKind, Measure, Results, VariantId, WorkloadId};
use crate::stats::{Estimate, median};
use crate::verdicts::Verdicts;

/// One series of samples: nanoseconds per iteration, by round.
type Series = BTreeMap<u32, f64>;

/// Whose samples: a variant's, or the second entry of the reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Entry {
    Variant(VariantId),
    Control,
}

/// Workloads over which a mean is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mean {
    /// What tables call the mean.
    pub title: String,
    /// The workloads.
    pub workloads: Vec<WorkloadId>,
}

/// A suite, as far as it was measured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suite<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its workloads.
    pub workloads: Vec<WorkloadId>,
}

/// A run's results with its samples sorted for questions.
#[derive(Debug)]
pub struct Analysis<'a> {
    /// The results, checked ([`Results::check`]).
    pub results: &'a Results,
    series: HashMap<(Measure, WorkloadId, Entry), Series>,
    empty: Series,
    verdicts: OnceCell<Verdicts>,
}

impl<'a> Analysis<'a> {
    /// Sorts the samples. Those of failed cells are left out: half a series isn't an answer.
    pub fn new(results: &'a Results) -> Self {
        let failed: HashSet<_> = results
            .cells
            .iter()
            .filter(|cell| cell.failure.is_some())
            .map(|cell| (cell.variant, cell.workload))
            .collect();
        let mut series: HashMap<_, Series> = HashMap::new();
        for sample in &results.samples {
            if failed.contains(&(sample.variant, sample.workload)) {
                continue;
            }
            let entry = if sample.control {
                Entry::Control
            } else {
                Entry::Variant(sample.variant)
            };
            let per_iteration = sample.nanoseconds as f64 / sample.iterations as f64;
            series
                .entry((sample.measure, sample.workload, entry))
                .or_default()
                .insert(sample.round, per_iteration);
        }
        Self {
            results,
            series,
            empty: Series::new(),
            verdicts: OnceCell::new(),
        }
    }

    fn series(&self, measure: Measure, workload: WorkloadId, entry: Entry) -> &Series {
        self.series
            .get(&(measure, workload, entry))
            .unwrap_or(&self.empty)
    }

    /// The time of one iteration in each round, or of several runs in each run, in nanoseconds; empty if it
    /// was not timed.
    pub fn times_by_round(
        &self,
        measure: Measure,
        workload: WorkloadId,
        variant: VariantId,
    ) -> BTreeMap<u32, f64> {
        let series = self.series(measure, workload, Entry::Variant(variant));
        self.by_group(measure, series.clone(), median)
    }

    /// The time of one iteration, in nanoseconds. The built-in variants share one parser: where it was
    /// timed for one of them only, that stands for all of them, and for no other.
    pub fn time(
        &self,
        measure: Measure,
        workload: WorkloadId,
        variant: VariantId,
    ) -> Option<Estimate> {
        let of = |variant| {
            let series = self.times_by_round(measure, workload, variant);
            Estimate::of(series.into_values())
        };
        of(variant).or_else(|| {
            let shared = measure == Measure::Parse
                && self.results.variant(variant).builtin
                && !self.results.has_failed(variant, workload);
            let mut builtin = self.results.variant_ids();
            let mut parsed =
                || builtin.find_map(|id| self.results.variant(id).builtin.then(|| of(id))?);
            shared.then(&mut parsed).flatten()
        })
    }

    /// The time of a run divided by its dispatched instructions, in nanoseconds; `None` if it dispatched
    /// none.
    pub fn time_per_dispatched(
        &self,
        workload: WorkloadId,
        variant: VariantId,
    ) -> Option<Estimate> {
        let dispatched = self.results.cell(variant, workload)?.counts?.dispatched?;
        let time = self.time(Measure::Run, workload, variant)?;
        (dispatched > 0).then(|| time.map(|time| time / dispatched as f64))
    }

    /// How many times as fast `to` is as `from`: the centre over rounds of time(from) / time(to), both of
    /// the same round. What disturbs the one time might as well have disturbed the other, so the logarithms
    /// scatter to both sides alike ([`Estimate::of_symmetric`]).
    pub fn speedup(
        &self,
        measure: Measure,
        workload: WorkloadId,
        from: VariantId,
        to: VariantId,
    ) -> Option<Estimate> {
        let ratios = self.log_ratios(measure, workload, Entry::Variant(from), Entry::Variant(to));
        Some(Estimate::of_symmetric(ratios.into_values())?.map(f64::exp))
    }

    /// The logarithms of how many times as fast `to` is as `from`, over these workloads: the mean over
    /// them in each round that has all.
    pub fn log_speedups(
        &self,
        workloads: &[WorkloadId],
        from: VariantId,
        to: VariantId,
    ) -> Vec<f64> {
        let [from, to] = [from, to].map(Entry::Variant);
        self.log_means(Measure::Run, workloads, from, to)
    }

    /// What may be said of each variant against its base, all comparisons taken together.
    pub fn verdicts(&self) -> &Verdicts {
        self.verdicts.get_or_init(|| Verdicts::of(self))
    }

    /// The speedup over several workloads: the geometric mean over them in each round, then the
    /// centre over the rounds. `None` if any of them lacks either variant, since means over different
    /// workloads must not stand in one column (Fleming and Wallace 1986, on why the mean of ratios is
    /// geometric).
    pub fn mean_speedup(
        &self,
        measure: Measure,
        workloads: &[WorkloadId],
        from: VariantId,
        to: VariantId,
    ) -> Option<Estimate> {
        self.mean(measure, workloads, Entry::Variant(from), Entry::Variant(to))
    }

    /// The sets of workloads over which means are taken: the suites, if there is more than one, else
    /// all workloads together. A mean over two suites would tell of their sizes.
    pub fn means(&self) -> Vec<Mean> {
        let suites = self.suites();
        if suites.len() < 2 {
            return vec![Mean {
                title: "geometric mean".to_owned(),
                workloads: self.results.workload_ids().collect(),
            }];
        }
        suites
            .into_iter()
            .map(|Suite { name, workloads }| Mean {
                title: format!("geometric mean, {name}"),
                workloads,
            })
            .collect()
    }

    /// The suites, in the order of their first workloads; none if some workload is there by itself, not
    /// for its suite, or its suite is not known.
    pub fn suites(&self) -> Vec<Suite<'a>> {
        let mut suites: Vec<Suite<'a>> = Vec::new();
        for id in self.results.workload_ids() {
            let Some(name) = self.results.workload(id).suite.as_deref() else {
                return Vec::new();
            };
            match suites.iter_mut().find(|suite| suite.name == name) {
                Some(suite) => suite.workloads.push(id),
                None => suites.push(Suite {
                    name,
                    workloads: vec![id],
                }),
            }
        }
        suites
    }

    /// The A/A control: the "speedup" of the reference over itself, entered twice in each round.
    pub fn control(&self, workload: WorkloadId) -> Option<Estimate> {
        let reference = Entry::Variant(self.results.reference());
        let ratios = self.log_ratios(Measure::Run, workload, reference, Entry::Control);
        Some(Estimate::of_symmetric(ratios.into_values())?.map(f64::exp))
    }

    /// The A/A control over all workloads.
    pub fn suite_control(&self) -> Option<Estimate> {
        let workloads: Vec<_> = self.results.workload_ids().collect();
        self.mean(
            Measure::Run,
            &workloads,
            Entry::Variant(self.results.reference()),
            Entry::Control,
        )
    }

    /// The smallest effect that the run could see on a workload, as a fraction (0.01 is 1 %).
    ///
    /// With h the half-width of the interval of a log ratio, an effect of h is told from nothing by the
    /// interval in half of such runs (its median then lies as often beyond h as not). The figure is
    /// exp(median of h over all variants against the reference, and the control) − 1. `None` without
    /// intervals.
    pub fn smallest_effect(&self, workload: WorkloadId) -> Option<f64> {
        Some(median(self.half_widths(workload))?.exp_m1())
    }

    /// The same over the cells of all workloads.
    pub fn smallest_effect_overall(&self) -> Option<f64> {
        let all = self
            .results
            .workload_ids()
            .flat_map(|workload| self.half_widths(workload));
        Some(median(all)?.exp_m1())
    }

    fn half_widths(&self, workload: WorkloadId) -> Vec<f64> {
        let reference = self.results.reference();
        self.results
            .variant_ids()
            .filter(|&variant| variant != reference)
            .filter_map(|variant| self.speedup(Measure::Run, workload, reference, variant))
            .chain(self.control(workload))
            .filter_map(|speedup| speedup.map(f64::ln).half_width())
            .collect()
    }

    /// The variant that a variant is a step from: the one before it in a progression, its
    /// counterpart in a comparison that has any.
    pub fn previous(&self, variant: VariantId) -> Option<VariantId> {
        match self.results.experiment.kind {
            ExperimentKind::Progression => variant.0.checked_sub(1).map(VariantId),
            ExperimentKind::Builds => self.base(variant),
            ExperimentKind::Comparison => self
                .has_counterparts()
                .then(|| self.base(variant))
                .flatten(),
        }
    }

    /// The variant that a variant is judged against: the one before it in a progression, its
    /// counterpart if it has one, else the reference. `None` for the reference itself, unless a
    /// progression has another one before it.
    pub fn base(&self, variant: VariantId) -> Option<VariantId> {
        let reference = self.results.reference();
        let counterpart = || {
            let name = self.results.variant(variant).counterpart.as_deref()?;
            self.results.variant_named(name)
        };
        let base = match self.results.experiment.kind {
            ExperimentKind::Progression => variant.0.checked_sub(1).map(VariantId),
            ExperimentKind::Comparison => counterpart(),
            // Nobody asks whether an engine of the old build is faster than another one.
            ExperimentKind::Builds => return counterpart(),
        };
        Some(base.unwrap_or(reference)).filter(|&base| base != variant)
    }

    /// Whether this is a comparison in which not all are compared with the reference alone.
    pub fn has_counterparts(&self) -> bool {
        self.results.experiment.kind != ExperimentKind::Progression
            && self
                .results
                .variants
                .iter()
                .any(|variant| variant.counterpart.is_some())
    }

    fn mean(
        &self,
        measure: Measure,
        workloads: &[WorkloadId],
        from: Entry,
        to: Entry,
    ) -> Option<Estimate> {
        let logs = self.log_means(measure, workloads, from, to);
        Some(Estimate::of_symmetric(logs)?.map(f64::exp))
    }

    fn log_means(
        &self,
        measure: Measure,
        workloads: &[WorkloadId],
        from: Entry,
        to: Entry,
    ) -> Vec<f64> {
        let mut rounds: BTreeMap<u32, (usize, f64)> = BTreeMap::new();
        for &workload in workloads {
            for (round, log_ratio) in self.log_ratios(measure, workload, from, to) {
                let (count, sum) = rounds.entry(round).or_default();
                *count += 1;
                *sum += log_ratio;
            }
        }
        rounds
            .into_values()
            .filter(|&(count, _)| count == workloads.len())
            .map(|(count, sum)| sum / count as f64)
            .collect()
    }

    /// The logarithm of how many times as fast `to` is as `from`, in each round, whatever rounds belong
    /// together.
    pub fn log_ratios_by_round(
        &self,
        workload: WorkloadId,
        from: VariantId,
        to: VariantId,
    ) -> BTreeMap<u32, f64> {
        let [from, to] = [from, to].map(Entry::Variant);
        self.ratios_by_round(Measure::Run, workload, from, to)
    }

    fn log_ratios(&self, measure: Measure, workload: WorkloadId, from: Entry, to: Entry) -> Series {
        let ratios = self.ratios_by_round(measure, workload, from, to);
        self.by_group(measure, ratios, |logs| {
            Estimate::of_symmetric(logs).map(|it| it.median)
        })
    }

    fn ratios_by_round(
        &self,
        measure: Measure,
        workload: WorkloadId,
        from: Entry,
        to: Entry,
    ) -> Series {
        let numerators = self.series(measure, workload, from);
        let denominators = self.series(measure, workload, to);
        let ratio = |(round, to): (&u32, &f64)| {
            numerators.get(round).map(|from| (*round, (from / to).ln()))
        };
        denominators.iter().filter_map(ratio).collect()
    }

    /// Of rounds that belong together, of one run of several or of one layout, a figure of each group, from those
    /// of its rounds: what groups differ by is then part of what the figures scatter by. Of rounds that don't,
    /// what it is given.
    fn by_group(
        &self,
        measure: Measure,
        rounds: Series,
        centre: impl Fn(Vec<f64>) -> Option<f64>,
    ) -> Series {
        let Results {
            repeats, nesting, ..
        } = self.results;
        // Phases are measured in some rounds only, and read for their orders of magnitude.
        if measure != Measure::Run || (repeats.is_none() && nesting.is_none()) {
            return rounds;
        }
        let group = |round| match (repeats, nesting) {
            (Some(repeats), _) => repeats.run_of(round),
            (None, Some(nesting)) => nesting.layout_of(round),
            (None, None) => round,
        };
        let mut groups: BTreeMap<u32, Vec<f64>> = BTreeMap::new();
        for (round, figure) in rounds {
            groups.entry(group(round)).or_default().push(figure);
        }
        let figure = |(group, figures)| Some((group, centre(figures)?));
        groups.into_iter().filter_map(figure).collect()
    }

    /// What intervals are taken over.
    pub fn unit(&self) -> &'static str {
        match (self.results.repeats, self.results.nesting) {
            (Some(_), _) => "run",
            (None, Some(_)) => "layout",
            (None, None) => "round",
        }
    }
}
