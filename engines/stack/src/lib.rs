//! The stack engine: a bytecode compiler and a stack machine, unoptimized or with any of five
//! optimizations.
//!
//! `isa` declares the instructions, `compiler` turns a program into them, `machine` runs them. What it relies on, `rules`
//! ask of code.
//! Each optimization is a Cargo feature, and a file of the same name or a pass of `analysis`. [`Stack`] takes the set that
//! is on as a `const` parameter, so that one binary holds all 32 engines and none of them has, in
//! its loop, a trace of an optimization that it goes without.
#![cfg_attr(feature = "nightly", feature(explicit_tail_calls))]
#![cfg_attr(
    feature = "nightly",
    allow(incomplete_features, reason = "that is why it is not the default")
)]

mod architecture;
mod axes;
mod compiler;
mod constant_operands;
mod integer_cache;
mod isa;
mod machine;
mod optimizations;
mod rules;
mod superinstructions;

use std::io::Write;
use std::marker::PhantomData;
use std::rc::Rc;

use bytecode::InstructionSet as _;
use engine::{Bytecode, BytecodeError, Engine, Site};
use runtime::{Boxed, Limits, Meter, RuntimeError, SourceInfo, Value};
use syntax::Program;

pub use architecture::ARCHITECTURE;
pub use axes::{Checks, Dispatch, Point, Values, visit_point};
pub use compiler::compile;
use integer_cache::IntegerCache;
pub use isa::Opcode;
pub use machine::*;
pub use optimizations::Optimizations;
pub use rules::Verified;

/// What the compiler was told for this crate.
pub const SETTINGS: &str = settings::of_this_crate!();

/// The stack engine with the set of optimizations whose bits are `OPT`, values of type `V`, and the
/// dispatch strategy `S`. `LOOP` are those of the optimizations that the machine knows of, see
/// [`Optimizations::in_machine`]; engines that differ in the compiler alone share one machine.
#[derive(Debug)]
pub struct Stack<V: Value, S, const OPT: u32, const LOOP: u32> {
    pool: V::Pool,
    integers: IntegerCache<V>,
    strategy: PhantomData<S>,
}

impl<V: Value, S, const OPT: u32, const LOOP: u32> Stack<V, S, OPT, LOOP> {
    /// The optimizations that are on.
    pub const OPTIMIZATIONS: Optimizations = {
        let optimizations = Optimizations::from_bits(OPT);
        assert!(optimizations.in_machine().bits() == LOOP);
        optimizations
    };
}

impl<V: Value, S, const OPT: u32, const LOOP: u32> Default for Stack<V, S, OPT, LOOP> {
    fn default() -> Self {
        Self {
            pool: Default::default(),
            integers: IntegerCache::new(Self::OPTIMIZATIONS.contains(Optimizations::INTEGER_CACHE)),
            strategy: PhantomData,
        }
    }
}

impl<V: Value, S: Strategy, const OPT: u32, const LOOP: u32> Engine for Stack<V, S, OPT, LOOP> {
    type Value = V;
    type Code = S::Code<V, LOOP>;
    type Machine<'c> = Machine<'c, V, S::Code<V, LOOP>>;

    fn compile(&self, program: &Rc<Program>) -> Self::Code {
        let code = compiler::compile(program, Self::OPTIMIZATIONS);
        S::Code::prepare(code).expect("the compiler's code is sound")
    }

    fn code_bytes(code: &Self::Code) -> usize {
        code.code().bytes()
    }

    fn source_info(code: &Self::Code) -> &dyn SourceInfo {
        &code.code().text
    }

    fn instantiate<'c>(&'c self, code: &'c Self::Code, limits: &Limits) -> Self::Machine<'c> {
        Machine::new::<LOOP>(code, &self.pool, &self.integers, limits)
    }

    fn execute<M: Meter>(
        machine: &mut Self::Machine<'_>,
        meter: &mut M,
        output: &mut dyn Write,
    ) -> Result<V, RuntimeError> {
        machine.execute::<S, M, LOOP>(meter, output)
    }

    fn opcode_name(opcode: u8) -> Option<&'static str> {
        Opcode::from_byte(opcode).map(Opcode::name)
    }
}

impl<V: Value, S: Strategy, const OPT: u32, const LOOP: u32> Bytecode for Stack<V, S, OPT, LOOP> {
    fn save(code: &Self::Code, engine: &str) -> Result<Vec<u8>, BytecodeError> {
        bytecode::write::<Opcode, V>(code.code(), Self::OPTIMIZATIONS, engine)
            .map_err(|error| BytecodeError::Unsound(error.into()))
    }

    fn load(&self, bytes: &[u8]) -> Result<Self::Code, BytecodeError> {
        bytecode::read(bytes, Self::OPTIMIZATIONS)
            .map(S::Code::of_verified)
            .map_err(|error| BytecodeError::Unsound(error.into()))
    }

    fn listing(code: &Self::Code, explain: bool) -> String {
        bytecode::listing::<Opcode, V>(code.code(), explain)
    }

    fn execution() -> String {
        let by = std::any::type_name::<(V, S)>();
        format!("{by} {}", Optimizations::from_bits(LOOP))
    }

    fn sites(code: &Self::Code) -> Vec<Site> {
        bytecode::sites(code.code(), |opcode, before| {
            superinstructions::fused(opcode, before, Self::OPTIMIZATIONS)
        })
    }

    fn sequence(superinstruction: u8) -> Option<Vec<u8>> {
        let opcode = Opcode::from_byte(superinstruction)?;
        let sequence = superinstructions::sequence(opcode)?;
        Some(sequence.iter().map(|&opcode| opcode as u8).collect())
    }
}

/// What to do with an engine whose set of optimizations is known at run time only.
pub trait Visitor {
    /// What it gives.
    type Output;

    /// Is shown the engine's type.
    fn visit<E: Bytecode + 'static>(self) -> Self::Output;
}

/// Shows `visitor` the documented engine with these optimizations; nothing if one of them is none of the documented
/// ones, or its Cargo feature is off.
pub fn visit<T: Visitor>(optimizations: Optimizations, visitor: T) -> Option<T::Output> {
    // Asks of one optimization after the other whether it is on. Those that are not built are in no set, so that
    // only engines that can be shown are compiled.
    macro_rules! engines {
        ($($on:ident)*;) => {{
            const SET: Optimizations =
                Optimizations::NONE$(.union(Optimizations::$on))*.intersection(Optimizations::ALL);
            visitor.visit::<Stack<Boxed, CheckedMatch, { SET.bits() }, { SET.in_machine().bits() }>>()
        }};
        ($($on:ident)*; $next:ident $($others:ident)*) => {
            if optimizations.contains(Optimizations::$next) {
                engines!($($on)* $next; $($others)*)
            } else {
                engines!($($on)*; $($others)*)
            }
        };
    }
    Optimizations::ALL.contains(optimizations).then(|| {
        engines!(; CONSTANT_OPERANDS SUPERINSTRUCTIONS CONSTANT_FOLDING INTEGER_CACHE TYPE_SPECIALIZATION)
    })
}
