//! Optimization `si`: superinstructions.
//!
//! Matches sequences of plain instructions and emits one instruction that does what they do
//! together, with all their operands. It comes before constant operands, since what three or four
//! instructions become one of saves more than what two do.
//!
//! It is correct because nothing jumps into a sequence, and because only one of its instructions
//! can fail, after all others that matter: the loads before it can't, and the jump behind it comes
//! too late. The error is that instruction's.
//!
//! The sequences are chosen from what the unoptimized machine dispatches on the five documented
//! workloads, as `monkeybench profile --engine stack` shows it. By the share of dispatches that
//! fusing them saves, each alone, averaged over the workloads:
//!
//! | sequence | saves |
//! |---|---|
//! | `GetLocal Constant Less JumpIfFalse` | 18.8 % |
//! | `GetLocal Constant Sub` | 12.5 % |
//! | `Less JumpIfFalse` | 6.3 % |
//! | `GetGlobal Constant Index` | 5.4 % |
//!
//! Their siblings with `Add`, `Greater` and `Equal` come along: which operator those five programs
//! happen to use should decide nothing. Two frequent sequences are left alone. `Constant Add …`
//! (up to 21.9 %) is one workload's sum of literals, which constant folding removes altogether;
//! `CurrentClosure GetLocal Constant Sub Call` (18.8 %) would serve only functions that call
//! themselves with their argument less a constant.

use bytecode::{Instruction, Item, Rule};
use engine::Fused;

use crate::constant_operands::with_constant;
use crate::isa::Opcode::{self, *};
use crate::optimizations::Optimizations;

/// A sequence and what becomes of it.
struct Fusion {
    sequence: &'static [Opcode],
    /// Which instruction of the sequence may fail.
    operator: usize,
    into: Opcode,
}

/// Declares the fusions; the instruction that may fail is set in brackets. They become a table, and
/// a match that finds what the next instructions are a sequence of without trying one by one.
macro_rules! fusions {
    ($($($before:ident)* [$operator:ident] $($after:ident)? => $into:ident;)*) => {
        const FUSIONS: &[&Fusion] = &[$(&fusions!(@ $($before)* [$operator] $($after)? => $into)),*];

        #[inline(always)]
        fn made_of(following: &[Item<Opcode>]) -> Option<&'static Fusion> {
            Some(match following {
                $([
                    $(Item::Instruction(Instruction { opcode: $before, .. }),)*
                    Item::Instruction(Instruction { opcode: $operator, .. }),
                    $(Item::Instruction(Instruction { opcode: $after, .. }),)?
                    ..
                ] => const { &fusions!(@ $($before)* [$operator] $($after)? => $into) },)*
                _ => return None,
            })
        }
    };
    (@ $($before:ident)* [$operator:ident] $($after:ident)? => $into:ident) => {
        Fusion {
            sequence: &[$($before,)* $operator $(, $after)?],
            operator: <[Opcode]>::len(&[$($before),*]),
            into: $into,
        }
    };
}

// Of two that match at one place the longer one stands first.
fusions! {
    GetLocal Constant [Less] JumpIfFalse => JumpIfLocalNotLessConst;
    GetLocal Constant [LessInt] JumpIfFalse => JumpIfLocalNotLessIntConst;
    GetLocal Constant [Greater] JumpIfFalse => JumpIfLocalNotGreaterConst;
    GetLocal Constant [GreaterInt] JumpIfFalse => JumpIfLocalNotGreaterIntConst;
    GetLocal Constant [Equal] JumpIfFalse => JumpIfLocalNotEqualConst;
    GetLocal Constant [EqualInt] JumpIfFalse => JumpIfLocalNotEqualIntConst;
    GetLocal Constant [Add] => GetLocalAddConst;
    GetLocal Constant [AddInt] => GetLocalAddIntConst;
    GetLocal Constant [Sub] => GetLocalSubConst;
    GetLocal Constant [SubInt] => GetLocalSubIntConst;
    GetGlobal Constant [Index] => GetGlobalIndexConst;
    [Less] JumpIfFalse => JumpIfNotLess;
    [LessInt] JumpIfFalse => JumpIfNotLessInt;
    [Greater] JumpIfFalse => JumpIfNotGreater;
    [GreaterInt] JumpIfFalse => JumpIfNotGreaterInt;
    [Equal] JumpIfFalse => JumpIfNotEqual;
    [EqualInt] JumpIfFalse => JumpIfNotEqualInt;
}

/// The sequence that a superinstruction is made from.
pub(crate) fn sequence(superinstruction: Opcode) -> Option<&'static [Opcode]> {
    fusion(superinstruction).map(|fusion| fusion.sequence)
}

