//! What an execution has in memory, besides the state that its instructions hand on.

use std::mem;

use runtime::{
    Calls, Closure, ErrorKind, Integers, Meter, Position, Raised, RuntimeError, Session, Shortage,
    Value, View, builtins,
};
use syntax::{FunctionId, Span};

use super::state::{Callable, FIRST_LOCAL, Form, Frame, Frames, State};
use crate::integer_cache::Cached;
use bytecode::{Code, Shape};

/// What follows an instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The next one.
    Next,
    /// The same one, from its beginning, in its whole form.
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
    /// The call that [`Execution::waiting`] tells of has no room.
    NoRoom,
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
    /// The functions under way.
    pub(super) frames: F::Frames,
    /// What further calls may count for: there is room for so many on the stack and in `frames`.
    pub(super) remaining: u32,
    /// What all calls under way may count for, but the program's own, which counts for nothing: more room is made
    /// until it is `depth_limit`.
    granted: u32,
    depth_limit: u64,
    /// What a call takes of the stack.
    extent: Option<Extent>,
    /// A function, and the number of its arguments, to be entered before the next instruction.
    waiting: Option<(&'c F::Body, usize)>,
    /// Where the stack lies, as far as the state doesn't know.
    pub(super) bounds: F::Bounds,
    /// Why there is a pause, where the strategy can't give it back.
    pub(super) pause: Pause,
    /// The state in a pause.
    pub(super) suspended: F::Suspended,
    /// What the run gave, once it has ended.
    pub(super) outcome: Result<V, RuntimeError>,
}

/// How many slots the calls of a program take.
#[derive(Clone, Copy, Debug)]
struct Extent {
    /// For each unit that they count for, while they wait for another.
    waiting: u64,
    /// The one that runs.
    running: u64,
}

impl Extent {
    fn of<'a>(shapes: impl Iterator<Item = &'a Shape>) -> Self {
        let none = Self {
            waiting: 0,
            running: 0,
        };
        shapes.fold(none, |extent, shape| {
            let weight = u64::from(shape.weight);
            let frame = (FIRST_LOCAL as u64) + u64::from(shape.slots);
            // What a weight may be depends on what a frame holds while it waits.
            let held = frame.min(weight * u64::from(syntax::Function::VALUES_PER_WEIGHT));
            Self {
                waiting: extent.waiting.max(held.div_ceil(weight)),
                running: extent.running.max(frame),
            }
        })
    }
}

/// The least that calls may count for when there is room for any: enough for many programs, so that few of them
/// make their stacks longer.
const FIRST_GRANT: u64 = 32;

