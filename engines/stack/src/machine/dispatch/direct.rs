//! Direct threading: the code holds the addresses of the handlers, and each handler ends with a jump to
//! the next one's.
//!
//! The bytes are turned into words once, when a program is compiled: an instruction becomes the address
//! of its handler and one word for each operand; a jump's distance becomes one in words.
#![allow(
    unsafe_code,
    reason = "the code is verified, which is not for the type to tell"
)]

use std::fmt;
use std::io::Write;
use std::marker::PhantomData;
use std::{mem, ptr};

use runtime::{RuntimeError, Unmetered, Value};

use super::Strategy;
use super::handlers::{Family, Handlers, Member};
use super::threaded::{behind, whole};
use super::translated::{Translated, Translation, operands};
use crate::isa::Opcode;
use crate::machine::execution::{Pause, Step, not_an_instruction};
use crate::machine::instructions::{END, Instruction};
use crate::machine::state::Callable;
use crate::machine::unchecked::{Fetch, Running, Unchecked};
use crate::machine::{Memory, unchecked};
use crate::optimizations::Optimizations;
use bytecode::{Function, InstructionSet as _, Shape};

/// Handler addresses in the code, without checks.
#[derive(Debug)]
pub struct Direct;

impl Strategy for Direct {
    type Code<V: Value, const OPT: u32> = Translated<V, Threaded<V, OPT>, OPT>;

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
            |state, x| dispatch::<V, OPT>(state, x),
        )
    }
}

/// The address of a handler, or an operand.
#[derive(Clone, Copy, Debug)]
struct Word(*const ());

/// A function as words, for the handlers of these values and optimizations.
pub struct Threaded<V, const OPT: u32> {
    words: Box<[Word]>,
    /// For each word, the offset behind its instruction's opcode in the bytes.
    offsets: Box<[u32]>,
    shape: Shape,
    values: PhantomData<V>,
}

impl<V, const OPT: u32> fmt::Debug for Threaded<V, OPT> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Threaded({} words)", self.words.len())
    }
}

impl<V, const OPT: u32> Callable for Threaded<V, OPT> {
    #[inline(always)]
    fn shape(&self) -> &Shape {
        &self.shape
    }
}

impl<V: Value, const OPT: u32> Translation for Threaded<V, OPT> {
    fn translate(function: &Function, is_main: bool) -> Self {
        // The number of the word at which each instruction starts, by its offset.
        let mut starts = vec![0; function.code.len()];
        let mut count = 0;
        for (offset, opcode) in function.instructions::<Opcode>() {
            starts[offset as usize] = count;
            count += 1 + opcode.operands().len() as u32;
        }
        let mut words = Vec::with_capacity(count as usize);
        let mut offsets = Vec::with_capacity(count as usize);
        for (offset, opcode) in function.instructions::<Opcode>() {
            let handler = Handlers::<Threads<V, OPT>>::ALL[opcode as usize];
            words.push(Word(handler as *const ()));
            let behind = (words.len() + opcode.operands().len()) as u32;
            let operands = operands(function, (offset, opcode), &starts, behind);
            words.extend(operands.map(|it| Word(ptr::without_provenance(it as usize))));
            offsets.resize(words.len(), offset + 1);
        }
        if is_main {
            let end = Handlers::<Threads<V, OPT>>::ALL[END as usize];
            words.push(Word(end as *const ()));
        }
        Self {
            words: words.into(),
            offsets: offsets.into(),
            shape: function.shape,
            values: PhantomData,
        }
    }
}

/// A place in words.
struct Words<V, const OPT: u32> {
    place: *const Word,
    values: PhantomData<V>,
}

impl<V, const OPT: u32> Words<V, OPT> {
    /// Fetches a word.
    ///
    /// # Safety
    /// There is another word.
    #[inline(always)]
    unsafe fn word(&mut self) -> Word {
        // SAFETY: the word is there, says the caller.
        let word = unsafe { self.place.read() };
        // SAFETY: behind it are further words, or their end.
        self.place = unsafe { self.place.add(1) };
        word
    }
}

impl<'c, V: Value, const OPT: u32> Fetch<'c> for Words<V, OPT> {
    type Body = Threaded<V, OPT>;
    type Place = *const Word;

