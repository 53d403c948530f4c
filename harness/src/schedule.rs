//! What is measured when: the order of each round, shuffled so that drift of the machine hits all
//! variants alike.
//!
//! A machine that others use too changes its speed for some milliseconds as well as for minutes. So a sample
//! of a run is taken in parts: all variants run a part of theirs on a workload, in a shuffled order, then the
//! next part in another one. What is compared was then measured within milliseconds of each other, again and
//! again.
//!
//! The order is a function of the seed and the round's number alone, so that a resumed run goes on
//! exactly as it would have gone.

use std::ops::Range;

use fastrand::Rng;
use reports::schema::{Measure, VariantId, WorkloadId};
use serde::{Deserialize, Serialize};

/// A sample to take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Entry {
    /// On which workload.
    pub(crate) workload: WorkloadId,
    /// Of which variant.
    pub(crate) variant: VariantId,
    /// Whether it is the reference's second entry: the A/A control.
    pub(crate) control: bool,
    /// What to time.
    pub(crate) measure: Measure,
    /// Which part of the sample it is.
    pub(crate) part: Part,
}

/// A part of a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Part {
    number: u64,
    of: u64,
}

impl Part {
    /// All of it.
    pub(crate) const WHOLE: Self = Self { number: 0, of: 1 };

    /// The parts of the sample of a run.
    fn of_run() -> impl Iterator<Item = Self> {
        (0..PARTS).map(|number| Self { number, of: PARTS })
    }

    /// How many of a sample's iterations are in this part: none, where they are fewer than the parts.
    pub(crate) fn share(self, iterations: u64) -> u64 {
        let up_to = |number: u64| {
            let iterations = u128::from(iterations) * u128::from(number) / u128::from(self.of);
            u64::try_from(iterations).unwrap_or(u64::MAX)
        };
        up_to(self.number + 1) - up_to(self.number)
    }

    /// Whether no other part follows.
    pub(crate) fn is_last(self) -> bool {
        self.number + 1 == self.of
    }
}

/// In how many parts the sample of a run is taken.
pub(crate) const PARTS: u64 = 2;

/// The rounds of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Schedule {
    /// How many variants there are.
    pub(crate) variants: u32,
    /// How many workloads there are.
    pub(crate) workloads: u32,
    /// The variant that is entered twice.
    pub(crate) reference: VariantId,
    /// What the shuffles start from.
    pub(crate) seed: u64,
    /// How many rounds there are.
    pub(crate) rounds: u32,
    /// Each so many rounds, the first included, the phases are measured too; none: never.
    pub(crate) phases_every: Option<u32>,
    /// Each so many rounds, the first included, first executions are measured too; none: never. A
    /// process each makes them dear.
    pub(crate) first_every: Option<u32>,
}

/// The measures of a round's second part; the first part is [`Measure::Run`], the last is
/// [`Measure::First`]. Not every variant has all of them.
const PHASES: [Measure; 5] = [
    Measure::Parse,
    Measure::Compile,
    Measure::Instantiate,
    Measure::Total,
    Measure::Warm,
];

impl Schedule {
    /// The samples of a round, part by part, in the order in which they are taken: workload by workload,
    /// first all runs, then, if it is time for them, the phases, and last the first executions, whose
    /// processes come and go.
    pub(crate) fn round(&self, round: u32) -> Vec<Entry> {
        // An odd constant with well-mixed bits keeps the seeds of neighbouring rounds, and of
        // runs with neighbouring seeds, apart.
        const MIX: u64 = 0x9e37_79b9_7f4a_7c15;
        let mut rng = Rng::with_seed(self.seed ^ u64::from(round).wrapping_mul(MIX));
        let whole = || [Part::WHOLE].into_iter();
        let runs = |workload| self.runs(workload);
        let mut entries = self.by_workload(&mut rng, Part::of_run, runs);
        if is_time(round, self.phases_every) {
            let phases = |workload| self.phases(workload);
            entries.extend(self.by_workload(&mut rng, whole, phases));
        }
        if is_time(round, self.first_every) {
            let first = |workload| self.all(workload, Measure::First);
            entries.extend(self.by_workload(&mut rng, whole, first));
        }
        entries
    }

