//! Thunks: each instruction is compiled to one, a closure that has captured the operands and gets nothing but the
//! state; a loop calls them, one after another, from a slice.
#![allow(
    unsafe_code,
    reason = "the code is verified, which is not for the type to tell"
)]

use std::fmt;
use std::io::Write;
use std::marker::PhantomData;
use std::ptr;

use runtime::{RuntimeError, Unmetered, Value};

use super::Strategy;
use super::handlers::{Family, Handlers, Member};
use super::translated::{Translated, Translation, operands};
use crate::isa::Opcode;
use crate::machine::execution::{Pause, Step, not_an_instruction};
use crate::machine::instructions::{END, Instruction};
use crate::machine::state::Callable;
use crate::machine::unchecked::{Fetch, Running, Unchecked};
use crate::machine::{Memory, unchecked};
use crate::optimizations::Optimizations;
use bytecode::{Function, MAX_OPERANDS, Shape};

/// A slice of thunks, without checks.
#[derive(Debug)]
pub struct Thunks;

impl Strategy for Thunks {
    type Code<V: Value, const OPT: u32> = Translated<V, Compiled<V, OPT>, OPT>;

    #[allow(private_interfaces)]
    fn run<V: Value, const OPT: u32>(
        code: &Self::Code<V, OPT>,
        memory: &mut Memory<'_, V>,
        output: &mut dyn Write,
    ) -> Result<V, RuntimeError> {
        unchecked::run(
            code.verified(),
            code.bodies(),
            memory,
            output,
            |state, x| call_all::<V, OPT>(state, x),
        )
    }
}

/// The operands of an instruction.
type Operands = [u32; MAX_OPERANDS];

/// What an instruction is compiled to: gets the place behind it, `sp` and `base`, gives the next place
/// and the new `sp`. In a pause, the place is null.
type Body<V, const OPT: u32> = dyn for<'x, 'c> Fn(
    Place<V, OPT>,
    *mut V,
    *mut V,
    &mut Running<'x, 'c, V, Captured<V, OPT>, OPT>,
) -> (Place<V, OPT>, *mut V);

/// An instruction.
struct Thunk<V: Value, const OPT: u32>(Box<Body<V, OPT>>);

/// A place in thunks.
type Place<V, const OPT: u32> = *const Thunk<V, OPT>;

/// A function as thunks.
pub struct Compiled<V: Value, const OPT: u32> {
    thunks: Box<[Thunk<V, OPT>]>,
    /// For each thunk, the offset behind its instruction's opcode in the bytes.
    offsets: Box<[u32]>,
    shape: Shape,
}

impl<V: Value, const OPT: u32> fmt::Debug for Compiled<V, OPT> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Compiled({} thunks)", self.thunks.len())
    }
}

impl<V: Value, const OPT: u32> Callable for Compiled<V, OPT> {
    #[inline(always)]
    fn shape(&self) -> &Shape {
        &self.shape
    }
}

impl<V: Value, const OPT: u32> Translation for Compiled<V, OPT> {
    fn translate(function: &Function, is_main: bool) -> Self {
        // The number of the instruction at each offset where there is one.
        let mut numbers = vec![0; function.code.len()];
        for (number, (offset, _)) in (0..).zip(function.instructions::<Opcode>()) {
            numbers[offset as usize] = number;
        }
        let thunks = (1..).zip(function.instructions::<Opcode>());
        let thunks = thunks.map(|(behind, (offset, opcode))| {
            let mut captured = [0; MAX_OPERANDS];
            let operands = operands(function, (offset, opcode), &numbers, behind);
            captured
                .iter_mut()
                .zip(operands)
                .for_each(|(to, from)| *to = from);
            let make = Handlers::<Makers<V, OPT>>::ALL[opcode as usize];
            make(captured)
        });
        let make_end = Handlers::<Makers<V, OPT>>::ALL[END as usize];
        let end = is_main.then(|| make_end([0; MAX_OPERANDS]));
        Self {
            thunks: thunks.chain(end).collect(),
            offsets: function
                .instructions::<Opcode>()
                .map(|(offset, _)| offset + 1)
                .collect(),
            shape: function.shape,
        }
    }
}

/// Operands that a thunk has captured, and the place behind it.
struct Captured<V: Value, const OPT: u32> {
    operands: Operands,
    fetched: usize,
    next: Place<V, OPT>,
}

