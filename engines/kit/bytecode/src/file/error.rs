//! What can be wrong with a file.

use crate::file::{MAX_BYTES, VERSION};
use crate::verifier::Defect;

/// The code takes more than a file may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the code takes {bytes} bytes, over the limit of {MAX_BYTES}")]
pub struct TooLarge {
    /// How many bytes it takes.
    pub bytes: usize,
}

/// Why a file was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// The file is not as the format has it.
    #[error("offset {offset}: {reason}")]
    Malformed {
        /// Where, in bytes from the file's start.
        offset: usize,
        /// What is wrong there.
        reason: Malformed,
    },
    /// The file is for engines with other optimizations.
    #[error("it was compiled with the optimizations of {file}, the engine has those of {engine}")]
    Engine {
        /// The plainest engine with those that it was compiled with.
        file: String,
        /// The plainest engine with those of the engine.
        engine: String,
    },
    /// The file is well formed, but its code is not sound.
    #[error("unsound code: {0}")]
    Unsound(#[from] Defect),
}

/// What can be wrong at a place of a file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Nothing at all.
    #[error("the file is empty")]
    Empty,
    /// Something else than the signature.
    #[error("not the signature of bytecode")]
    Signature,
    /// The signature with other line ends.
    #[error("the signature is damaged, as if the file had been copied as text")]
    Copied,
    /// Another version of the format.
    #[error("format version {0}, this build reads version {VERSION}: compile the source again")]
    Version(u32),
    /// The file has another length than it says.
    #[error("{}", length(*.stated, *.found))]
    Length {
        /// The bytes that it should have.
        stated: u32,
        /// The bytes that it has.
        found: usize,
    },
    /// The file's contents are not what was written.
    #[error(
        "the checksum is {stated:08x}, that of the contents is {found:08x}: the file is damaged"
    )]
    Checksum {
        /// The one that was written.
        stated: u32,
        /// That of the file as it is.
        found: u32,
    },
    /// The file is for another instruction set.
    #[error("instruction set {0:08x}, which this build doesn't have: compile the source again")]
    InstructionSet(u32),
    /// A bit that stands for no optimization.
    #[error("optimizations {0:#x}, of which this build doesn't know all")]
    Optimizations(u32),
    /// The file ends too early.
    #[error("{expected} bytes expected, {left} are left")]
    End {
        /// How many bytes are expected.
        expected: usize,
        /// How many are left.
        left: usize,
    },
    /// A table has more entries than there is room for.
    #[error("{count} entries of at least {size} bytes expected, {left} bytes are left")]
    Count {
        /// How many entries.
        count: u32,
        /// What an entry takes at least.
        size: usize,
        /// How many bytes are left.
        left: usize,
    },
    /// Bytes behind the last function.
    #[error("{0} bytes behind the last function")]
    Rest(usize),
    /// The name of the engine is no name.
    #[error("the engine's name is not of printable ASCII characters")]
    EngineName,
    /// A text that is not UTF-8.
    #[error("invalid UTF-8")]
    Utf8,
    /// The source is larger than a source may be.
    #[error("a source of {0} bytes, over the limit of {limit}", limit = syntax::MAX_SOURCE_BYTES)]
    Source(usize),
    /// A span that is not of the source.
    #[error("{start}..{end} is no range of characters of the source")]
    Span {
        /// Where it starts.
        start: u32,
        /// Where it ends.
        end: u32,
    },
    /// A name without characters.
    #[error("an empty name")]
    EmptyName,
    /// The names of a function are longer than the source together, so that some overlap.
    #[error("the names overlap in the source")]
    Names,
    /// A number that stands for no kind of constant.
    #[error("{0} is no kind of constant")]
    Constant(u8),
    /// There is no memory for a constant.
    #[error("no memory for a string of {0} bytes")]
    OutOfMemory(usize),
    /// A call that counts for nothing.
    #[error("calls of the function count for nothing against the limit on their depth")]
    Weight,
    /// A function asks for more of the stack than its code can use.
    #[error("{operands} slots for operands, of which {bytes} bytes of code can't use all")]
    Operands {
        /// How many slots.
        operands: u32,
        /// How many bytes of code.
        bytes: usize,
    },
}

fn length(stated: u32, found: usize) -> String {
    if found < stated as usize {
        format!("the file is cut short: it has {found} of {stated} bytes")
    } else {
        let more = found - stated as usize;
        format!("the file should end after {stated} bytes, there are {more} more")
    }
}