    /// The number of a round among those of a measure, as results count them.
    pub(crate) fn number(&self, round: u32, measure: Measure) -> u32 {
        match self.every(measure) {
            None => round,
            Some(every) => round / every,
        }
    }

    /// Each how many rounds something is measured; none: never.
    fn every(&self, measure: Measure) -> Option<u32> {
        match measure {
            Measure::Run => Some(1),
            Measure::First => self.first_every,
            _ => self.phases_every,
        }
    }

    /// All samples that have to be calibrated, in no order: the first execution is a single one.
    pub(crate) fn everything(&self) -> impl Iterator<Item = Entry> + '_ {
        (0..self.workloads).map(WorkloadId).flat_map(|workload| {
            let phases = self.phases_every.map(|_| self.phases(workload));
            self.runs(workload)
                .into_iter()
                .chain(phases.into_iter().flatten())
        })
    }

    /// How many samples a range of rounds has.
    pub(crate) fn samples(&self, rounds: Range<u32>) -> u64 {
        let workload = WorkloadId(0);
        let parts = [
            (Some(1), self.runs(workload).len()),
            (self.phases_every, self.phases(workload).len()),
            (self.first_every, self.all(workload, Measure::First).len()),
        ];
        let of_round = |round| {
            let parts = parts.iter().filter(|&&(every, _)| is_time(round, every));
            parts.map(|&(_, samples)| samples as u64).sum::<u64>()
        };
        rounds.map(of_round).sum::<u64>() * u64::from(self.workloads)
    }

    /// Shuffled workloads, each with its samples part by part, each part shuffled.
    fn by_workload<P: Iterator<Item = Part>>(
        &self,
        rng: &mut Rng,
        parts: impl Fn() -> P,
        samples: impl Fn(WorkloadId) -> Vec<Entry>,
    ) -> Vec<Entry> {
        let mut workloads: Vec<WorkloadId> = (0..self.workloads).map(WorkloadId).collect();
        rng.shuffle(&mut workloads);
        let mut entries = Vec::new();
        for workload in workloads {
            for part in parts() {
                let mut of_part = samples(workload);
                rng.shuffle(&mut of_part);
                entries.extend(of_part.into_iter().map(|entry| Entry { part, ..entry }));
            }
        }
        entries
    }

    fn runs(&self, workload: WorkloadId) -> Vec<Entry> {
        let mut runs = self.all(workload, Measure::Run);
        runs.push(Entry {
            workload,
            variant: self.reference,
            control: true,
            measure: Measure::Run,
            part: Part::WHOLE,
        });
        runs
    }

    fn phases(&self, workload: WorkloadId) -> Vec<Entry> {
        let all = |measure| self.all(workload, measure);
        PHASES.into_iter().flat_map(all).collect()
    }

    /// A sample of each variant.
    fn all(&self, workload: WorkloadId, measure: Measure) -> Vec<Entry> {
        let entry = |variant| Entry {
            workload,
            variant: VariantId(variant),
            control: false,
            measure,
            part: Part::WHOLE,
        };
        (0..self.variants).map(entry).collect()
    }
}

