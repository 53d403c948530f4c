//! Compiled code as a profile sees it: which instruction stands where, and which of them could
//! become one.

use std::collections::HashSet;

use engine::{Fused, Site};
use runtime::{Position, Value};

use crate::code::{Code, Function};
use crate::isa::{InstructionSet, Operand};

/// The instructions of all functions. `fused` tells what there would be in place of a superinstruction; it is
/// also given the instruction before, if control comes from there alone.
pub fn sites<I: InstructionSet, V: Value>(
    code: &Code<V>,
    fused: impl Fn(I, Option<I>) -> Option<Fused>,
) -> Vec<Site> {
    let functions = (0..).zip(&code.functions);
    functions
        .flat_map(|(number, function)| of_function(number, function, &fused))
        .collect()
}

fn of_function<I: InstructionSet>(
    number: u32,
    function: &Function,
    fused: impl Fn(I, Option<I>) -> Option<Fused>,
) -> Vec<Site> {
    let targets: HashSet<u32> = function
        .instructions::<I>()
        .flat_map(|(offset, opcode)| function.operands(opcode, offset as usize))
        .filter_map(|(kind, value)| (kind == Operand::Target).then_some(value))
        .collect();

    let mut sites = Vec::with_capacity(function.origins.len());
    let mut before = None;
    for (offset, opcode) in function.instructions::<I>() {
        let is_entered = before.is_none() || targets.contains(&offset);
        sites.push(Site {
            position: Position {
                function: number,
                offset,
            },
            opcode: opcode.byte(),
            is_entered,
            may_leave: opcode.may_leave(),
            may_fail: opcode.may_fail(),
            fused: fused(opcode, before.filter(|_| !is_entered)),
        });
        before = Some(opcode);
    }
    sites
}
