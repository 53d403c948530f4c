//! Code as the bytes of a file: the format that `BYTECODE.md` in this crate's folder describes.
//!
//! A file is self-contained: it holds the source text, so that errors show the same place as when the
//! program is run from source, and the names that printing and listings need. It is not trusted.
//! The reader makes sure of every length before it allocates, so that it takes time and memory in
//! proportion to the file's size; the verifier proves of the code what the machine relies on.
//! Neither is it portable: it belongs to one instruction set, by whose number an architecture knows its own files, and a
//! build without that refuses it.

mod error;
mod reader;
mod writer;

use runtime::Value;
use syntax::Builtin;

pub use error::{LoadError, Malformed, TooLarge};

use crate::code::Code;
use crate::isa::InstructionSet;
use crate::verifier::{Rules, Verified};

/// How a file starts. The first byte occurs in no UTF-8 text, so no source is mistaken for bytecode;
/// the line ends show a file that was copied as text (as PNG's do).
pub const SIGNATURE: [u8; 8] = *b"\x89MBC\r\n\x1a\n";

/// The version of the format.
pub const VERSION: u32 = 2;

/// The largest file that is written or read, in bytes: 1 GiB.
pub const MAX_BYTES: usize = 1 << 30;

/// Where the file's length stands.
const LENGTH: usize = 12;
/// Where the checksum stands, of all that comes behind it.
const CHECKSUM: usize = 16;
/// Where what the checksum covers begins.
const COVERED: usize = 20;

/// The number before an integer among the constants.
const INTEGER: u8 = 0;
/// The number before a string among the constants.
const STRING: u8 = 1;

/// The bytes of a span.
const SPAN: usize = 8;

/// What a file says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The instruction set that its code is of, by its number ([`instruction_set`]).
    pub instruction_set: u32,
    /// The optimizations that it was compiled with, as bits: it runs on every engine with the same.
    pub optimizations: u32,
    /// The engine that it was compiled for, by its name.
    pub engine: String,
}

impl Header {
    /// Reads a file's header and makes sure that the file is whole, of this build's format and of an instruction
    /// set that `known` knows: it gives the bits of all optimizations of the set of a number, if there is such a set.
    ///
    /// # Errors
    /// What is wrong, and where.
    pub fn read(bytes: &[u8], known: impl FnMut(u32) -> Option<u32>) -> Result<Self, LoadError> {
        reader::header(&mut reader::Reader::new(bytes), known)
    }
}

/// Whether a file, of which these bytes are all or the beginning, is to be taken for bytecode rather
/// than for source text: it starts with what no text starts with.
pub fn is_bytecode(bytes: &[u8]) -> bool {
    bytes.first() == Some(&SIGNATURE[0])
}

/// Enters the length and the checksum of a file where they stand. A test that changes a file does
/// this to get behind them.
pub fn seal(bytes: &mut [u8]) {
    if bytes.len() >= COVERED {
        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        let checksum = crc32fast::hash(&bytes[COVERED..]);
        bytes[LENGTH..CHECKSUM].copy_from_slice(&length.to_le_bytes());
        bytes[CHECKSUM..COVERED].copy_from_slice(&checksum.to_le_bytes());
    }
}

/// A number that changes when the instruction set or the built-in functions do, so that nobody has
/// to remember that files depend on them: the checksum of their declarations. By it a file is known to be of one
/// architecture and no other.
pub fn instruction_set<I: InstructionSet>() -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    for opcode in I::ALL {
        let (name, operands, meaning) = (opcode.name(), opcode.operands(), opcode.meaning());
        hasher.update(format!("{name} {operands:?} {meaning}\n").as_bytes());
    }
    for builtin in Builtin::ALL {
        hasher.update(format!("{}\n", builtin.name()).as_bytes());
    }
    hasher.finalize()
}

/// The bytes of a file with this code, which was compiled with these optimizations for the engine of
/// this name.
///
/// # Errors
/// If it would be larger than a file may be.
pub fn write<I: InstructionSet, V: Value>(
    code: &Code<V>,
    optimizations: I::Optimizations,
    engine: &str,
) -> Result<Vec<u8>, TooLarge> {
    writer::file::<I, V>(code, optimizations, engine)
}

/// The code of a file, verified, for an engine with these optimizations, whose machine has `OPT`.
///
/// # Errors
/// What is wrong with the file or its code, and where.
pub fn read<I: Rules, V: Value, const OPT: u32>(
    bytes: &[u8],
    optimizations: I::Optimizations,
) -> Result<Verified<I, V, OPT>, LoadError> {
    let code = reader::file::<I, V>(bytes, optimizations)?;
    Ok(Verified::new(code)?)
}
