//! The tree-walking evaluator: the baseline of every comparison and the oracle of every test.
//!
//! It evaluates the syntax tree recursively and finds variables by name in environments, as the
//! books' evaluator does and as a good engineer writes it. It deliberately has no tricks: nothing
//! is computed before it runs, no variable has a slot, no value is kept for reuse.

mod architecture;
mod environment;
mod evaluator;
mod kinds;

use std::io::Write;
use std::mem::size_of_val;
use std::rc::Rc;

use engine::Engine;
use runtime::{Boxed, BoxedPool, Limits, Meter, RuntimeError, Session, SourceInfo, memory};
use syntax::Program;

pub use architecture::ARCHITECTURE;
use evaluator::Evaluator;

/// What the compiler was told for this crate.
pub const SETTINGS: &str = settings::of_this_crate!();

/// The tree-walking evaluator.
#[derive(Debug, Default)]
pub struct Tree {
    pool: BoxedPool,
}

/// An evaluator that is ready to evaluate one program.
#[derive(Debug)]
pub struct Machine<'c> {
    program: &'c Program,
    pool: &'c BoxedPool,
    limits: Limits,
}

impl Engine for Tree {
    type Value = Boxed;
    type Code = Rc<Program>;
    type Machine<'c> = Machine<'c>;

    fn compile(&self, program: &Rc<Program>) -> Rc<Program> {
        Rc::clone(program)
    }

    /// The size of the tree: its code is the program itself.
    fn code_bytes(program: &Rc<Program>) -> usize {
        let ast = program.ast();
        size_of_val(&*ast.expressions)
            + size_of_val(&*ast.lists)
            + size_of_val(&*ast.statements)
            + size_of_val(&*ast.functions)
    }

    fn source_info(program: &Rc<Program>) -> &dyn SourceInfo {
        &**program
    }

    fn instantiate<'c>(&'c self, program: &'c Rc<Program>, limits: &Limits) -> Machine<'c> {
        Machine {
            program,
            pool: &self.pool,
            limits: *limits,
        }
    }

    fn execute<M: Meter>(
        machine: &mut Machine<'_>,
        meter: &mut M,
        output: &mut dyn Write,
    ) -> Result<Boxed, RuntimeError> {
        let Machine {
            program,
            pool,
            limits,
        } = *machine;
        let _memory = memory::limit(limits.memory);
        let session = Session::new(program, pool, runtime::Fresh, &limits, meter, output);
        Evaluator::new(program, session, limits.depth).program()
    }

    fn opcode_name(opcode: u8) -> Option<&'static str> {
        kinds::name(opcode)
    }
}
