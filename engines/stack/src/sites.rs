//! Compiled code as a profile sees it: which instruction stands where, and which of them could
//! become one.

use std::collections::HashSet;

use engine::Site;
use runtime::{Position, Value};

use crate::code::{Code, Function};
use crate::isa::Operand;
use crate::optimizations::Optimizations;
use crate::superinstructions;

/// The instructions of all functions; `optimizations` are those that made them.
pub(crate) fn sites<V: Value>(code: &Code<V>, optimizations: Optimizations) -> Vec<Site> {
    let functions = (0..).zip(&code.functions);
    functions
        .flat_map(|(number, function)| of_function(number, function, optimizations))
        .collect()
}

fn of_function(number: u32, function: &Function, optimizations: Optimizations) -> Vec<Site> {
    let targets: HashSet<u32> = function
        .instructions()
        .flat_map(|(offset, opcode)| function.operands(opcode, offset as usize))
        .filter_map(|(kind, value)| (kind == Operand::Target).then_some(value))
        .collect();

    let mut sites = Vec::with_capacity(function.origins().len());
    let mut before = None;
    for (offset, opcode) in function.instructions() {
        let is_entered = before.is_none() || targets.contains(&offset);
        sites.push(Site {
            position: Position {
                function: number,
                offset,
            },
            opcode: opcode as u8,
            is_entered,
            may_leave: opcode.may_leave(),
            may_fail: opcode.may_fail(),
            fused: superinstructions::fused(opcode, before.filter(|_| !is_entered), optimizations),
        });
        before = Some(opcode);
    }
    sites
}
