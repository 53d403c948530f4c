//! What the stack machine asks of its code besides what all code must be: the number of values on the operand stack is
//! known at each instruction, enough for what it takes, within the frame, and the same by every way there. A
//! call leaves fewer values in its caller's frame than the caller's weight allows, so that the limit on depth bounds the
//! stack.

use bytecode::{Operands, Reason, Rules, Shape};

use crate::isa::Opcode;

/// Code that has been verified for stack machines with the optimizations whose bits are `OPT`.
pub type Verified<V, const OPT: u32> = bytecode::Verified<Opcode, V, OPT>;

// SAFETY: `machine/instructions.rs` fetches an instruction's operands as `isa.rs` declares them, and takes and leaves
// as many values as are declared there; these are between the frame's locals and its end, as is verified here of
// every instruction that control gets to.
#[allow(unsafe_code, reason = "the machine relies on these rules")]
unsafe impl Rules for Opcode {
    const ARCHITECTURE: &'static str = "stack";

    /// How many operands there are.
    type State = i64;

    const START: i64 = 0;

    #[inline]
    fn step(self, operands: &Operands, shape: &Shape, there: i64) -> Result<i64, Reason> {
        let values = operands.values;
        if self == Self::MakeHash && values % 2 == 1 {
            return broken(format!("a hash of {values} keys and values"));
        }
        let takes = self.pops(values);
        if takes > there {
            return broken(format!(
                "the instruction takes {takes} operands, the stack has {there}"
            ));
        }
        let height = there + self.height(values);
        let slots = i64::from(shape.slots - shape.locals);
        if height > slots {
            return broken(format!("{height} operands, the frame has room for {slots}"));
        }
        if self == Self::Call {
            held(shape, there - takes)?;
        }
        Ok(height)
    }

    #[inline]
    fn join(one: i64, other: i64) -> Result<i64, Reason> {
        if one == other {
            Ok(one)
        } else {
            broken(format!(
                "there are {one} or {other} operands, depending on the way here"
            ))
        }
    }
}

/// Verifies that a function's calls count for enough, against the limit on depth, for what its
/// frame holds while one of them waits for another: the locals and so many operands. (Function and
/// arguments belong to the next frame.) The compiler's do, by [`syntax::Function::weight`]: the
/// operands are entries of lists, which its width counts, and on each level one besides.
fn held(shape: &Shape, operands: i64) -> Result<(), Reason> {
    let &Shape { locals, weight, .. } = shape;
    let held = i64::from(locals) + operands;
    let limit = i64::from(weight) * i64::from(syntax::Function::VALUES_PER_WEIGHT);
    if held >= limit {
        return broken(format!(
            "the call leaves {held} values in the frame, at a weight of {weight} there may be {}",
            limit - 1
        ));
    }
    Ok(())
}

#[cold]
fn broken<T>(rule: String) -> Result<T, Reason> {
    Err(Reason::Rule(rule))
}

#[cfg(test)]
mod tests;
