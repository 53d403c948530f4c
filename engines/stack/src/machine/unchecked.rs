//! State of raw pointers, for code that has been verified: no access is checked.
//!
//! Whoever makes such a state answers for all that it does later: see [`Unchecked::resume`]. The
//! verifier proves, for every instruction of every function, that what is fetched, jumped to, popped,
//! indexed and called is there; the room for a function's frame is made before its first
//! instruction runs.
#![allow(unsafe_code)]

use std::hint::assert_unchecked;
use std::io::Write;
use std::marker::PhantomData;
use std::slice;

use runtime::{RuntimeError, Unmetered, Value};
use syntax::FunctionId;

use super::Memory;
use super::execution::{Execution, Pause};
use super::state::{CALLEE, Callable, FIRST_LOCAL, Form, State};
use crate::isa::Opcode;
use crate::rules::Verified;
use bytecode::{Function, Shape};

/// A place in code, from which operands are fetched.
pub(super) trait Fetch<'c>: Sized {
    /// A function as a sequence of what is fetched.
    type Body: Callable + 'c;
    /// The place of the next instruction, when the one that runs has fetched its operands.
    type Place: Copy;

    /// At a place.
    fn at(place: Self::Place) -> Self;
    /// The place of the next instruction.
    fn place(&self) -> Self::Place;

    /// The first instruction of a function.
    fn start(body: &'c Self::Body) -> Self::Place;
    /// Fetches an operand of so many bytes in the code that was verified.
    ///
    /// # Safety
    /// The instruction has another operand, of this size.
    unsafe fn operand<const BYTES: usize>(&mut self) -> usize;
    /// Goes so far ahead, in what the code consists of.
    ///
    /// # Safety
    /// All operands of a jump have been fetched, and this is the last one.
    unsafe fn jump(&mut self, distance: usize);
    /// As [`State::offset`].
    fn offset(&self, body: &Self::Body) -> usize;
}

/// A place in the bytes of a function.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bytes(pub(super) *const u8);

impl Bytes {
    /// Fetches an opcode.
    ///
    /// # Safety
    /// There is another instruction.
    #[inline(always)]
    pub(super) unsafe fn opcode(&mut self) -> u8 {
        // SAFETY: the opcode's byte is there, says the caller.
        let opcode = unsafe { self.0.read() };
        // SAFETY: behind it is the code, or its end.
        self.0 = unsafe { self.0.add(1) };
        opcode
    }
}

impl<'c> Fetch<'c> for Bytes {
    type Body = Function;
    type Place = *const u8;

    #[inline(always)]
    fn at(place: *const u8) -> Self {
        Self(place)
    }

    #[inline(always)]
    fn place(&self) -> *const u8 {
        self.0
    }

    #[inline(always)]
    fn start(body: &'c Function) -> *const u8 {
        body.code.as_ptr()
    }

    #[inline(always)]
    unsafe fn operand<const BYTES: usize>(&mut self) -> usize {
        // No bytes are copied in memory: the address of a local variable would be compared with
        // another where the standard library's assertions are on, and then a call at the end of a handler
        // could not be a jump.
        // SAFETY: the operand's bytes are there, says the caller.
        let operand = unsafe {
            match BYTES {
                1 => usize::from(self.0.read()),
                2 => usize::from(u16::from_le_bytes(self.0.cast::<[u8; 2]>().read())),
                4 => u32::from_le_bytes(self.0.cast::<[u8; 4]>().read()) as usize,
                _ => unreachable!("operands have one, two or four bytes"),
            }
        };
        // SAFETY: behind them is the code, or its end.
        self.0 = unsafe { self.0.add(BYTES) };
        operand
    }

    #[inline(always)]
    unsafe fn jump(&mut self, distance: usize) {
        // SAFETY: the verifier has found an instruction of the function at every target.
        self.0 = unsafe { self.0.add(distance) };
    }

