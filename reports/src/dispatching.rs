//! How an engine gets from one instruction to the next in machine code: through how many indirect jumps,
//! how well they can be predicted, and what part of the work that is.

use serde::Serialize;

use crate::schema::{Cell, Jump, Results, VariantId};

/// What part of the jumps that were taken the main ones make up. The others are those of rare instructions,
/// and calls that happen to look like a dispatch.
const MAIN: f64 = 0.99;

/// What is known of a variant on a workload whose machine code was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Dispatching<'a> {
    /// The fewest jumps through which 99 % of those go that were taken, the most frequent first.
    pub main: Vec<&'a Jump>,
    /// How often a simulated predictor was wrong, of all jumps that were taken; see
    /// [`Jump::mispredicted`].
    pub mispredicted: f64,
}

impl<'a> Dispatching<'a> {
    /// What a cell tells; `None` if it has no jumps.
    pub fn of(cell: &'a Cell) -> Option<Self> {
        let mut jumps: Vec<&Jump> = cell.jumps.iter().collect();
        jumps.sort_by_key(|jump| std::cmp::Reverse(jump.taken));
        let sum = |of: fn(&Jump) -> u64| jumps.iter().map(|jump| of(jump) as f64).sum::<f64>();
        let taken = sum(|jump| jump.taken);
        let mispredicted = sum(|jump| jump.mispredicted) / taken;
        let mut covered = 0.0;
        let is_main = |jump: &&Jump| {
            let wanted = covered < MAIN * taken;
            covered += jump.taken as f64;
            wanted
        };
        let main: Vec<&Jump> = jumps.iter().copied().take_while(is_main).collect();
        (!main.is_empty()).then_some(Self { main, mispredicted })
    }

    /// Machine instructions from the end of one instruction's work to the start of the next one's: the
    /// shortest [`Jump::line`] of the main jumps, and one more where a handler has to come back, by the
    /// return from a call or by a jump to the only place that dispatches.
    fn sequence(&self) -> Option<u32> {
        let line = |jump: &&Jump| {
            let comes_back = jump.call || self.main.len() == 1;
            jump.line.saturating_add(u32::from(comes_back))
        };
        self.main.iter().map(line).min()
    }
}

/// The machine code of the functions by which a variant dispatches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct DispatchCode {
    /// How many functions hold its main jumps, on any workload.
    pub functions: usize,
    /// The indirect jumps in their machine code, taken or not.
    pub jumps: u64,
    /// The indirect calls.
    pub calls: u64,
    /// Machine instructions from the end of one instruction's work to the start of the next one's: the
    /// fewest on any workload. Where each handler has its own jump, it may hold a little of the cheapest
    /// handler's work.
    pub sequence: u32,
}

impl DispatchCode {
    /// That of a variant; `None` if no jump of it is known.
    pub fn of(results: &Results, variant: VariantId) -> Option<Self> {
        let cells = results.cells.iter().filter(|cell| cell.variant == variant);
        let found: Vec<_> = cells.filter_map(Dispatching::of).collect();
        let main = found.iter().flat_map(|it| &it.main);
        let mut functions: Vec<u32> = main.map(|jump| jump.function).collect();
        functions.sort_unstable();
        functions.dedup();
        let of = |index: &u32| results.code_functions().get(*index as usize);
        let code = || functions.iter().filter_map(of);
        Some(Self {
            functions: functions.len(),
            jumps: code().map(|it| u64::from(it.jumps)).sum(),
            calls: code().map(|it| u64::from(it.calls)).sum(),
            sequence: found.iter().filter_map(Dispatching::sequence).min()?,
        })
    }

    /// What part of a cell's host instructions the sequences of all its dispatches are; `None` if either
    /// was not counted. It is an estimate of dispatch's share of the time, as if every machine
    /// instruction took the same.
    pub fn share(&self, cell: &Cell) -> Option<f64> {
        let (dispatched, host) = (cell.counts?.dispatched?, cell.host_instructions?);
        Some(f64::from(self.sequence) * dispatched as f64 / host as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Counts, WorkloadId};

    fn jump(function: u32, call: bool, taken: u64, mispredicted: u64, line: u32) -> Jump {
        Jump {
            function,
            call,
            taken,
            mispredicted,
            line,
        }
    }

    fn cell(jumps: Vec<Jump>) -> Cell {
        Cell {
            variant: VariantId(0),
            workload: WorkloadId(0),
            counts: Some(Counts {
                dispatched: Some(1_000),
                calls: None,
                allocations: None,
                code_bytes: None,
            }),
            host_instructions: Some(20_000),
            jumps,
            peak_memory_bytes: None,
            code: None,
            failure: None,
        }
    }

    fn sequence(jumps: Vec<Jump>) -> Option<u32> {
        Dispatching::of(&cell(jumps)).unwrap().sequence()
    }

    #[test]
    fn a_few_odd_jumps_are_not_the_main_ones() {
        let cell = cell(vec![jump(1, false, 4, 4, 2), jump(0, false, 996, 990, 6)]);
        let found = Dispatching::of(&cell).unwrap();
        assert_eq!(found.main, [&cell.jumps[1]]);
        assert_eq!(found.mispredicted, 0.994);
        let mut threaded = cell;
        threaded.jumps[0].taken = 11;
        assert_eq!(Dispatching::of(&threaded).unwrap().main.len(), 2);
        threaded.jumps.clear();
        assert_eq!(Dispatching::of(&threaded), None);
    }

    #[test]
    fn a_handler_comes_back_to_a_call_and_to_the_only_jump() {
        let jumps = |first: Jump, others: &[Jump]| [&[first], others].concat();
        assert_eq!(sequence(jumps(jump(0, false, 9, 0, 6), &[])), Some(7));
        assert_eq!(sequence(jumps(jump(0, true, 9, 0, 10), &[])), Some(11));
        let threaded = [jump(1, false, 5, 0, 5), jump(2, false, 7, 0, 13)];
        assert_eq!(sequence(jumps(jump(0, false, 9, 0, 9), &threaded)), Some(5));
    }

    #[test]
    fn without_counts_there_is_no_share() {
        let code = DispatchCode {
            functions: 1,
            jumps: 1,
            calls: 0,
            sequence: 7,
        };
        let mut cell = cell(Vec::new());
        assert_eq!(code.share(&cell), Some(0.35));
        cell.host_instructions = None;
        assert_eq!(code.share(&cell), None);
    }
}
