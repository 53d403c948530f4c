//! The samples of a round, put together from their parts.

use std::collections::HashMap;

use reports::schema::Sample;

use crate::clocks::Clocked;
use crate::schedule::{Entry, Part};

/// The samples of which there are parts so far, in the order of their first ones.
#[derive(Debug, Default)]
pub(super) struct Samples {
    samples: Vec<Sample>,
    /// Where the sample of an entry is, whatever the part.
    places: HashMap<Entry, usize>,
}

impl Samples {
    /// Adds a part to its sample; `round` is its number among those that have its measure.
    pub(super) fn add(&mut self, round: u32, entry: Entry, clocked: Clocked) {
        let whole = Entry {
            part: Part::WHOLE,
            ..entry
        };
        let place = *self.places.entry(whole).or_insert(self.samples.len());
        if place == self.samples.len() {
            self.samples.push(Sample {
                round,
                workload: entry.workload,
                variant: entry.variant,
                control: entry.control,
                measure: entry.measure,
                iterations: 0,
                nanoseconds: 0,
            });
        }
        let sample = &mut self.samples[place];
        sample.iterations += clocked.iterations.get();
        sample.nanoseconds += clocked.claimed;
    }

    /// All samples.
    pub(super) fn whole(self) -> Vec<Sample> {
        self.samples
    }
}
