//! What the stack machine asks of its code besides what all code must be: the number of values on the operand stack is
//! known at each instruction, enough for what it takes, within the frame, and the same by every way there. A
//! call leaves fewer values in its caller's frame than the caller's weight allows, so that the limit on depth bounds the
//! stack.

use std::fmt;

use bytecode::{Operands, Reason, Rules, Shape};

use crate::isa::Opcode;

/// Code that has been verified for stack machines with the optimizations whose bits are `OPT`.
pub type Verified<V, const OPT: u32> = bytecode::Verified<Opcode, V, OPT>;

/// What can be wrong with code by these rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StackDefect {
    /// The instruction takes more operands than there are.
    Underflow {
        /// How many it takes.
        takes: i64,
        /// How many there are.
        there: i64,
    },
    /// There are more operands than the frame has slots for.
    Overflow {
        /// How many there would be.
        height: i64,
        /// How many slots there are.
        slots: i64,
    },
    /// Ways to the instruction disagree on the number of operands.
    Heights {
        /// By one way.
        one: i64,
        /// By another.
        other: i64,
    },
    /// A call leaves more values in the frame than its function's calls count for.
    Weight {
        /// How many locals and operands it leaves.
        held: i64,
        /// What a call counts for.
        weight: u32,
    },
    /// A hash is made of an odd number of keys and values.
    OddHash(u32),
}

impl fmt::Display for StackDefect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Underflow { takes, there } => write!(
                f,
                "the instruction takes {takes} operands, the stack has {there}"
            ),
            Self::Overflow { height, slots } => {
                write!(f, "{height} operands, the frame has room for {slots}")
            }
            Self::Heights { one, other } => write!(
                f,
                "there are {one} or {other} operands, depending on the way here"
            ),
            Self::Weight { held, weight } => write!(
                f,
                "the call leaves {held} values in the frame, at a weight of {weight} there may be {}",
                u64::from(*weight) * u64::from(syntax::Function::VALUES_PER_WEIGHT) - 1
            ),
            Self::OddHash(count) => write!(f, "a hash of {count} keys and values"),
        }
    }
}

impl From<StackDefect> for Reason {
    fn from(defect: StackDefect) -> Self {
        Self::Rule(defect.to_string())
    }
}

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
            return Err(StackDefect::OddHash(values).into());
        }
        let takes = self.pops(values);
        if takes > there {
            return Err(StackDefect::Underflow { takes, there }.into());
        }
        let height = there + self.height(values);
        let slots = i64::from(shape.slots - shape.locals);
        if height > slots {
            return Err(StackDefect::Overflow { height, slots }.into());
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
            Err(StackDefect::Heights { one, other }.into())
        }
    }
}

/// Verifies that a function's calls count for enough, against the limit on depth, for what its
/// frame holds while one of them waits for another: the locals and so many operands. (Function and
/// arguments belong to the next frame.) The compiler's do, by [`syntax::Function::weight`]: the
/// operands are entries of lists, which its width counts, and on each level one besides.
fn held(shape: &Shape, operands: i64) -> Result<(), StackDefect> {
    let &Shape { locals, weight, .. } = shape;
    let held = i64::from(locals) + operands;
    if held >= i64::from(weight) * i64::from(syntax::Function::VALUES_PER_WEIGHT) {
        return Err(StackDefect::Weight { held, weight });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
