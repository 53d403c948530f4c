//! What is measured when: the order of each round, shuffled so that drift of the machine hits all
//! variants alike.
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
}

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
    /// The samples of a round, in the order in which they are taken: workload by workload, first
    /// all runs, then, if it is time for them, the phases, and last the first executions, whose
    /// processes come and go.
    pub(crate) fn round(&self, round: u32) -> Vec<Entry> {
        // An odd constant with well-mixed bits keeps the seeds of neighbouring rounds, and of
        // runs with neighbouring seeds, apart.
        const MIX: u64 = 0x9e37_79b9_7f4a_7c15;
        let mut rng = Rng::with_seed(self.seed ^ u64::from(round).wrapping_mul(MIX));
        let mut entries = self.part(&mut rng, |workload| self.runs(workload));
        if is_time(round, self.phases_every) {
            entries.extend(self.part(&mut rng, |workload| self.phases(workload)));
        }
        if is_time(round, self.first_every) {
            entries.extend(self.part(&mut rng, |workload| self.all(workload, Measure::First)));
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

    /// Shuffled workloads, each with its shuffled samples.
    fn part(&self, rng: &mut Rng, entries: impl Fn(WorkloadId) -> Vec<Entry>) -> Vec<Entry> {
        let mut workloads: Vec<u32> = (0..self.workloads).collect();
        rng.shuffle(&mut workloads);
        workloads
            .into_iter()
            .flat_map(|workload| {
                let mut entries = entries(WorkloadId(workload));
                rng.shuffle(&mut entries);
                entries
            })
            .collect()
    }

    fn runs(&self, workload: WorkloadId) -> Vec<Entry> {
        let mut runs = self.all(workload, Measure::Run);
        runs.push(Entry {
            workload,
            variant: self.reference,
            control: true,
            measure: Measure::Run,
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
        assert_eq!(entries.len(), 4 * (3 + 1));
        assert_eq!(entries.iter().collect::<HashSet<_>>().len(), entries.len());
        let controls: Vec<_> = entries.iter().filter(|entry| entry.control).collect();
        assert_eq!(controls.len(), 4);
        assert!(controls.iter().all(|entry| entry.variant == VariantId(1)));
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
        assert_eq!(entries.len(), 4 * (3 + 1 + 5 * 3));
        assert_eq!(SCHEDULE.number(2, Measure::Run), 2);
        assert_eq!(SCHEDULE.number(2, Measure::Total), 1);
        let entries = SCHEDULE.round(4);
        assert_eq!(entries.len(), 4 * (3 + 1 + 5 * 3 + 3));
        let (before, last) = entries.split_at(entries.len() - 4 * 3);
        let is_first = |entry: &Entry| entry.measure == Measure::First;
        assert!(last.iter().all(is_first) && !before.iter().any(is_first));
        assert_eq!(SCHEDULE.number(4, Measure::First), 1);
    }

    #[test]
    fn samples_are_counted_as_they_are_planned() {
        let planned: usize = (2..7).map(|round| SCHEDULE.round(round).len()).sum();
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
