//! What is measured when: the order of each round, shuffled so that drift of the machine hits all
//! variants alike.
//!
//! The order is a function of the seed and the round's number alone, so that a resumed run goes on
//! exactly as it would have gone.

use std::ops::Range;

use fastrand::Rng;
use reports::schema::{Measure, VariantId, WorkloadId};

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
#[derive(Clone, Copy, Debug)]
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
}

/// The measures of a round's second part; the first part is [`Measure::Run`].
const PHASES: [Measure; 4] = [
    Measure::Parse,
    Measure::Compile,
    Measure::Instantiate,
    Measure::Total,
];

impl Schedule {
    /// The samples of a round, in the order in which they are taken: workload by workload, first
    /// all runs, then, if it is time for them, the phases.
    pub(crate) fn round(&self, round: u32) -> Vec<Entry> {
        // An odd constant with well-mixed bits keeps the seeds of neighbouring rounds, and of
        // runs with neighbouring seeds, apart.
        const MIX: u64 = 0x9e37_79b9_7f4a_7c15;
        let mut rng = Rng::with_seed(self.seed ^ u64::from(round).wrapping_mul(MIX));
        let mut entries = self.part(&mut rng, |workload| self.runs(workload));
        if self.has_phases(round) {
            entries.extend(self.part(&mut rng, |workload| self.phases(workload)));
        }
        entries
    }

    /// The number of a round among those of a measure, as results count them.
    pub(crate) fn number(&self, round: u32, measure: Measure) -> u32 {
        match (measure, self.phases_every) {
            (Measure::Run, _) | (_, None) => round,
            (_, Some(every)) => round / every,
        }
    }

    /// All samples that can be taken, in no order: what has to be calibrated.
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
        let runs = self.runs(WorkloadId(0)).len() as u64;
        let phases = self.phases(WorkloadId(0)).len() as u64;
        rounds
            .map(|round| runs + if self.has_phases(round) { phases } else { 0 })
            .sum::<u64>()
            * u64::from(self.workloads)
    }

    fn has_phases(&self, round: u32) -> bool {
        self.phases_every
            .is_some_and(|every| round.is_multiple_of(every))
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
        let entry = |variant, control| Entry {
            workload,
            variant,
            control,
            measure: Measure::Run,
        };
        (0..self.variants)
            .map(|variant| entry(VariantId(variant), false))
            .chain([entry(self.reference, true)])
            .collect()
    }

    fn phases(&self, workload: WorkloadId) -> Vec<Entry> {
        PHASES
            .into_iter()
            .flat_map(|measure| {
                (0..self.variants).map(move |variant| Entry {
                    workload,
                    variant: VariantId(variant),
                    control: false,
                    measure,
                })
            })
            // All variants share one parser, so the reference parses for all.
            .filter(|entry| entry.measure != Measure::Parse || entry.variant == self.reference)
            .collect()
    }
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
    fn phases_come_in_every_second_round_and_parse_for_the_reference_alone() {
        let entries = SCHEDULE.round(2);
        assert_eq!(entries.len(), 4 * (3 + 1 + 3 * 3 + 1));
        assert!(
            entries
                .iter()
                .filter(|entry| entry.measure == Measure::Parse)
                .all(|entry| entry.variant == VariantId(1))
        );
        assert_eq!(SCHEDULE.number(2, Measure::Run), 2);
        assert_eq!(SCHEDULE.number(2, Measure::Total), 1);
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
