//! What instructions work on.

use std::collections::TryReserveError;

use runtime::{Value, operators};

use bytecode::{Function, Shape};

/// The slot of a frame that holds the function that runs.
pub(super) const CALLEE: usize = 0;

/// The first slot of a frame for parameters and `let`s.
pub(super) const FIRST_LOCAL: usize = 1;

/// The state that instructions hand on to each other: where the next one is, and the stack.
///
/// It lives in machine registers: a strategy holds it in a local variable or passes it by value, and an
/// instruction changes it through a reference that inlining removes. (Where handlers return to a loop, two
/// words fit the registers that come back; the frame's base, which calls alone change, waits in memory.)
///
/// A frame lies on the one stack of values: the function that runs, then parameters and `let`s, then
/// operands. What is taken off the top is there no more, so that a value's last use in the stack is its
/// last reference there.
pub(super) trait State<'c, V: Value>: operators::Place<V> + Sized {
    /// What an execution keeps for such states.
    type Form: Form<'c>;

    /// Fetches the next operand, of one byte.
    fn operand_8(&mut self) -> usize;
    /// Fetches the next operand, of two bytes.
    fn operand_16(&mut self) -> usize;
    /// Fetches the next operand, of four bytes.
    fn operand_32(&mut self) -> usize;
    /// Goes on so far behind the instruction that runs, all of whose operands have been fetched.
    fn jump(&mut self, distance: usize);
    /// An offset in the function's bytes that is behind the opcode of the instruction that runs, and
    /// not behind the instruction.
    fn offset(&self, body: &Body<'c, Self::Form>) -> usize;

    /// An element at an index that the code gives.
    fn at<T>(slice: &[T], index: usize) -> &T;
    /// The same, to change it.
    fn at_mut<T>(slice: &mut [T], index: usize) -> &mut T;

    /// Puts a value in the place of another.
    fn replace(slot: &mut V, value: V);

    /// A parameter or `let` of the frame.
    fn local(&self, slot: usize) -> &V;
    /// The same, to change it.
    fn local_mut(&mut self, slot: usize) -> &mut V;
    /// The function that runs.
    fn callee(&self) -> &V;
    /// Puts a value on the operands.
    fn push(&mut self, value: V);
    /// Takes the top operand.
    fn pop(&mut self) -> V;
    /// Drops the top operand.
    fn drop_top(&mut self);
    /// The top operand.
    fn top(&mut self) -> &mut V;
    /// The top operand, behind the one under it.
    fn top_two(&mut self) -> (&mut V, &V);
    /// The operand under `above` others.
    fn under(&self, above: usize) -> &V;
    /// The top operands.
    fn top_many(&mut self, count: usize) -> &mut [V];
    /// Drops the top operands.
    fn drop_many(&mut self, count: usize);
    /// Forgets top operands that have been taken.
    fn forget(&mut self, count: usize);

    /// Whether slots that calls may count for are there, where they are made as they are needed.
    fn has_room(&self, arguments: usize, slots: u32) -> bool;
    /// Enters a function whose arguments, and itself under them, are the top operands. There is room for
    /// its frame; those of its locals that are no arguments become `null`.
    fn enter(
        &mut self,
        called: &'c Body<'c, Self::Form>,
        arguments: usize,
    ) -> Caller<'c, Self::Form>;
    /// Drops the frame but for its top operand, which takes the place of the function and its arguments. If
    /// `GENTLY`, it stops where a drop would be an object's end, and gives `false`: the operand is then on
    /// top of what is left of the frame, which can be left as before.
    fn leave<const GENTLY: bool>(&mut self) -> bool;
    /// Goes on in the caller, when the frame has been left.
    fn go_back(&mut self, caller: Caller<'c, Self::Form>);
    /// The state, for the time when the stack may change its place.
    fn suspend(&self, bounds: Bounds<'c, Self::Form>) -> Suspended<'c, Self::Form>;
}

/// The types that go with a kind of state.
pub(super) trait Form<'c>: Sized {
    /// A function, as the state goes through it.
    type Body: Callable + 'c;
    /// What a call keeps of its caller's state.
    type Caller: Copy;
    /// The functions under way.
    type Frames: Frames<Frame<'c, Self>>;
    /// What the state doesn't know of the stack's place.
    type Bounds: Copy + Default;
    /// The state without the stack's place, which may change before it goes on.
    type Suspended: Copy;

    /// The state in which a program is called: a frame that has the function as its operand, and goes on
    /// with [`End`](super::instructions::End).
    fn start(main: &'c Self::Body) -> Self::Suspended;
    /// As [`State::offset`], of a state that is suspended in a function.
    fn offset(suspended: &Self::Suspended, body: &Self::Body) -> usize;
    /// As [`State::offset`], of the call that a function waits for.
    fn call_offset(caller: &Self::Caller, body: &Self::Body) -> usize;

    /// Makes the stack so long, in which a state is suspended, or so much of it as one more frame of this
    /// many slots takes.
    fn lengthen<V: Value>(
        slots: &mut Vec<V>,
        suspended: &Self::Suspended,
        length: usize,
        frame: usize,
    ) -> Result<(), TryReserveError>;
    /// Drops all that is on the stack, in which a state is suspended.
    fn clear<V: Value>(slots: &mut Vec<V>, suspended: &Self::Suspended);
    /// Drops what is on the stack after a panic, whose state is lost: the frames of the functions that wait.
    fn abandon<V: Value>(slots: &mut Vec<V>, frames: &Self::Frames);
}

/// A function under way.
pub(super) struct Frame<'c, F: Form<'c>> {
    /// The function.
    pub(super) body: &'c F::Body,
    /// Where its caller goes on.
    pub(super) caller: F::Caller,
}

impl<'c, F: Form<'c>> Clone for Frame<'c, F> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}

impl<'c, F: Form<'c>> Copy for Frame<'c, F> {}

/// The functions under way, the one that runs last. There is always one, until the program has returned.
pub(super) trait Frames<T: Copy>: Default {
    /// Makes room for so many altogether.
    fn lengthen(&mut self, length: usize) -> Result<(), TryReserveError>;
    /// Adds the one that runs now. There is room for it.
    fn push(&mut self, frame: T);
    /// Takes the one off that runs.
    fn pop(&mut self);
    /// The one that runs.
    fn running(&self) -> &T;
    /// All of them.
    fn all(&self) -> &[T];
}

/// [`Form::Body`]
pub(super) type Body<'c, F> = <F as Form<'c>>::Body;
/// [`Form::Caller`]
pub(super) type Caller<'c, F> = <F as Form<'c>>::Caller;
/// [`Form::Bounds`]
pub(super) type Bounds<'c, F> = <F as Form<'c>>::Bounds;
/// [`Form::Suspended`]
pub(super) type Suspended<'c, F> = <F as Form<'c>>::Suspended;

/// A function in some form.
pub(super) trait Callable {
    /// What a call needs to know of it.
    fn shape(&self) -> &Shape;
}

impl Callable for Function {
    #[inline(always)]
    fn shape(&self) -> &Shape {
        &self.shape
    }
}
