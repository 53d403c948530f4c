//! What can be wrong with code.

use std::fmt;

use syntax::FunctionId;

use crate::isa::Operand;

/// What is wrong with code, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Defect {
    /// The function.
    pub function: FunctionId,
    /// The offset of the instruction in the function's code.
    pub offset: u32,
    /// What is wrong.
    pub reason: Reason,
}

impl fmt::Display for Defect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            function,
            offset,
            reason,
        } = self;
        write!(f, "function {}, offset {offset}: {reason}", function.0)
    }
}

impl std::error::Error for Defect {}

/// What can be wrong with an instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The program itself takes parameters or captures, or isn't there.
    Main,
    /// The constant of this number is neither an integer nor a string.
    Constant(u32),
    /// The byte is no opcode of the machine.
    Opcode(u8),
    /// The code ends within the instruction.
    CutShort,
    /// The code ends without a return.
    NoReturn,
    /// An operand is out of its range.
    Operand {
        /// What it is.
        kind: Operand,
        /// Its value.
        value: u32,
        /// How many there are.
        count: u32,
    },
    /// A jump leads backward, or to no instruction.
    Target(u32),
    /// The local may not have been set.
    Unset(u32),
    /// A closure captures another number of values than its function has.
    Captures {
        /// How many it captures.
        captures: u32,
        /// How many the function has.
        function: u32,
    },
    /// A rule of the engine's own is broken, in its words.
    Rule(String),
    /// The instruction has no place in the source, or there are more such places than instructions.
    Origin,
    /// The numbers of parameters, locals and slots don't fit each other or the code, or a call counts
    /// for nothing.
    Shape,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Main => write!(f, "the program itself is no function without parameters"),
            Self::Constant(number) => {
                write!(f, "constant {number} is neither an integer nor a string")
            }
            Self::Opcode(byte) => write!(f, "byte {byte} is no opcode of this engine"),
            Self::CutShort => write!(f, "the code ends within the instruction"),
            Self::NoReturn => write!(f, "the code ends without a return"),
            Self::Operand { kind, value, count } => {
                write!(f, "{kind:?} {value} is out of range, there are {count}")
            }
            Self::Target(target) => write!(
                f,
                "the jump to offset {target} leads backward or to no instruction"
            ),
            Self::Unset(local) => write!(f, "local {local} may not have been set"),
            Self::Captures { captures, function } => write!(
                f,
                "the closure captures {captures} values, its function has {function}"
            ),
            Self::Rule(broken) => f.write_str(broken),
            Self::Origin => write!(f, "instructions and places in the source don't match"),
            Self::Shape => write!(f, "the frame's size doesn't fit the code"),
        }
    }
}