impl<'x, 'c, V: Value, M: Meter, F: Form<'c>, const OPT: u32> Execution<'x, 'c, V, M, F, OPT> {
    /// An execution that is about to call a program.
    #[inline(always)]
    pub(super) fn new(
        session: Session<'x, V, M, Cached<'x, V, OPT>>,
        code: &'c Code<V>,
        bodies: &'c [F::Body],
        globals: &'x mut [V],
        depth: u32,
    ) -> Self {
        let main = &bodies[FunctionId::MAIN.index()];
        Self {
            session,
            code,
            constants: &code.constants,
            bodies,
            globals,
            globals_set: 0,
            frames: F::Frames::default(),
            remaining: 0,
            granted: 0,
            depth_limit: u64::from(depth),
            extent: None,
            waiting: Some((main, 0)),
            bounds: F::Bounds::default(),
            pause: Pause::Ended,
            suspended: F::start(main),
            outcome: Ok(V::default()),
        }
    }

    /// Makes room for the program's own call. `slots` has the capacity.
    #[inline(always)]
    pub(super) fn make_first_room(&mut self, slots: &mut Vec<V>) {
        let main = &self.bodies[FunctionId::MAIN.index()];
        slots.push(V::default());
        let length = FIRST_LOCAL + main.shape().slots as usize;
        F::lengthen(slots, &self.suspended, length, length)
            .and_then(|()| self.frames.lengthen(1))
            .expect("there is memory for one call");
    }

    /// Enters the function that waits, if there is one.
    #[inline(always)]
    pub(super) fn resume<S: State<'c, V, Form = F>>(&mut self, state: &mut S) {
        if let Some((called, arguments)) = self.waiting.take() {
            self.enter(state, called, arguments);
        }
    }

    /// Enters a function for which there is room.
    #[inline(always)]
    pub(super) fn enter<S: State<'c, V, Form = F>>(
        &mut self,
        state: &mut S,
        called: &'c F::Body,
        arguments: usize,
    ) {
        let caller = state.enter(called, arguments);
        self.frames.push(Frame {
            body: called,
            caller,
        });
    }

    /// Whether a call that counts for so much is too deep.
    pub(super) fn is_too_deep(&self, weight: u32) -> bool {
        self.depth() + u64::from(weight) > self.depth_limit
    }

    /// What the calls under way count for.
    fn depth(&self) -> u64 {
        u64::from(self.granted - self.remaining)
    }

    /// Pauses to make room for a call.
    #[cold]
    #[inline(never)]
    pub(super) fn wait(&mut self, called: &'c F::Body, arguments: usize) -> Pause {
        self.waiting = Some((called, arguments));
        Pause::NoRoom
    }

    /// Makes room for the call that waits, and for as many as there were besides. False if the system has
    /// no memory for it, which ends the run.
    pub(super) fn make_room(&mut self, slots: &mut Vec<V>) -> bool {
        let bodies = self.bodies;
        let waits = |(called, _): (&F::Body, usize)| u64::from(called.shape().weight);
        let weight = self.waiting.map_or(0, waits);
        let needed = self.depth() + weight;
        let more = (2 * u64::from(self.granted)).max(FIRST_GRANT);
        let granted = needed.max(more.min(self.depth_limit));
        let extent = *self
            .extent
            .get_or_insert_with(|| Extent::of(bodies.iter().map(Callable::shape)));
        // The program's own frame comes first.
        let main = FIRST_LOCAL as u64 + u64::from(bodies[FunctionId::MAIN.index()].shape().slots);
        let length = main + granted * extent.waiting + extent.running;
        // Each call counts for one at least.
        if let (Ok(granted), Ok(length)) = (u32::try_from(granted), usize::try_from(length))
            && F::lengthen(slots, &self.suspended, length, extent.running as usize).is_ok()
            && self.frames.lengthen(1 + granted as usize).is_ok()
        {
            self.remaining = self.remaining + (granted - self.granted) - weight as u32;
            self.granted = granted;
            return true;
        }
        self.fail_with(ErrorKind::OutOfMemory(Shortage::System));
        false
    }

    /// Tells the meter of an instruction whose opcode has been fetched.
    #[inline(always)]
    pub(super) fn dispatched<S: State<'c, V, Form = F>>(&mut self, opcode: u8, state: &S) {
        // What the closure borrows it must not copy: even an unused copy moves the optimizer to
        // other registers.
        let (bodies, body) = (&self.bodies, &self.frames.running().body);
        self.session.meter.dispatch(opcode, || {
            let number = bodies.element_offset(body);
            let number = number.expect("the function is one of this program's");
            Position {
                function: u32::try_from(number).expect("functions are numbered in 32 bits"),
                offset: u32::try_from(state.offset(body) - 1).expect("code is smaller than 4 GiB"),
            }
        });
    }

    /// Ends the run with an error of the instruction that runs, whose state has been suspended.
    #[allow(
        clippy::boxed_local,
        reason = "a word, not the error, is what is handed over"
    )]
    #[cold]
    #[inline(never)]
    pub(super) fn fail(&mut self, raised: Raised) -> Pause {
        self.outcome = Err(RuntimeError {
            kind: *raised,
            span: self.span(),
            calls: self.calls(),
        });
        Pause::Ended
    }

    /// The expression of the instruction that runs.
    fn span(&self) -> Span {
        let body = self.frames.running().body;
        let function = &self.code.functions[self.number(body).index()];
        function.span_before(F::offset(&self.suspended, body))
    }

    /// The calls under way.
    fn calls(&self) -> Calls {
        let mut calls = Calls::default();
        for pair in self.frames.all().windows(2).rev() {
            let [waiting, called] = pair else {
                unreachable!("windows are as long as one asks for");
            };
            let offset = F::call_offset(&called.caller, waiting.body);
            let function = &self.code.functions[self.number(waiting.body).index()];
            let span = function.span_before(offset);
            calls.add(&self.code.text, self.number(called.body), span);
        }
        calls
    }

    /// As [`Execution::fail`], out of the way of what doesn't.
    #[cold]
    #[inline(never)]
    pub(super) fn fail_with(&mut self, kind: ErrorKind) -> Pause {
        self.fail(kind.into())
    }

    /// Ends the run with the error of a global that is used before its `let` has run: the expression
    /// is its name.
    #[cold]
    #[inline(never)]
    pub(super) fn fail_unset_global(&mut self) -> Pause {
        let name = self.code.text.at(self.span());
        self.fail_with(ErrorKind::IdentifierNotFound(name.into()))
    }

    /// Ends the run with its value.
    #[inline(always)]
    pub(super) fn finish(&mut self, value: V) -> Pause {
        self.outcome = Ok(value);
        Pause::Ended
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
pub(super) fn not_an_instruction(opcode: u8) -> ! {
    unreachable!("the machine has no instruction {opcode}");
}