/// Whether a round is one of those, each so many, that have something.
fn is_time(round: u32, every: Option<u32>) -> bool {
    every.is_some_and(|every| round.is_multiple_of(every))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    const SCHEDULE: Schedule = Schedule {
        variants: 3,
        workloads: 4,
        reference: VariantId(1),
        seed: 7,
        rounds: 10,
        phases_every: Some(2),
        first_every: Some(4),
    };

    #[test]
    fn a_round_has_every_variant_once_and_the_reference_twice() {
        let entries = SCHEDULE.round(1);
        assert_eq!(entries.len(), 4 * (3 + 1) * PARTS as usize);
        assert_eq!(entries.iter().collect::<HashSet<_>>().len(), entries.len());
        let whole: Vec<_> = entries.iter().filter(|it| it.part.is_last()).collect();
        assert_eq!(whole.len(), 4 * (3 + 1));
        let controls: Vec<_> = whole.iter().filter(|entry| entry.control).collect();
        assert_eq!(controls.len(), 4);
        assert!(controls.iter().all(|entry| entry.variant == VariantId(1)));
    }

    #[test]
    fn all_have_a_part_of_their_sample_before_any_has_the_next() {
        let entries = SCHEDULE.round(1);
        for part in entries.chunks(3 + 1) {
            let (first, variants) = (part[0], part.iter().map(|it| (it.variant, it.control)));
            assert_eq!(variants.collect::<HashSet<_>>().len(), 3 + 1);
            let same = |it: &Entry| (it.workload, it.part) == (first.workload, first.part);
            assert!(part.iter().all(same));
        }
    }

    #[test]
    fn parts_add_up_to_the_sample() {
        for iterations in [1, 2, 3, 4, 5, 1_001, u64::MAX] {
            let shares: Vec<_> = Part::of_run().map(|it| it.share(iterations)).collect();
            assert_eq!(shares.iter().sum::<u64>(), iterations);
            let (least, most) = (shares.iter().min().unwrap(), shares.iter().max().unwrap());
            assert!(most - least <= 1, "{shares:?}");
        }
        assert_eq!(Part::WHOLE.share(7), 7);
    }

    #[test]
    fn a_workload_is_done_with_before_the_next() {
        let mut order: Vec<_> = SCHEDULE
            .round(1)
            .iter()
            .map(|entry| entry.workload)
            .collect();
        order.dedup();
        assert_eq!(order.len(), 4);
    }

    #[test]
    fn phases_come_in_every_second_round_and_first_executions_in_every_fourth() {
        let entries = SCHEDULE.round(2);
        assert_eq!(entries.len(), 4 * ((3 + 1) * PARTS as usize + 5 * 3));
        assert_eq!(SCHEDULE.number(2, Measure::Run), 2);
        assert_eq!(SCHEDULE.number(2, Measure::Total), 1);
        let entries = SCHEDULE.round(4);
        assert_eq!(entries.len(), 4 * ((3 + 1) * PARTS as usize + 5 * 3 + 3));
        let (before, last) = entries.split_at(entries.len() - 4 * 3);
        let is_first = |entry: &Entry| entry.measure == Measure::First;
        assert!(last.iter().all(is_first) && !before.iter().any(is_first));
        assert_eq!(SCHEDULE.number(4, Measure::First), 1);
    }

    #[test]
    fn samples_are_counted_as_they_are_planned() {
        let rounds = (2..7).flat_map(|round| SCHEDULE.round(round));
        let planned = rounds.filter(|entry| entry.part.is_last()).count();
        assert_eq!(SCHEDULE.samples(2..7), planned as u64);
    }

    #[test]
    fn without_phases_there_are_runs_alone() {
        let schedule = Schedule {
            phases_every: None,
            first_every: None,
            ..SCHEDULE
        };
        let is_run = |entry: &Entry| entry.measure == Measure::Run;
        assert!(schedule.everything().all(|entry| is_run(&entry)));
        assert!(schedule.round(0).iter().all(is_run));
        assert_eq!(schedule.samples(0..3), 3 * 4 * (3 + 1));
    }

    #[test]
    fn the_seed_decides_the_order_and_rounds_differ() {
        assert_eq!(SCHEDULE.round(3), SCHEDULE.round(3));
        assert_ne!(SCHEDULE.round(3), SCHEDULE.round(5));
        let other = Schedule {
            seed: 8,
            ..SCHEDULE
        };
        assert_ne!(SCHEDULE.round(3), other.round(3));
    }
}
