//! State in safe Rust: every access is within bounds, or a panic.

use std::collections::TryReserveError;
use std::mem;

use runtime::{Value, operators};

use super::instructions::END;
use super::state::{CALLEE, FIRST_LOCAL, Form, Frame, Frames, State};
use bytecode::Function;

/// State of slices and indices.
pub(super) struct Checked<'c, 'm, V> {
    /// What is left of the function's code.
    pub(super) next: &'c [u8],
    /// All slots. Those above the top operand hold nothing that a drop would matter to.
    pub(super) stack: &'m mut [V],
    /// The frame's first slot.
    pub(super) base: usize,
    /// The slot above the top operand.
    pub(super) sp: usize,
}

/// Code and stack as slices.
pub(super) struct Slices;

/// The least number of slots that there are when something is called, so that the first calls don't each make some.
const FIRST_SLOTS: usize = 64;

impl<'c> Form<'c> for Slices {
    type Body = Function;
    type Caller = Caller<'c>;
    type Frames = Vec<Frame<'c, Self>>;
    type Bounds = ();
    type Suspended = Suspended<'c>;

    fn start(_main: &Function) -> Suspended<'c> {
        Suspended {
            next: &[END],
            base: CALLEE,
            sp: FIRST_LOCAL,
        }
    }

    fn offset(suspended: &Suspended<'c>, body: &Function) -> usize {
        body.code.len() - suspended.next.len()
    }

    fn call_offset(caller: &Caller<'c>, body: &Function) -> usize {
        body.code.len() - caller.next.len()
    }

    fn lengthen<V: Value>(
        slots: &mut Vec<V>,
        suspended: &Suspended<'c>,
        length: usize,
        frame: usize,
    ) -> Result<(), TryReserveError> {
        let needed = suspended.sp + frame;
        let length = length.min(needed.max(2 * slots.len()).max(FIRST_SLOTS));
        slots.try_reserve(length - slots.len())?;
        slots.resize(length, V::default());
        Ok(())
    }

    fn clear<V: Value>(slots: &mut Vec<V>, _suspended: &Suspended<'c>) {
        slots.clear();
    }

    fn abandon<V: Value>(slots: &mut Vec<V>, _frames: &Self::Frames) {
        slots.clear();
    }
}

impl<T: Copy> Frames<T> for Vec<T> {
    fn lengthen(&mut self, length: usize) -> Result<(), TryReserveError> {
        self.try_reserve(length - self.len())
    }

    #[inline(always)]
    fn push(&mut self, frame: T) {
        self.push(frame);
    }

    #[inline(always)]
    fn pop(&mut self) {
        self.pop();
    }

    #[inline(always)]
    fn running(&self) -> &T {
        self.last().expect("a function runs")
    }

    fn all(&self) -> &[T] {
        self
    }
}

/// Where a caller goes on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Caller<'c> {
    next: &'c [u8],
    base: usize,
}

/// State without its slots.
#[derive(Clone, Copy, Debug)]
pub(super) struct Suspended<'c> {
    next: &'c [u8],
    base: usize,
    sp: usize,
}

impl<'c, 'm, V: Value> Checked<'c, 'm, V> {
    /// Goes on with a state.
    #[inline(always)]
    pub(super) fn resume(suspended: Suspended<'c>, stack: &'m mut [V]) -> Self {
        let Suspended { next, base, sp } = suspended;
        Self {
            next,
            stack,
            base,
            sp,
        }
    }
}

impl<V> Checked<'_, '_, V> {
    /// Fetches an opcode.
    #[inline(always)]
    pub(super) fn opcode(&mut self) -> u8 {
        let Some((&opcode, rest)) = self.next.split_first() else {
            cut_short();
        };
        self.next = rest;
        opcode
    }
}

/// Fetches a number.
macro_rules! operand {
    ($self:ident, $number:ident) => {
        match $self.next.split_first_chunk() {
            Some((bytes, rest)) => {
                $self.next = rest;
                $number::from_le_bytes(*bytes) as usize
            }
            None => cut_short(),
        }
    };
}

/// The compiler gives whole instructions.
#[cold]
#[inline(never)]
fn cut_short() -> ! {
    unreachable!("the code ends within an instruction");
}

/// The compiler takes no more operands than there are.
#[cold]
#[inline(never)]
fn no_operand() -> ! {
    unreachable!("an operand is missing on the stack");
}

/// The compiler knows how high the operands get. The value is given up: if a panic had to drop it, each
/// push would first have to store it where the panic finds it.
#[cold]
#[inline(never)]
fn no_room<V>(value: V) -> ! {
    mem::forget(value);
    unreachable!("the operands outgrow their function's frame");
}

impl<V: Value> operators::Place<V> for Checked<'_, '_, V> {
    #[inline(always)]
    fn renew(slot: &mut V, new: impl operators::Make<V>) {
        release(slot);
        // What is replaced is no reference, so that it needs no drop.
        mem::forget(mem::replace(slot, new.make()));
    }
}

impl<'c, V: Value> State<'c, V> for Checked<'c, '_, V> {
    type Form = Slices;