    #[inline(always)]
    fn at(place: *const Word) -> Self {
        Self {
            place,
            values: PhantomData,
        }
    }

    #[inline(always)]
    fn place(&self) -> *const Word {
        self.place
    }

    #[inline(always)]
    fn start(body: &'c Self::Body) -> *const Word {
        body.words.as_ptr()
    }

    #[inline(always)]
    fn end(main: &'c Self::Body) -> *const Word {
        main.words.last().expect("the program ends")
    }

    #[inline(always)]
    unsafe fn operand<const BYTES: usize>(&mut self) -> usize {
        // SAFETY: each operand has a word.
        unsafe { self.word() }.0.addr()
    }

    #[inline(always)]
    unsafe fn jump(&mut self, distance: usize) {
        // SAFETY: `translate` made the distance one in words.
        self.place = unsafe { self.place.add(distance) };
    }

    #[inline(always)]
    fn offset(&self, body: &Self::Body) -> usize {
        let fetched = (self.place.addr() - body.words.as_ptr().addr()) / size_of::<Word>();
        body.offsets[fetched - 1] as usize
    }
}

/// Executes an instruction whose word has been fetched, and all that follow, until there is a pause.
type Handler<V, const OPT: u32> = for<'x, 'c> extern "C-unwind" fn(
    *const Word,
    *mut V,
    *mut V,
    &mut Running<'x, 'c, V, Words<V, OPT>, OPT>,
) -> Pause;

/// The handlers.
struct Threads<V, const OPT: u32>(PhantomData<V>);

impl<V: Value, const OPT: u32> Family for Threads<V, OPT> {
    type Handler = Handler<V, OPT>;
    const OPTIMIZATIONS: Optimizations = Optimizations::from_bits(OPT);
    const MISSING: Self::Handler = missing::<V, OPT>;
}

impl<I: Instruction, V: Value, const OPT: u32> Member<I> for Threads<V, OPT> {
    const HANDLER: Handler<V, OPT> = thin::<I, V, OPT>;
}

/// Stands for the instructions that the machine hasn't.
extern "C-unwind" fn missing<V: Value, const OPT: u32>(
    _next: *const Word,
    _sp: *mut V,
    _base: *mut V,
    _execution: &mut Running<'_, '_, V, Words<V, OPT>, OPT>,
) -> Pause {
    not_an_instruction(0)
}

/// The usual case: no call but the last.
extern "C-unwind" fn thin<I: Instruction, V: Value, const OPT: u32>(
    next: *const Word,
    sp: *mut V,
    base: *mut V,
    execution: &mut Running<'_, '_, V, Words<V, OPT>, OPT>,
) -> Pause {
    let mut state = Unchecked {
        next: Words::at(next),
        sp,
        base,
    };
    match I::execute::<V, Unmetered, _, OPT, true>(&mut state, execution) {
        Step::Next => dispatch(state, execution),
        Step::General => general::<I, V, OPT>(next, state.sp, base, execution),
        Step::Pause(pause) => pause,
    }
}

/// The other cases.
#[cold]
#[inline(never)]
extern "C-unwind" fn general<I: Instruction, V: Value, const OPT: u32>(
    next: *const Word,
    sp: *mut V,
    base: *mut V,
    execution: &mut Running<'_, '_, V, Words<V, OPT>, OPT>,
) -> Pause {
    match whole::<I, V, Words<V, OPT>, OPT>(next, sp, base, execution) {
        Step::Pause(pause) => pause,
        Step::Next | Step::General => dispatch(behind(execution), execution),
    }
}

/// Goes on with the next instruction. Nothing that has to be dropped may be alive here, or the call is
/// none that can be a jump.
#[inline(always)]
fn dispatch<V: Value, const OPT: u32>(
    mut state: Unchecked<V, Words<V, OPT>>,
    execution: &mut Running<'_, '_, V, Words<V, OPT>, OPT>,
) -> Pause {
    // SAFETY: verified code goes on with another instruction.
    let word = unsafe { state.next.word() };
    // SAFETY: `translate` made it the address of a handler of this type.
    let handler = unsafe { mem::transmute::<*const (), Handler<V, OPT>>(word.0) };
    handler(state.next.place, state.sp, state.base, execution)
}