/// What would be dispatched in place of a superinstruction if all `others` were on but
/// superinstructions; `before` is the instruction before it, if control comes from there alone.
///
/// Constant operands would have made one instruction of two in its sequence, or of the constant
/// before and its first: which saves nothing then, or less than nothing if the operator fails, since
/// the dispatch of the constant is one more.
pub(crate) fn fused(
    superinstruction: Opcode,
    before: Option<Opcode>,
    others: Optimizations,
) -> Option<Fused> {
    let fusion = fusion(superinstruction)?;
    let constants = others.contains(Optimizations::CONSTANT_OPERANDS);
    let merges = |&index: &usize| {
        let left = match index.checked_sub(1) {
            Some(left) => Some(fusion.sequence[left]),
            None => before,
        };
        constants && left == Some(Constant) && with_constant(fusion.sequence[index]).is_some()
    };
    // How many instructions there would be of the first `length` of the sequence.
    let dispatches = |length: usize| {
        let merged = (0..length).filter(merges).count();
        u32::try_from(length - merged).expect("a sequence is short")
    };
    Some(Fused {
        whole: dispatches(fusion.sequence.len()),
        failed: dispatches(fusion.operator + 1),
    })
}

fn fusion(superinstruction: Opcode) -> Option<&'static Fusion> {
    let mut all = FUSIONS.iter().copied();
    all.find(|fusion| fusion.into == superinstruction)
}

/// Replaces the sequence that comes first, if it is one of those.
pub(crate) struct Superinstructions;

impl Rule<Opcode> for Superinstructions {
    #[inline]
    fn replace(following: &[Item<Opcode>]) -> Option<(usize, Instruction<Opcode>)> {
        let fusion = made_of(following)?;
        let sequence = &following[..fusion.sequence.len()];
        let Item::Instruction(operator) = sequence[fusion.operator] else {
            return None;
        };
        let instruction = Instruction::joined(fusion.into, sequence, operator.span);
        Some((sequence.len(), instruction))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use bytecode::{InstructionSet as _, LONGEST_SEQUENCE};

    use super::*;

    #[test]
    fn fusions_are_of_the_kind_that_is_correct() {
        let mut made = HashSet::new();
        for Fusion {
            sequence,
            operator,
            into,
        } in FUSIONS
        {
            let name = into.name();
            assert!(made.insert(*into), "{name} is made from two sequences");
            let (_, all_but_last) = sequence.split_last().expect("a sequence is not empty");
            assert!(sequence.len() <= LONGEST_SEQUENCE, "{name}");
            assert!(
                !all_but_last.is_empty(),
                "{name} is made from one instruction"
            );
            assert!(!all_but_last.iter().any(|it| it.may_leave()), "{name}");
            for (index, opcode) in sequence.iter().enumerate() {
                assert!(index == *operator || !opcode.may_fail(), "{name}");
            }
            assert_eq!(into.may_fail(), sequence[*operator].may_fail(), "{name}");
            assert_eq!(
                into.may_leave(),
                sequence.iter().any(|it| it.may_leave()),
                "{name}"
            );
        }
    }

    #[test]
    fn every_superinstruction_is_made_from_a_sequence() {
        for &opcode in Opcode::ALL {
            let needs = opcode.needs().contains(Optimizations::SUPERINSTRUCTIONS);
            assert_eq!(sequence(opcode).is_some(), needs, "{}", opcode.name());
        }
    }

    #[test]
    fn what_constant_operands_would_save_is_no_merit_of_a_superinstruction() {
        let plain = Optimizations::NONE;
        let constants = Optimizations::CONSTANT_OPERANDS;
        for (opcode, before, others, whole, failed) in [
            (JumpIfLocalNotLessConst, None, plain, 4, 3),
            (JumpIfLocalNotLessConst, None, constants, 3, 2),
            (GetLocalSubIntConst, Some(Constant), plain, 3, 3),
            (GetLocalSubIntConst, Some(Constant), constants, 2, 2),
            (JumpIfNotEqual, Some(GetLocal), constants, 2, 1),
            (JumpIfNotEqual, Some(Constant), plain, 2, 1),
            (JumpIfNotEqual, Some(Constant), constants, 1, 0),
            (JumpIfNotEqual, None, constants, 2, 1),
        ] {
            let expected = Some(Fused { whole, failed });
            let what = format!("{before:?} {opcode:?} with{others}");
            assert_eq!(fused(opcode, before, others), expected, "{what}");
        }
        assert_eq!(fused(Less, Some(Constant), constants), None);
    }
}