    #[inline(always)]
    fn operand_8(&mut self) -> usize {
        operand!(self, u8)
    }

    #[inline(always)]
    fn operand_16(&mut self) -> usize {
        operand!(self, u16)
    }

    #[inline(always)]
    fn operand_32(&mut self) -> usize {
        operand!(self, u32)
    }

    #[inline(always)]
    fn jump(&mut self, distance: usize) {
        match self.next.get(distance..) {
            Some(rest) => self.next = rest,
            None => cut_short(),
        }
    }

    #[inline(always)]
    fn offset(&self, body: &Function) -> usize {
        body.code.len() - self.next.len()
    }

    #[inline(always)]
    fn at<T>(slice: &[T], index: usize) -> &T {
        &slice[index]
    }

    #[inline(always)]
    fn at_mut<T>(slice: &mut [T], index: usize) -> &mut T {
        &mut slice[index]
    }

    #[inline(always)]
    fn replace(slot: &mut V, value: V) {
        replace(slot, value);
    }

    #[inline(always)]
    fn local(&self, slot: usize) -> &V {
        &self.stack[self.base + FIRST_LOCAL + slot]
    }

    #[inline(always)]
    fn local_mut(&mut self, slot: usize) -> &mut V {
        &mut self.stack[self.base + FIRST_LOCAL + slot]
    }

    #[inline(always)]
    fn callee(&self) -> &V {
        &self.stack[self.base + CALLEE]
    }

    #[inline(always)]
    fn push(&mut self, value: V) {
        let Some(slot) = self.stack.get_mut(self.sp) else {
            no_room(value);
        };
        // The slot holds no reference, so that it needs no drop.
        mem::forget(mem::replace(slot, value));
        self.sp += 1;
    }

    #[inline(always)]
    fn pop(&mut self) -> V {
        self.sp -= 1;
        mem::take(&mut self.stack[self.sp])
    }

    #[inline(always)]
    fn drop_top(&mut self) {
        self.sp -= 1;
        release(&mut self.stack[self.sp]);
    }

    #[inline(always)]
    fn top(&mut self) -> &mut V {
        &mut self.stack[self.sp - 1]
    }

    #[inline(always)]
    fn top_two(&mut self) -> (&mut V, &V) {
        match self.stack.get_mut(..self.sp) {
            Some([.., under, top]) => (under, top),
            _ => no_operand(),
        }
    }

    #[inline(always)]
    fn under(&self, above: usize) -> &V {
        &self.stack[self.sp - 1 - above]
    }

    #[inline(always)]
    fn top_many(&mut self, count: usize) -> &mut [V] {
        &mut self.stack[self.sp - count..self.sp]
    }

    #[inline(always)]
    fn drop_many(&mut self, count: usize) {
        clear(self.top_many(count));
        self.sp -= count;
    }

    #[inline(always)]
    fn forget(&mut self, count: usize) {
        self.sp -= count;
    }

    /// Slots must hold values, so that they are made as they are needed.
    #[inline(always)]
    fn has_room(&self, arguments: usize, slots: u32) -> bool {
        self.sp - arguments + slots as usize <= self.stack.len()
    }

    #[inline(always)]
    fn enter(&mut self, called: &'c Function, arguments: usize) -> Caller<'c> {
        let caller = Caller {
            next: self.next,
            base: self.base,
        };
        self.next = &called.code;
        self.base = self.sp - 1 - arguments;
        self.sp = self.base + FIRST_LOCAL + called.shape.locals as usize;
        caller
    }

    #[inline(always)]
    fn leave<const GENTLY: bool>(&mut self) -> bool {
        let frame = self.stack.get_mut(self.base..self.sp);
        let Some([callee, locals @ .., operand]) = frame else {
            no_operand();
        };
        // While values are dropped, none is held outside the stack: a panic would have to drop it, too.
        clear(locals);
        release(callee);
        mem::forget(mem::replace(callee, mem::take(operand)));
        self.sp = self.base + FIRST_LOCAL;
        true
    }

    #[inline(always)]
    fn go_back(&mut self, caller: Caller<'c>) {
        self.base = caller.base;
        self.next = caller.next;
    }

    #[inline(always)]
    fn suspend(&self, (): ()) -> Suspended<'c> {
        Suspended {
            next: self.next,
            base: self.base,
            sp: self.sp,
        }
    }
}

/// Drops what is in slots that are no longer in use.
#[inline(always)]
fn clear<V: Value>(slots: &mut [V]) {
    slots.iter_mut().for_each(release);
}

/// Drops what is in a slot. Where that is a reference, `null` takes its place; all else may stay.
#[inline(always)]
fn release<V: Value>(slot: &mut V) {
    if slot.is_reference() {
        drop(mem::take(slot));
    }
}

/// Puts a value in the place of another. An assignment would drop the old value first; since that may
/// panic, the new one would have to wait in memory, for the panic to put it there.
#[inline(always)]
fn replace<V>(slot: &mut V, value: V) {
    drop(mem::replace(slot, value));
}
