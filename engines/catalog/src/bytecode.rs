//! Bytecode files: which engines run them.

use ::bytecode::{Header, LoadError};
use engine::{Architecture, BytecodeError, Executable};

use crate::ARCHITECTURES;
use crate::variant::{Variant, variants};

pub use ::bytecode::{MAX_BYTES, is_bytecode, seal};

/// The bytes of a file that is whole and of this build's format and instruction set. Its code is yet
/// to be read and verified.
#[derive(Debug)]
pub struct Bytecode {
    bytes: Vec<u8>,
    header: Header,
    architecture: &'static Architecture,
}

impl Bytecode {
    /// Reads a file's header.
    ///
    /// # Errors
    /// What is wrong with the file, and where.
    pub fn new(bytes: Vec<u8>) -> Result<Self, LoadError> {
        let mut architecture = ARCHITECTURES[0];
        let header = Header::read(&bytes, |number| {
            let has_it = |it: &&&Architecture| it.instruction_set.is_some_and(|it| it() == number);
            architecture = ARCHITECTURES.iter().find(has_it)?;
            Some((1 << architecture.optimizations.len()) - 1)
        })?;
        Ok(Self {
            bytes,
            header,
            architecture,
        })
    }

    /// The name of the engine that it was compiled for. A name is all that it is: what the file says.
    pub fn engine(&self) -> &str {
        &self.header.engine
    }

    /// The whole file.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The name of the engine that has its instruction set and nothing else that its name could say.
    pub fn instruction_set(&self) -> String {
        let all = 0..self.architecture.optimizations.len();
        let on: Vec<_> = all
            .filter(|&bit| self.header.optimizations >> bit & 1 == 1)
            .collect();
        self.architecture.documented(&on)
    }

    /// The engines that run it: all with its instruction set, whatever their values, dispatch and
    /// checks.
    pub fn engines(&self) -> impl Iterator<Item = &'static Variant> {
        let set = self.instruction_set();
        variants()
            .iter()
            .filter(move |variant| variant.name.split('/').next() == Some(&set))
    }

    /// Loads the code for an engine, verified.
    ///
    /// # Errors
    /// What is wrong with the code, and where.
    pub fn load(&self, variant: &Variant) -> Result<Box<dyn Executable>, BytecodeError> {
        variant.engine().load(&self.bytes)
    }
}
