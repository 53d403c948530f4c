//! What every engine is: the phases that a measurement tells apart.

use std::error::Error;
use std::io::Write;
use std::rc::Rc;

use runtime::{Limits, Meter, Position, RuntimeError, SourceInfo, Value};
use syntax::Program;

/// An instruction of compiled code, with what decides which sequences may become one instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Site {
    /// Where it stands.
    pub position: Position,
    /// Its opcode.
    pub opcode: u8,
    /// Whether control may come here from elsewhere than the instruction before.
    pub is_entered: bool,
    /// Whether control may go elsewhere than to the instruction behind.
    pub may_leave: bool,
    /// Whether it may end the run with an error, at an expression of its own.
    pub may_fail: bool,
    /// What there would be instead, if it is a superinstruction.
    pub fused: Option<Fused>,
}

/// How many dispatches an engine without superinstructions, with all else that this one has,
/// would need in place of one dispatch of a superinstruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fused {
    /// When it runs to its end.
    pub whole: u32,
    /// When it fails.
    pub failed: u32,
}

/// Why code could not be saved or loaded.
#[derive(Debug, thiserror::Error)]
pub enum BytecodeError {
    /// The engine has no code of its own.
    #[error("the engine runs the syntax tree itself and has no code to save or load")]
    NoCode,
    /// The code is too large to be saved, or the bytes are no sound code of this engine: what is
    /// wrong, and where.
    #[error(transparent)]
    Unsound(Box<dyn Error + Send + Sync>),
}

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

    /// What the code keeps of its program's text.
    fn source_info(code: &Self::Code) -> &dyn SourceInfo;

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

    /// The name of an opcode that [`runtime::Counts::by_opcode`] counts.
    fn opcode_name(opcode: u8) -> Option<&'static str>;
}

/// An engine that compiles to bytecode: code of its own, whose instructions it dispatches. What it counts are those, and
/// not syntax nodes.
pub trait Bytecode: Engine {
    /// The code as the bytes of a file; `engine` is the name of this engine, which the file keeps.
    ///
    /// # Errors
    /// If the code is too large for a file.
    fn save(code: &Self::Code, engine: &str) -> Result<Vec<u8>, BytecodeError>;

    /// The code of bytes that [`Bytecode::save`] gave, of this engine or of one that differs in nothing
    /// that shows in the code. The bytes may be anything.
    ///
    /// # Errors
    /// What is wrong with the bytes, and where.
    fn load(&self, bytes: &[u8]) -> Result<Self::Code, BytecodeError>;

    /// The code in readable form; with `explain`, each instruction's meaning beside it.
    fn listing(code: &Self::Code, explain: bool) -> String;

    /// What executes the code: those that name the same execute equal code by the same machine code, and differ in the
    /// compiler at the most.
    fn execution() -> String;

    /// The instructions of all functions, each function's in the order in which they stand.
    fn sites(code: &Self::Code) -> Vec<Site>;

    /// The opcodes of the sequence that a superinstruction is made from.
    fn sequence(superinstruction: u8) -> Option<Vec<u8>>;
}
