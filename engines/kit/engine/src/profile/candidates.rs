//! Which sequences could become superinstructions, and what each alone would save.
//!
//! A new instruction is put in where a pass over the code from front to back finds its sequence,
//! as a compiler does that rewrites sequences. What that saves is known exactly: each instruction
//! of an occurrence but the first is no longer dispatched.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use super::Executed;

/// The longest sequence that is looked at: what an instruction set has of longer ones serves single
/// programs.
const LONGEST: usize = 4;

/// What a sequence would save.
#[derive(Default)]
struct Saving {
    dispatches: u64,
    /// The end of the occurrence that was replaced last: one that begins before it is left alone.
    taken_to: usize,
}

/// Every sequence that would save anything, with the dispatches that it saves; the one that saves
/// most first, of equal ones the shortest.
pub(super) fn find(code: &[Executed]) -> Vec<(Vec<u8>, u64)> {
    let mut savings: HashMap<Vec<u8>, Saving, FixedState> = HashMap::default();
    for start in 0..code.len() {
        for sequence in sequences(&code[start..]) {
            let opcodes = sequence.iter().map(|it| it.site.opcode).collect();
            let saving = savings.entry(opcodes).or_default();
            if start >= saving.taken_to {
                let left_out = &sequence[1..];
                saving.dispatches += left_out.iter().map(|it| it.count).sum::<u64>();
                saving.taken_to = start + sequence.len();
            }
        }
    }
    let mut found: Vec<_> = savings
        .into_iter()
        .map(|(sequence, saving)| (sequence, saving.dispatches))
        .filter(|&(_, dispatches)| dispatches > 0)
        .collect();
    found.sort_by(|(one, one_saves), (other, other_saves)| {
        let by_savings = other_saves.cmp(one_saves);
        by_savings.then_with(|| (one.len(), one).cmp(&(other.len(), other)))
    });
    found
}

/// The sequences that `code` starts with and that may become one instruction.
fn sequences(code: &[Executed]) -> impl Iterator<Item = &[Executed]> {
    let joins = |end: &usize| {
        let site = |index: usize| code[index].site;
        !site(end - 1).is_entered && !site(end - 2).may_leave
    };
    let longest = (2..=code.len().min(LONGEST)).take_while(joins).last();
    let may_fail = |it: &&Executed| it.site.may_fail;
    (2..=longest.unwrap_or(0))
        .map(|length| &code[..length])
        .take_while(move |sequence| sequence.iter().filter(may_fail).count() <= 1)
}
