//! State of raw pointers, for code that has been verified: no access is checked.
//!
//! Whoever makes such a state answers for all that it does later: see [`Unchecked::resume`]. The
//! verifier proves, for every instruction of every function, that what is fetched, jumped to, popped,
//! indexed and called is there; the room for a function's frame is made before its first
//! instruction runs.
#![allow(unsafe_code)]

use std::collections::TryReserveError;
use std::hint::assert_unchecked;
use std::io::Write;
use std::marker::PhantomData;
use std::{ptr, slice};

use runtime::{RuntimeError, Unmetered, Value, operators};

use super::Memory;
use super::execution::{Execution, Pause};
use super::instructions::END;
use super::state::{CALLEE, Callable, FIRST_LOCAL, Form, Frame, Frames, State};
use crate::rules::Verified;
use bytecode::Function;

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
    /// What follows when a program has returned: [`End`](super::instructions::End).
    fn end(main: &'c Self::Body) -> Self::Place;
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
    fn end(_main: &'c Function) -> *const u8 {
        const { &[END] }.as_ptr()
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
    type Frames = Unguarded<Frame<'c, Self>>;
    type Bounds = Bounds<V>;
    type Suspended = Suspended<F::Place>;

    fn start(main: &'c F::Body) -> Suspended<F::Place> {
        Suspended {
            next: F::end(main),
            base: CALLEE,
            sp: FIRST_LOCAL,
        }
    }

    fn offset(suspended: &Suspended<F::Place>, body: &F::Body) -> usize {
        F::at(suspended.next).offset(body)
    }

    fn call_offset(caller: &Caller<F::Place>, body: &F::Body) -> usize {
        F::at(caller.next).offset(body)
    }

    fn lengthen<W: Value>(
        slots: &mut Vec<W>,
        suspended: &Suspended<F::Place>,
        length: usize,
        _frame: usize,
    ) -> Result<(), TryReserveError> {
        // SAFETY: a state that is suspended has values in all slots up to its top.
        unsafe { slots.set_len(suspended.sp) };
        let done = slots.try_reserve(length - suspended.sp);
        // SAFETY: it is shorter. While code runs, nobody knows what is on the stack, and a panic must not drop it.
        unsafe { slots.set_len(0) };
        done
    }

    fn clear<W: Value>(slots: &mut Vec<W>, suspended: &Suspended<F::Place>) {
        // SAFETY: a state that is suspended has values in all slots up to its top.
        unsafe { slots.set_len(suspended.sp) };
        slots.clear();
    }

    fn abandon<W: Value>(slots: &mut Vec<W>, frames: &Self::Frames) {
        let bytes = frames.all().iter().map(|frame| frame.caller.below);
        // SAFETY: so far above the stack's start lies the frame that runs. Of those under it all slots hold values:
        // what instructions take and leave is in their own frame alone.
        unsafe { slots.set_len(bytes.sum::<usize>() / size_of::<W>()) };
        slots.clear();
    }
}

/// Functions under way, without a test whether there is room for more: that is made before.
pub(super) struct Unguarded<T> {
    /// Behind the last one.
    top: *mut T,
    /// The memory. Its length is 0.
    frames: Vec<T>,
}

impl<T> Default for Unguarded<T> {
    fn default() -> Self {
        let mut frames = Vec::new();
        Self {
            top: frames.as_mut_ptr(),
            frames,
        }
    }
}

// SAFETY, of all blocks below: `top` is in the vector's memory or at its end. `Execution` makes room for as many
// frames as calls may count for and the program's own, and each counts for one at least, as the verifier has found. Return pops
// what a call has pushed: the program itself returns to an instruction that ends the run.
impl<T: Copy> Frames<T> for Unguarded<T> {
    fn lengthen(&mut self, length: usize) -> Result<(), TryReserveError> {
        let count = self.all().len();
        // SAFETY: so many have been pushed.
        unsafe { self.frames.set_len(count) };
        let done = self.frames.try_reserve(length - count);
        // SAFETY: it is shorter.
        unsafe { self.frames.set_len(0) };
        // SAFETY: so many are there, in what may be other memory.
        self.top = unsafe { self.frames.as_mut_ptr().add(count) };
        done
    }

    #[inline(always)]
    fn push(&mut self, frame: T) {
        // SAFETY: there is room.
        unsafe {
            self.top.write(frame);
            self.top = self.top.add(1);
        }
    }

    #[inline(always)]
    fn pop(&mut self) {
        // SAFETY: there is one.
        self.top = unsafe { self.top.sub(1) };
    }

    #[inline(always)]
    fn running(&self) -> &T {
        // SAFETY: there is one, which has been written.
        unsafe { &*self.top.sub(1) }
    }

    fn all(&self) -> &[T] {
        let start = self.frames.as_ptr();
        // SAFETY: all up to the top have been written.
        unsafe { slice::from_raw_parts(start, self.top.offset_from_unsigned(start)) }
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
        Self::of(ptr::null_mut())
    }
}

impl<V> Bounds<V> {
    /// Those of a stack that starts there.
    fn of(start: *mut V) -> Self {
        Self { start, base: start }
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
    let (code, meter) = (code.code(), &mut Unmetered);
    memory.run::<_, Pointers<V, F>, OPT>(code, bodies, meter, output, |slots, x| {
        x.bounds = Bounds::of(slots.as_mut_ptr());
        // SAFETY: the code has been verified. Room has been made for the function that waits, and nothing else
        // accesses the stack.
        let mut state = unsafe { Unchecked::resume(x.suspended, x.bounds) };
        x.resume(&mut state);
        run(state, x)
    })
}

impl<V: Value, F> Unchecked<V, F> {
    /// Goes on with a state.
    ///
    /// # Safety
    /// All functions have been verified. The state is the start of the program or one that was
    /// suspended, on this stack or on one that this is a longer copy of. There is room for the frames of all
    /// functions under way, and the stack is not accessed otherwise while the state lives.
    #[inline(always)]
    pub(super) unsafe fn resume<'c>(suspended: Suspended<F::Place>, bounds: Bounds<V>) -> Self
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
        // SAFETY: the verifier has found an opcode here, unless this is behind the program's return.
        unsafe { assert_unchecked(opcode <= END) };
        opcode
    }
}

impl<V: Value, F> operators::Place<V> for Unchecked<V, F> {
    /// The old value is dropped where it lies, as in [`State::replace`].
    #[inline(always)]
    fn renew(slot: &mut V, new: impl operators::Make<V>) {
        let slot: *mut V = slot;
        // SAFETY: the slot holds a value until it is dropped, and does again when it is written. A panic on the way
        // finds it in the frame that runs, which isn't dropped then.
        unsafe {
            slot.drop_in_place();
            slot.write(new.make());
        }
    }
}

// SAFETY, of all blocks below: the state was made by `resume`, so its code has been verified. The
// verifier knows the number of operands before each instruction, and the frame has room for the
// highest; so `sp` stays between the frame's first operand and its end, and what is popped or indexed
// is there. All slots under `sp` hold values, and those above hold none: what is pushed is written there, and what is
// popped is moved or dropped.
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
        // SAFETY: there is room for the operand.
        unsafe {
            self.sp.write(value);
            self.sp = self.sp.add(1);
        }
    }

    #[inline(always)]
    fn pop(&mut self) -> V {
        // SAFETY: there is an operand.
        unsafe {
            self.sp = self.sp.sub(1);
            self.sp.read()
        }
    }

    #[inline(always)]
    fn drop_top(&mut self) {
        // SAFETY: there is an operand.
        unsafe {
            self.sp = self.sp.sub(1);
            self.sp.drop_in_place();
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
        // SAFETY: there are so many operands. They have been taken, which has left `null`s: these need no drop.
        self.sp = unsafe { self.sp.sub(count) };
    }

    #[inline(always)]
    fn has_room(&self, _arguments: usize, _slots: u32) -> bool {
        true
    }

    #[inline(always)]
    fn enter(&mut self, called: &'c F::Body, arguments: usize) -> Caller<F::Place> {
        // SAFETY: the function and its arguments are operands of the caller's frame. There are no more than the
        // function has locals, and there is room for its frame.
        unsafe {
            let base = self.sp.sub(1 + arguments);
            let caller = Caller {
                next: self.next.place(),
                below: base.byte_offset_from_unsigned(self.base),
            };
            self.next = F::at(F::start(called));
            self.base = base;
            let locals = called.shape().locals;
            if locals != arguments as u32 {
                let operands = base.add(FIRST_LOCAL + locals as usize);
                while self.sp != operands {
                    // Of plain writes the compiler would make a call, for which handlers would save registers.
                    self.sp.write_volatile(V::default());
                    self.sp = self.sp.add(1);
                }
            }
            caller
        }
    }

    #[inline(always)]
    fn leave<const GENTLY: bool>(&mut self) -> bool {
        // SAFETY: the slots from the frame's first to the one under the operand are dropped from the top. Then the
        // operand, which has been taken off, takes the place of what is gone.
        unsafe {
            let mut slot = self.sp.sub(1);
            let operand = slot.read();
            let mut is_whole = true;
            while slot != self.base {
                let under = slot.sub(1);
                if GENTLY && (*under).is_last_reference() {
                    is_whole = false;
                    break;
                }
                under.drop_in_place();
                slot = under;
            }
            slot.write(operand);
            self.sp = slot.add(1);
            is_whole
        }
    }

    #[inline(always)]
    fn go_back(&mut self, caller: Caller<F::Place>) {
        // SAFETY: the caller's frame lies so far below.
        self.base = unsafe { self.base.byte_sub(caller.below) };
        self.next = F::at(caller.next);
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
