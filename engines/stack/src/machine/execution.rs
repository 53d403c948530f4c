//! What an execution has in memory, besides the state that its instructions hand on.

use std::mem;

use runtime::{
    Calls, Closure, ErrorKind, Integers, Meter, Position, Raised, RuntimeError, Session, Shortage,
    Value, View, builtins,
};
use syntax::FunctionId;

use super::state::{Form, State};
use crate::integer_cache::Cached;
use bytecode::{Code, Function};

/// What follows an instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The next one.
    Next,
    /// The same one, from its beginning, in its general form.
    General,
    /// None.
    Pause(Pause),
}

/// Why no next instruction follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Pause {
    /// The run has ended; [`Execution::outcome`] is set.
    Ended,
    /// A function has been entered that the stack has no room for; [`Execution::suspended`] says
    /// where to go on once it has.
    NoRoom,
    /// None: [`Execution::suspended`] says where to go on.
    Again,
}

/// An execution under way.
pub(super) struct Execution<'x, 'c, V: Value, M, F: Form<'c>, const OPT: u32> {
    /// What operators and builtins need.
    pub(super) session: Session<'x, V, M, Cached<'x, V, OPT>>,
    /// The program's code.
    pub(super) code: &'c Code<V>,
    /// The constants of all functions.
    pub(super) constants: &'c [V],
    /// The functions, by their numbers, in the form that the state goes through.
    pub(super) bodies: &'c [F::Body],
    /// The globals, by their numbers.
    pub(super) globals: &'x mut [V],
    /// How many globals have been set. They come to be set in the order of their numbers.
    pub(super) globals_set: usize,
    /// The function that runs.
    pub(super) body: &'c F::Body,
    /// The functions that wait for it, and where they go on.
    pub(super) callers: Vec<(&'c F::Body, F::Caller)>,
    /// What the calls under way count for.
    pub(super) depth: u64,
    /// What they may count for.
    pub(super) depth_limit: u64,
    /// Where the stack lies, as far as the state doesn't know.
    pub(super) bounds: F::Bounds,
    /// Why there is a pause, where the strategy can't give it back.
    pub(super) pause: Pause,
    /// Where to go on after a pause, unless the run has ended.
    pub(super) suspended: F::Suspended,
    /// What the run gave, once it has ended.
    pub(super) outcome: Result<V, RuntimeError>,
}

impl<'c, V: Value, M: Meter, F: Form<'c>, const OPT: u32> Execution<'_, 'c, V, M, F, OPT> {
    /// Tells the meter of an instruction whose opcode has been fetched.
    #[inline(always)]
    pub(super) fn dispatched<S: State<'c, V, Form = F>>(&mut self, opcode: u8, state: &S) {
        // What the closure borrows it must not copy: even an unused copy moves the optimizer to
        // other registers.
        let (bodies, body) = (&self.bodies, &self.body);
        self.session.meter.dispatch(opcode, || {
            let number = bodies.element_offset(body);
            let number = number.expect("the function is one of this program's");
            Position {
                function: u32::try_from(number).expect("functions are numbered in 32 bits"),
                offset: u32::try_from(state.offset(body) - 1).expect("code is smaller than 4 GiB"),
            }
        });
    }

    /// Ends the run with an error of the instruction that holds the byte before `offset`.
    #[allow(
        clippy::boxed_local,
        reason = "a word, not the error, is what is handed over"
    )]
    #[cold]
    #[inline(never)]
    pub(super) fn fail(&mut self, offset: usize, raised: Raised) -> Pause {
        self.outcome = Err(RuntimeError {
            kind: *raised,
            span: self.function().span_before(offset),
            calls: self.calls(),
        });
        Pause::Ended
    }

    /// The calls under way.
    fn calls(&self) -> Calls {
        let mut calls = Calls::default();
        let mut called = self.number(self.body);
        for (caller, place) in self.callers.iter().rev() {
            let waiting = self.number(caller);
            let offset = F::call_offset(place, caller);
            let span = self.code.functions[waiting.index()].span_before(offset);
            calls.add(&self.code.text, called, span);
            called = waiting;
        }
        calls
    }

    /// As [`Execution::fail`], out of the way of what doesn't.
    #[cold]
    #[inline(never)]
    pub(super) fn fail_with(&mut self, offset: usize, kind: ErrorKind) -> Pause {
        self.fail(offset, kind.into())
    }

    /// Ends the run with the error of a global that is used before its `let` has run: the expression
    /// is its name.
    #[cold]
    #[inline(never)]
    pub(super) fn fail_unset_global(&mut self, offset: usize) -> Pause {
        let name = self.code.text.at(self.function().span_before(offset));
        self.fail_with(offset, ErrorKind::IdentifierNotFound(name.into()))
    }

    /// Ends the run with an error of the call that has just been made: the system has no memory for
    /// the function's frame.
    #[cold]
    #[inline(never)]
    pub(super) fn refuse_call(&mut self) -> Pause {
        let call = self.callers.pop();
        let (caller, place) = call.expect("the function that has been entered was called");
        self.body = caller;
        self.fail_with(
            F::call_offset(&place, caller),
            ErrorKind::OutOfMemory(Shortage::System),
        )
    }

    /// Ends the run with its value.
    #[inline(always)]
    pub(super) fn finish(&mut self, value: V) -> Pause {
        self.outcome = Ok(value);
        Pause::Ended
    }

    /// The function that runs, as it was compiled.
    pub(super) fn function(&self) -> &'c Function {
        &self.code.functions[self.number(self.body).index()]
    }

    /// The number of a function.
    fn number(&self, body: &F::Body) -> FunctionId {
        let number = self.bodies.element_offset(body);
        let number = number.expect("the function is one of this program's");
        FunctionId(u32::try_from(number).expect("functions are numbered in 32 bits"))
    }
}

/// Calls what is no function: the callee is followed by its arguments.
#[inline(never)]
pub(super) fn call_builtin<V: Value, M: Meter, I: Integers<V>>(
    session: &mut Session<'_, V, M, I>,
    callee_and_arguments: &mut [V],
) -> Result<V, Raised> {
    let [callee, arguments @ ..] = callee_and_arguments else {
        unreachable!("the callee is there");
    };
    match callee.view() {
        View::Builtin(builtin) => builtins::call(session, builtin, arguments),
        _ => Err(ErrorKind::NotAFunction(callee.type_of()).into()),
    }
}

/// Makes a function that captures values, which are taken and leave `null`.
#[inline(never)]
pub(super) fn make_closure<V: Value, M: Meter, I: Integers<V>>(
    session: &mut Session<'_, V, M, I>,
    id: FunctionId,
    captures: &mut [V],
) -> Result<V, Raised> {
    let closure = Closure::new(id, captures.iter_mut().map(mem::take).collect())?;
    Ok(session.function(closure))
}

/// The compiler gives no instruction that the machine lacks.
#[cold]
#[inline(never)]
pub(super) fn not_an_instruction(offset: usize) -> ! {
    unreachable!("there is no instruction of this machine before offset {offset}");
}