    #[inline(always)]
    fn offset(&self, body: &Function) -> usize {
        self.0.addr() - body.code.as_ptr().addr()
    }
}

/// State of pointers.
pub(super) struct Unchecked<V, F> {
    /// Behind what has been fetched.
    pub(super) next: F,
    /// The slot above the top operand.
    pub(super) sp: *mut V,
    /// The frame's first slot.
    pub(super) base: *mut V,
}

/// Code and stack as pointers.
pub(super) struct Pointers<V, F>(PhantomData<(V, F)>);

impl<'c, V: Value, F: Fetch<'c>> Form<'c> for Pointers<V, F> {
    type Body = F::Body;
    type Caller = Caller<F::Place>;
    type Bounds = Bounds<V>;
    type Suspended = Suspended<F::Place>;

    fn needs(suspended: &Suspended<F::Place>, body: &F::Body) -> usize {
        suspended.base + FIRST_LOCAL + body.shape().slots as usize
    }

    fn call_offset(caller: &Caller<F::Place>, body: &F::Body) -> usize {
        F::at(caller.next).offset(body)
    }
}

/// An execution by such states, which nobody counts.
pub(super) type Running<'x, 'c, V, F, const OPT: u32> =
    Execution<'x, 'c, V, Unmetered, Pointers<V, F>, OPT>;

/// Where a caller goes on, and how many bytes its frame lies below.
#[derive(Clone, Copy, Debug)]
pub(super) struct Caller<P> {
    next: P,
    below: usize,
}

/// Where the stack lies.
#[derive(Debug)]
pub(super) struct Bounds<V> {
    start: *mut V,
    end: *mut V,
    /// The frame's first slot, for strategies that can't hand it on.
    pub(super) base: *mut V,
}

impl<V> Clone for Bounds<V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<V> Copy for Bounds<V> {}

impl<V> Default for Bounds<V> {
    /// Those of no stack.
    fn default() -> Self {
        Self::of(&mut [])
    }
}

impl<V> Bounds<V> {
    /// Those of a stack.
    fn of(stack: &mut [V]) -> Self {
        let range = stack.as_mut_ptr_range();
        Self {
            start: range.start,
            end: range.end,
            base: range.start,
        }
    }
}

/// State as distances from the stack's start.
#[derive(Clone, Copy, Debug)]
pub(super) struct Suspended<P> {
    next: P,
    base: usize,
    sp: usize,
}

/// Runs verified code, in the form of `bodies`, to its end. `run` runs it until there is a pause.
#[inline(always)]
pub(super) fn run<'c, V: Value, F: Fetch<'c>, const OPT: u32>(
    code: &'c Verified<V, OPT>,
    bodies: &'c [F::Body],
    memory: &mut Memory<'_, V>,
    output: &mut dyn Write,
    run: impl Fn(Unchecked<V, F>, &mut Running<'_, 'c, V, F, OPT>) -> Pause,
) -> Result<V, RuntimeError> {
    let start = Suspended::start::<F>(&bodies[FunctionId::MAIN.index()]);
    let (code, meter) = (code.code(), &mut Unmetered);
    memory.run::<_, Pointers<V, F>, OPT>(code, bodies, start, meter, output, |stack, x| {
        x.bounds = Bounds::of(stack);
        // SAFETY: the code has been verified; the stack has the slots that the suspended function
        // needs, and nothing else accesses it.
        let state = unsafe { Unchecked::resume(x.suspended, x.bounds) };
        run(state, x)
    })
}

impl<P> Suspended<P> {
    /// The state at the beginning of a program.
    fn start<'c, F: Fetch<'c, Place = P>>(main: &'c F::Body) -> Self {
        Self {
            next: F::start(main),
            base: 0,
            sp: FIRST_LOCAL + main.shape().locals as usize,
        }
    }
}

