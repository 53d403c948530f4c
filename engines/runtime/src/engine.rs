//! What every engine is: the phases that a measurement tells apart.

use std::io::Write;
use std::rc::Rc;

use syntax::Program;

use crate::error::RuntimeError;
use crate::limits::Limits;
use crate::meter::Meter;
use crate::value::Value;

/// An execution engine. The engine itself holds what is made once for all programs.
pub trait Engine: Default {
    /// The representation of values.
    type Value: Value;
    /// A compiled program; the tree-walker's is the program itself.
    type Code;
    /// A fresh machine, ready to run the code once.
    type Machine<'c>
    where
        Self: 'c;

    /// Turns a program into code. Whatever the parser accepts can be compiled.
    fn compile(&self, program: &Rc<Program>) -> Self::Code;

    /// The size of the code in bytes, its constants not counted.
    fn code_bytes(code: &Self::Code) -> usize;

    /// Makes a machine.
    fn instantiate<'c>(&'c self, code: &'c Self::Code, limits: &Limits) -> Self::Machine<'c>;

    /// Runs the code, once: `puts` prints to `output`, `meter` counts.
    ///
    /// # Errors
    /// What the program did wrong, or the limit that it ran into.
    fn execute<M: Meter>(
        machine: &mut Self::Machine<'_>,
        meter: &mut M,
        output: &mut dyn Write,
    ) -> Result<Self::Value, RuntimeError>;

    /// The code in readable form, if the engine has code of its own; with `explain`, each
    /// instruction's meaning beside it.
    fn listing(_code: &Self::Code, _explain: bool) -> Option<String> {
        None
    }

    /// The name of an opcode that [`crate::Counts::by_opcode`] counts.
    fn opcode_name(_opcode: u8) -> Option<&'static str> {
        None
    }
}