impl<'c, V: Value, const OPT: u32> Fetch<'c> for Captured<V, OPT> {
    type Body = Compiled<V, OPT>;
    type Place = Place<V, OPT>;

    #[inline(always)]
    fn at(place: Self::Place) -> Self {
        Self {
            operands: [0; MAX_OPERANDS],
            fetched: 0,
            next: place,
        }
    }

    #[inline(always)]
    fn place(&self) -> Self::Place {
        self.next
    }

    #[inline(always)]
    fn start(body: &'c Self::Body) -> Self::Place {
        body.thunks.as_ptr()
    }

    #[inline(always)]
    fn end(main: &'c Self::Body) -> Self::Place {
        main.thunks.last().expect("the program ends")
    }

    #[inline(always)]
    unsafe fn operand<const BYTES: usize>(&mut self) -> usize {
        let operand = self.operands[self.fetched];
        self.fetched += 1;
        operand as usize
    }

    #[inline(always)]
    unsafe fn jump(&mut self, distance: usize) {
        // SAFETY: `translate` made the distance one in thunks.
        self.next = unsafe { self.next.add(distance) };
    }

    #[inline(always)]
    fn offset(&self, body: &Self::Body) -> usize {
        let bytes = self.next.addr() - body.thunks.as_ptr().addr();
        body.offsets[bytes / size_of::<Thunk<V, OPT>>() - 1] as usize
    }
}

/// The functions that make thunks.
struct Makers<V, const OPT: u32>(PhantomData<V>);

impl<V: Value, const OPT: u32> Family for Makers<V, OPT> {
    type Handler = fn(Operands) -> Thunk<V, OPT>;
    const OPTIMIZATIONS: Optimizations = Optimizations::from_bits(OPT);
    const MISSING: Self::Handler = |_| not_an_instruction(0);
}

impl<I: Instruction, V: Value, const OPT: u32> Member<I> for Makers<V, OPT> {
    const HANDLER: fn(Operands) -> Thunk<V, OPT> = thunk::<I, V, OPT>;
}

fn thunk<I: Instruction, V: Value, const OPT: u32>(operands: Operands) -> Thunk<V, OPT> {
    Thunk(Box::new(move |next, sp, base, execution| {
        handle::<I, V, OPT, true>(operands, next, sp, base, execution)
    }))
}

#[cold]
#[inline(never)]
fn general<I: Instruction, V: Value, const OPT: u32>(
    operands: Operands,
    next: Place<V, OPT>,
    sp: *mut V,
    base: *mut V,
    execution: &mut Running<'_, '_, V, Captured<V, OPT>, OPT>,
) -> (Place<V, OPT>, *mut V) {
    handle::<I, V, OPT, false>(operands, next, sp, base, execution)
}

#[inline(always)]
fn handle<I: Instruction, V: Value, const OPT: u32, const THIN: bool>(
    operands: Operands,
    next: Place<V, OPT>,
    sp: *mut V,
    base: *mut V,
    execution: &mut Running<'_, '_, V, Captured<V, OPT>, OPT>,
) -> (Place<V, OPT>, *mut V) {
    let mut state = Unchecked {
        next: Captured {
            operands,
            fetched: 0,
            next,
        },
        sp,
        base,
    };
    match I::execute::<V, Unmetered, _, OPT, THIN>(&mut state, execution) {
        Step::Next => {
            if state.base != base {
                execution.bounds.base = state.base;
            }
            (state.next.next, state.sp)
        }
        Step::General => general::<I, V, OPT>(operands, next, state.sp, base, execution),
        Step::Pause(pause) => {
            execution.pause = pause;
            (ptr::null(), sp)
        }
    }
}

/// Runs until there is a pause.
fn call_all<V: Value, const OPT: u32>(
    state: Unchecked<V, Captured<V, OPT>>,
    execution: &mut Running<'_, '_, V, Captured<V, OPT>, OPT>,
) -> Pause {
    execution.bounds.base = state.base;
    let (mut next, mut sp) = (state.next.next, state.sp);
    loop {
        // SAFETY: verified code goes on with another instruction, which is a thunk.
        let thunk = unsafe { &*next };
        // SAFETY: behind it are further thunks, or their end.
        next = unsafe { next.add(1) };
        (next, sp) = (thunk.0)(next, sp, execution.bounds.base, execution);
        if next.is_null() {
            return execution.pause;
        }
    }
}
