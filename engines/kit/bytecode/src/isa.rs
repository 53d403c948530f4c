//! Instruction sets: what is declared of an instruction, and the macro that makes a type of opcodes from a list.
//!
//! Encoding, listing, decoding and most of the verifier go by the declaration. What an instruction does, no declaration
//! says: that is its engine's matter.
//!
//! An instruction is one byte of opcode and its operands, little-endian.

use std::fmt::Debug;
use std::hash::Hash;

use engine::OptimizationSet;

/// The most operands that an instruction has.
pub const MAX_OPERANDS: usize = 3;

/// The opcodes of an instruction set, made by [`instruction_set!`](crate::instruction_set!).
pub trait InstructionSet: Copy + Eq + Hash + Debug + 'static {
    /// The sets of optimizations that decide which instructions there are.
    type Optimizations: OptimizationSet;

    /// All opcodes, by their numbers.
    const ALL: &'static [Self];

    /// Its number: its byte in the code.
    fn byte(self) -> u8;

    /// What is declared of it.
    fn declaration(self) -> &'static Declaration<Self::Optimizations>;

    /// The opcode with this number.
    fn from_byte(byte: u8) -> Option<Self> {
        Self::ALL.get(usize::from(byte)).copied()
    }

    /// The name in listings.
    fn name(self) -> &'static str {
        self.declaration().name
    }

    /// What the operands are, in order.
    fn operands(self) -> &'static [Operand] {
        self.declaration().operands
    }

    /// The meaning, in one line.
    fn meaning(self) -> &'static str {
        self.declaration().meaning
    }

    /// The optimizations that all have to be on for it to be there.
    fn needs(self) -> Self::Optimizations {
        self.declaration().needs
    }

    /// Whether it may do that besides computing.
    fn has(self, effect: Effect) -> bool {
        self.declaration().effects.contains(&effect)
    }

    /// Whether control may go elsewhere than to the instruction behind.
    fn may_leave(self) -> bool {
        self.has(Effect::Leaves) || self.operands().contains(&Operand::Target)
    }

    /// Whether it may end the run with an error.
    fn may_fail(self) -> bool {
        self.has(Effect::Fails)
    }

    /// Whether control never goes to the instruction behind.
    fn ends(self) -> bool {
        self.has(Effect::Ends)
    }

    /// The size of the whole instruction in bytes.
    fn size(self) -> usize {
        1 + self.operands().iter().map(|it| it.size()).sum::<usize>()
    }
}

/// What is declared of an instruction.
#[derive(Clone, Copy, Debug)]
pub struct Declaration<O> {
    /// The name in listings.
    pub name: &'static str,
    /// What the operands are, in order.
    pub operands: &'static [Operand],
    /// The optimizations that all have to be on for it to be there.
    pub needs: O,
    /// What it may do besides computing.
    pub effects: &'static [Effect],
    /// The meaning, in one line.
    pub meaning: &'static str,
}

/// What an instruction may do besides computing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It may end the run with an error.
    Fails,
    /// Control may go to another function.
    Leaves,
    /// Control never goes to the instruction behind.
    Ends,
}

/// What an operand of an instruction is; it decides how many bytes it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operand {
    /// An index into the constants, in two bytes.
    Constant,
    /// An index into the constants, in four bytes.
    WideConstant,
    /// A slot of the frame, which is read.
    Local,
    /// A slot of the frame, which is set.
    Destination,
    /// An index into what the closure captured.
    Captured,
    /// A global's number.
    Global,
    /// Where to go on in the same function: how many bytes behind the end of this instruction, whose last operand
    /// it is.
    Target,
    /// A number of values.
    Count,
    /// A number of arguments.
    Arguments,
    /// A built-in function's number.
    Builtin,
    /// A function's number.
    Function,
}

impl Operand {
    /// How many bytes it takes.
    #[inline]
    pub const fn size(self) -> usize {
        match self {
            Self::Builtin => 1,
            Self::Constant | Self::Local | Self::Destination | Self::Captured | Self::Arguments => {
                2
            }
            Self::WideConstant | Self::Global | Self::Target | Self::Count | Self::Function => 4,
        }
    }
}

/// Makes an instruction set from the list of its instructions:
/// `Name [Operand…] OPTIMIZATION|… (columns) Effect…: "meaning";`.
///
/// An instruction that belongs to several optimizations is there when all of them are. The columns are the
/// engine's: it passes the list to macros of its own, too, which know them; before the list stands the name of
/// a variable that they may use. The operands are what the semantics fetches, in this order: that is what the
/// verifier compares with their ranges.
///
/// Where it is called, `Optimizations` is the architecture's set. It defines `Opcode`; a type for each
/// instruction in `op`, which its semantics is an implementation for; and the opcodes as bytes in `byte`, for patterns.
#[macro_export]
macro_rules! instruction_set {
    ($($variable:ident)?; $($name:ident [$($operand:ident)*] $($optimization:ident)|+ ($($column:tt)*) $($effect:ident)*: $meaning:literal;)*) => {
        /// An instruction's operation. Its number is its byte in the code.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum Opcode {
            $(#[doc = concat!("`", $meaning, "`")] $name,)*
        }

        impl Opcode {
            /// All of them, by their number.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            const DECLARATIONS: &'static [$crate::Declaration<Optimizations>] = &[$(
                $crate::Declaration {
                    name: stringify!($name),
                    operands: &[$($crate::Operand::$operand),*],
                    needs: Optimizations::NONE$(.union(Optimizations::$optimization))+,
                    effects: &[$($crate::Effect::$effect),*],
                    meaning: $meaning,
                }
            ),*];

            /// The optimizations that all have to be on for it to be there.
            pub const fn needs(self) -> Optimizations {
                Self::DECLARATIONS[self as usize].needs
            }
        }

        impl $crate::InstructionSet for Opcode {
            type Optimizations = Optimizations;

            const ALL: &'static [Self] = Self::ALL;

            #[inline]
            fn byte(self) -> u8 {
                self as u8
            }

            #[inline]
            fn declaration(self) -> &'static $crate::Declaration<Optimizations> {
                &Self::DECLARATIONS[self as usize]
            }
        }

        /// A type for each opcode, which its semantics is an implementation for.
        #[allow(missing_docs, missing_debug_implementations)]
        pub(crate) mod op {
            $(pub(crate) struct $name;)*
        }

        /// The opcodes as bytes, for patterns.
        #[allow(non_upper_case_globals, missing_docs)]
        pub(crate) mod byte {
            $(pub(crate) const $name: u8 = super::Opcode::$name as u8;)*
        }
    };
}