impl<V: Value, F> Unchecked<V, F> {
    /// Goes on with a state.
    ///
    /// # Safety
    /// All functions have been verified. The state is the start of the program or one that was
    /// suspended; the stack is the same or a longer copy, has the slots that
    /// [`Form::needs`] tells, and is not accessed otherwise while the state lives.
    #[inline(always)]
    unsafe fn resume<'c>(suspended: Suspended<F::Place>, bounds: Bounds<V>) -> Self
    where
        F: Fetch<'c>,
    {
        let Suspended { next, base, sp } = suspended;
        Self {
            next: F::at(next),
            // SAFETY: the stack has these slots, says the caller.
            sp: unsafe { bounds.start.add(sp) },
            // SAFETY: as above.
            base: unsafe { bounds.start.add(base) },
        }
    }
}

impl<V> Unchecked<V, Bytes> {
    /// Fetches an opcode.
    #[inline(always)]
    pub(super) fn opcode(&mut self) -> u8 {
        // SAFETY: verified code goes on with another instruction.
        let opcode = unsafe { self.next.opcode() };
        // SAFETY: the verifier has found an opcode here.
        unsafe { assert_unchecked(usize::from(opcode) < Opcode::ALL.len()) };
        opcode
    }
}

// SAFETY, of all blocks below: the state was made by `resume`, so its code has been verified. The
// verifier knows the number of operands before each instruction, and the frame has room for the
// highest; so `sp` stays between the frame's first operand and its end, and what is popped or indexed
// is there. Slots always hold values: the stack starts with `null`s, and a value that is
// moved out is replaced by one.
impl<'c, V: Value, F: Fetch<'c>> State<'c, V> for Unchecked<V, F> {
    type Form = Pointers<V, F>;

    #[inline(always)]
    fn operand_8(&mut self) -> usize {
        // SAFETY: the verifier has decoded the instruction with its operands.
        unsafe { self.next.operand::<1>() }
    }

    #[inline(always)]
    fn operand_16(&mut self) -> usize {
        // SAFETY: as above.
        unsafe { self.next.operand::<2>() }
    }

    #[inline(always)]
    fn operand_32(&mut self) -> usize {
        // SAFETY: as above.
        unsafe { self.next.operand::<4>() }
    }

    #[inline(always)]
    fn jump(&mut self, distance: usize) {
        // SAFETY: the instructions that jump do it when they have fetched their operands.
        unsafe { self.next.jump(distance) }
    }

    #[inline(always)]
    fn offset(&self, body: &F::Body) -> usize {
        self.next.offset(body)
    }

    #[inline(always)]
    fn at<T>(slice: &[T], index: usize) -> &T {
        // SAFETY: the verifier has compared every index in the code with the length.
        unsafe { slice.get_unchecked(index) }
    }

    #[inline(always)]
    fn at_mut<T>(slice: &mut [T], index: usize) -> &mut T {
        // SAFETY: as above.
        unsafe { slice.get_unchecked_mut(index) }
    }

    /// The old value is dropped where it lies: moved to a local variable, its address would be given to
    /// what frees it, and a call at the end of a handler could not be a jump.
    #[inline(always)]
    fn replace(slot: &mut V, value: V) {
        *slot = value;
    }

    #[inline(always)]
    fn local(&self, slot: usize) -> &V {
        // SAFETY: the verifier has compared the slot with the number of locals.
        unsafe { &*self.base.add(FIRST_LOCAL + slot) }
    }

    #[inline(always)]
    fn local_mut(&mut self, slot: usize) -> &mut V {
        // SAFETY: as above.
        unsafe { &mut *self.base.add(FIRST_LOCAL + slot) }
    }

    #[inline(always)]
    fn callee(&self) -> &V {
        // SAFETY: every frame has this slot.
        unsafe { &*self.base.add(CALLEE) }
    }

    #[inline(always)]
    fn push(&mut self, value: V) {
        // SAFETY: there is room for the operand. The slot holds `null`, which needs no drop.
        unsafe {
            self.sp.write(value);
            self.sp = self.sp.add(1);
        }
    }

    #[inline(always)]
    fn pop(&mut self) -> V {
        // SAFETY: there is an operand; `null` takes its place.
        unsafe {
            self.sp = self.sp.sub(1);
            self.sp.replace(V::default())
        }
    }

    #[inline(always)]
    fn drop_top(&mut self) {
        // SAFETY: there is an operand.
        unsafe {
            self.sp = self.sp.sub(1);
            *self.sp = V::default();
        }
    }

    #[inline(always)]
    fn top(&mut self) -> &mut V {
        // SAFETY: there is an operand.
        unsafe { &mut *self.sp.sub(1) }
    }

    #[inline(always)]
    fn top_two(&mut self) -> (&mut V, &V) {
        // SAFETY: there are two operands, in different slots.
        unsafe { (&mut *self.sp.sub(2), &*self.sp.sub(1)) }
    }

    #[inline(always)]
    fn under(&self, above: usize) -> &V {
        // SAFETY: there are so many operands.
        unsafe { &*self.sp.sub(1 + above) }
    }

    #[inline(always)]
    fn top_many(&mut self, count: usize) -> &mut [V] {
        // SAFETY: there are so many operands.
        unsafe { slice::from_raw_parts_mut(self.sp.sub(count), count) }
    }

    #[inline(always)]
    fn drop_many(&mut self, count: usize) {
        for _ in 0..count {
            self.drop_top();
        }
    }

    #[inline(always)]
    fn forget(&mut self, count: usize) {
        // SAFETY: there are so many operands.
        self.sp = unsafe { self.sp.sub(count) };
    }

    #[inline(always)]
    fn has_room(&self, bounds: Bounds<V>, arguments: usize, shape: &Shape) -> bool {
        // SAFETY: there are so many operands.
        let first = unsafe { self.sp.sub(arguments) };
        first.wrapping_add(shape.slots as usize) <= bounds.end
    }

    #[inline(always)]
    fn enter(&mut self, called: &'c F::Body, arguments: usize) -> Caller<F::Place> {
        // SAFETY: the function and its arguments are operands of the caller's frame. Whether the
        // locals are within the stack is asked before anything is done with them, so the new `sp`
        // is only computed.
        unsafe {
            let base = self.sp.sub(1 + arguments);
            let caller = Caller {
                next: self.next.place(),
                below: base.byte_offset_from_unsigned(self.base),
            };
            self.next = F::at(F::start(called));
            self.base = base;
            self.sp = base.wrapping_add(FIRST_LOCAL + called.shape().locals as usize);
            caller
        }
    }

    #[inline(always)]
    fn leave<const GENTLY: bool>(&mut self, caller: Caller<F::Place>) -> bool {
        // SAFETY: the slots from the first local to the one under the operand are the frame's. The operand
        // that has been read is there once more until `null` takes its place. The caller's frame lies
        // so far below.
        unsafe {
            let operand = self.sp.sub(1);
            let first = self.base.add(FIRST_LOCAL);
            let mut slot = first;
            while slot != operand {
                if GENTLY && (*slot).is_last_reference() {
                    return false;
                }
                *slot = V::default();
                slot = slot.add(1);
            }
            if GENTLY && self.callee().is_last_reference() {
                return false;
            }
            *self.base = operand.read();
            operand.write(V::default());
            self.sp = first;
            self.base = self.base.byte_sub(caller.below);
        }
        self.next = F::at(caller.next);
        true
    }

    #[inline(always)]
    fn suspend(&self, bounds: Bounds<V>) -> Suspended<F::Place> {
        let distance = |slot: *mut V| (slot.addr() - bounds.start.addr()) / size_of::<V>();
        Suspended {
            next: self.next.place(),
            base: distance(self.base),
            sp: distance(self.sp),
        }
    }
}
