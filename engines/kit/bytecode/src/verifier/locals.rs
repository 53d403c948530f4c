//! Which locals have been set, at each instruction.

/// The locals that have been set, as a log in the order in which they were.
///
/// What two ways to a place have in common is the part of the log that both have. Since jumps lead
/// forward, that is a prefix: as much as was there at the jump, and has been all the time since.
/// (A local that both ways set, each on its own, isn't in it; the compiler has no such locals.)
#[derive(Default)]
pub(super) struct SetLocals {
    log: Vec<u32>,
    /// Each local's place in the log, if it is still there.
    places: Vec<usize>,
    /// How often the log has been shortened.
    time: usize,
    /// When the log was shortened, and to what length, as far as it matters: later entries are longer.
    shortened: Vec<(usize, usize)>,
}

/// A length of the log, at a time.
#[derive(Clone, Copy)]
pub(super) struct Mark {
    time: usize,
    length: usize,
}

impl SetLocals {
    /// Whether a local has been set.
    #[inline]
    pub(super) fn contains(&self, local: u32) -> bool {
        let place = self.places.get(local as usize);
        place.is_some_and(|&place| self.log.get(place) == Some(&local))
    }

    /// Sets a local.
    #[inline]
    pub(super) fn insert(&mut self, local: u32) {
        if self.contains(local) {
            return;
        }
        let index = local as usize;
        if self.places.len() <= index {
            self.places.resize(index + 1, usize::MAX);
        }
        self.places[index] = self.log.len();
        self.log.push(local);
    }

    /// The present length.
    #[inline]
    pub(super) fn mark(&self) -> Mark {
        Mark {
            time: self.time,
            length: self.log.len(),
        }
    }

    /// How much of a mark's log has been there ever since.
    #[inline]
    fn left_of(&self, mark: Mark) -> usize {
        let since = self
            .shortened
            .partition_point(|&(time, _)| time < mark.time);
        let shortest = self.shortened.get(since).map(|&(_, length)| length);
        mark.length.min(shortest.unwrap_or(usize::MAX))
    }

    /// What an earlier mark and the present have in common.
    #[inline]
    pub(super) fn earlier(&self, mark: Mark, present: Mark) -> Mark {
        Mark {
            length: self.left_of(mark).min(present.length),
            ..present
        }
    }

    /// Forgets what has been set since a mark.
    #[inline]
    pub(super) fn return_to(&mut self, mark: Mark) {
        let length = self.left_of(mark).min(self.log.len());
        self.log.truncate(length);
        while self
            .shortened
            .pop_if(|(_, longer)| *longer >= length)
            .is_some()
        {}
        self.shortened.push((self.time, length));
        self.time += 1;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    /// What may happen to the locals that have been set.
    #[derive(Clone, Debug)]
    enum Event {
        Set(u32),
        /// A jump to a place ahead, which is one of several.
        Jump(usize),
        /// Such a place is reached; whether control also comes from before.
        Reach(usize, bool),
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

        /// Against sets of locals: what has been set by the log is set on all ways.
        #[test]
        fn the_log_of_locals_claims_no_more_than_the_intersection_of_all_ways(
            events in prop::collection::vec(
                prop_oneof![
                    (0..6_u32).prop_map(Event::Set),
                    (0..4_usize).prop_map(Event::Jump),
                    (0..4_usize, any::<bool>()).prop_map(|(place, falls)| Event::Reach(place, falls)),
                ],
                0..40,
            ),
        ) {
            let mut log = SetLocals::default();
            let mut marks = [None; 4];
            let mut set = BTreeSet::new();
            let mut ways: [Option<BTreeSet<u32>>; 4] = Default::default();
            for event in events {
                match event {
                    Event::Set(local) => {
                        log.insert(local);
                        set.insert(local);
                    }
                    Event::Jump(place) => {
                        let here = log.mark();
                        marks[place] = Some(marks[place].map_or(here, |mark| log.earlier(mark, here)));
                        let way = ways[place].take().unwrap_or_else(|| set.clone());
                        ways[place] = Some(&way & &set);
                    }
                    Event::Reach(place, falls) => {
                        if let (Some(mark), Some(way)) = (marks[place].take(), ways[place].take()) {
                            log.return_to(mark);
                            set = if falls { &set & &way } else { way };
                        }
                    }
                }
                for local in 0..6 {
                    prop_assert!(!log.contains(local) || set.contains(&local), "local {local}");
                }
            }
        }
    }
}
