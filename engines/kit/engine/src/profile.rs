//! A profile: which instructions ran how often, which after which, and what superinstructions make
//! of that. It counts and compares; it doesn't time.

mod candidates;
mod trace;

use std::collections::HashMap;

use runtime::{Counts, Position};

use crate::engine::Site;
pub(crate) use trace::Tally;
use trace::Trace;

/// What one execution dispatched.
#[derive(Clone, Debug)]
pub struct Profile {
    /// The counts of the whole execution.
    pub counts: Counts,
    /// The instructions, the most frequent first.
    pub opcodes: Vec<Frequency>,
    /// The pairs of instructions that were dispatched one after the other, across calls and jumps
    /// too.
    pub pairs: Vec<Frequency>,
    /// As many as three one after the other.
    pub triples: Vec<Frequency>,
    /// The instructions of the compiled code, function by function as they stand; none if the
    /// engine has no code of its own.
    pub code: Vec<Executed>,
    /// The superinstructions in the code, the one that saves most first.
    pub superinstructions: Vec<Superinstruction>,
    /// The sequences in the code that could become superinstructions, the one that would save most
    /// first.
    pub candidates: Vec<Candidate>,
}

/// How often instructions were dispatched one after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frequency {
    /// Their names.
    pub sequence: Vec<&'static str>,
    /// How often.
    pub count: u64,
}

/// An instruction of the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Executed {
    /// The instruction.
    pub site: Site,
    /// How often it was dispatched.
    pub count: u64,
}

/// What a superinstruction did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Superinstruction {
    /// Its name.
    pub name: &'static str,
    /// The instructions that it is made from.
    pub sequence: Vec<&'static str>,
    /// How often it was dispatched.
    pub count: u64,
    /// How many dispatches more there would have been without any superinstruction where this one
    /// stands, all other optimizations left as they are. That can be less than none, see
    /// [`crate::Fused`].
    pub saved: i64,
}

/// A sequence that one new instruction could replace. It lies in the straight-line code of one
/// function: nothing jumps into it, none but its last instruction may go elsewhere, and one at most
/// may fail, so that an error still has the place of that one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The instructions.
    pub sequence: Vec<&'static str>,
    /// How many dispatches the instruction would have saved, if it were the only new one and
    /// replaced each occurrence, overlapping ones from the front.
    pub saved: u64,
}

/// What an engine's opcodes are, behind functions rather than types: nothing here is worth being
/// compiled for each engine.
#[derive(Clone, Copy)]
pub(crate) struct Opcodes {
    /// The name of an opcode.
    pub(crate) name: fn(u8) -> Option<&'static str>,
    /// The opcodes that a superinstruction is made from.
    pub(crate) sequence: fn(u8) -> Option<Vec<u8>>,
}

impl Opcodes {
    fn names(self, opcodes: &[u8]) -> Vec<&'static str> {
        let name = |&opcode| (self.name)(opcode).expect("an engine names its opcodes");
        opcodes.iter().map(name).collect()
    }
}

impl Profile {
    /// Makes it from the instructions of the code and what was counted and traced. `failed` tells
    /// whether the execution ended in an error.
    pub(crate) fn new(opcodes: Opcodes, sites: Vec<Site>, tally: Tally, failed: bool) -> Self {
        let Tally { counts, trace } = tally;
        let trace: Trace = trace.map_or_else(Trace::default, |trace| *trace);
        let failing = trace.last.filter(|_| failed);
        let code: Vec<Executed> = sites
            .into_iter()
            .map(|site| Executed {
                site,
                count: trace.positions.get(&site.position).copied().unwrap_or(0),
            })
            .collect();
        let by_opcode = (0..=u8::MAX).zip(counts.by_opcode.iter().copied());
        let by_opcode = by_opcode.map(|(opcode, count)| ([opcode], count));
        Self {
            opcodes: frequencies(opcodes, by_opcode),
            pairs: frequencies(opcodes, trace.pairs),
            triples: frequencies(opcodes, trace.triples),
            superinstructions: superinstructions(opcodes, &code, failing),
            candidates: candidates::find(&code)
                .into_iter()
                .map(|(sequence, saved)| Candidate {
                    sequence: opcodes.names(&sequence),
                    saved,
                })
                .collect(),
            code,
            counts,
        }
    }

    /// How many dispatches there would have been without any superinstruction.
    pub fn dispatched_without_superinstructions(&self) -> u64 {
        let saved = self.superinstructions.iter().map(|it| it.saved);
        self.counts.dispatched.saturating_add_signed(saved.sum())
    }
}

/// Sequences with their names, the most frequent first; those that did not occur left out.
fn frequencies<const N: usize>(
    opcodes: Opcodes,
    counts: impl IntoIterator<Item = ([u8; N], u64)>,
) -> Vec<Frequency> {
    let mut frequencies: Vec<_> = counts
        .into_iter()
        .filter(|&(_, count)| count > 0)
        .map(|(sequence, count)| Frequency {
            sequence: opcodes.names(&sequence),
            count,
        })
        .collect();
    frequencies.sort_by(|one, other| {
        let by_count = other.count.cmp(&one.count);
        by_count.then_with(|| one.sequence.cmp(&other.sequence))
    });
    frequencies
}

/// The superinstructions in the code; the one at `failing` failed when it ran last.
fn superinstructions(
    opcodes: Opcodes,
    code: &[Executed],
    failing: Option<Position>,
) -> Vec<Superinstruction> {
    let mut by_opcode: HashMap<u8, (u64, i64)> = HashMap::new();
    for &Executed { site, count } in code {
        let Some(fused) = site.fused else {
            continue;
        };
        let failed = u64::from(failing == Some(site.position));
        let plain = u64::from(fused.whole) * (count - failed) + u64::from(fused.failed) * failed;
        let (dispatched, saved) = by_opcode.entry(site.opcode).or_default();
        *dispatched += count;
        *saved += plain.wrapping_sub(count).cast_signed();
    }
    let mut superinstructions: Vec<_> = by_opcode
        .into_iter()
        .map(|(opcode, (count, saved))| Superinstruction {
            name: opcodes.names(&[opcode])[0],
            sequence: opcodes.names(&(opcodes.sequence)(opcode).unwrap_or_default()),
            count,
            saved,
        })
        .collect();
    superinstructions.sort_by_key(|it| (-it.saved, it.name));
    superinstructions
}
