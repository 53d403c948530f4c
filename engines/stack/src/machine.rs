//! The stack machine: its state, and the loop that fetches, decodes and executes.
//!
//! While a function runs, the loop holds in local variables what every instruction needs: the
//! instruction pointer, the frame's slots, and the stack pointer within them. They move to and from
//! the stack of callers at calls and returns only.
//!
//! A frame lies on the one stack of values: the function that runs, then parameters and `let`s, then
//! operands up to `sp`. A slot at or above `sp` holds `null`, so that a value's last use in the stack
//! is its last reference there.

mod faults;

use std::io::Write;
use std::mem;

use runtime::{
    Closure, ErrorKind, Integers, Limits, Meter, Raised, RuntimeError, Session, Value, View,
    builtins, memory, operators,
};
use syntax::{Builtin, FunctionId, InfixOp, PrefixOp};

use crate::code::{Code, Function};
use crate::integer_cache::{Cached, IntegerCache};
use crate::isa::{Opcode, byte};
use crate::optimizations::Optimizations;
use faults::{failure, not_an_instruction, unset_global};

/// The least number of slots of a new machine's stack. It grows as calls need it.
const INITIAL_SLOTS: usize = 64;

/// A machine, ready to run its code once.
#[derive(Debug)]
pub struct Machine<'c, V: Value> {
    code: &'c Code<V>,
    pool: &'c V::Pool,
    integers: &'c IntegerCache<V>,
    limits: Limits,
    slots: Vec<V>,
    globals: Vec<V>,
}

/// The slot of a frame that holds the function that runs.
const CALLEE: usize = 0;

/// The first slot of a frame for parameters and `let`s.
const FIRST_LOCAL: usize = 1;

/// What a call saves of its caller.
#[derive(Clone, Copy, Debug)]
struct Caller<'c> {
    function: &'c Function,
    next: &'c [u8],
    base: usize,
}

impl<'c, V: Value> Machine<'c, V> {
    /// A fresh machine.
    pub(crate) fn new(
        code: &'c Code<V>,
        pool: &'c V::Pool,
        integers: &'c IntegerCache<V>,
        limits: &Limits,
    ) -> Self {
        let slots = INITIAL_SLOTS.max(FIRST_LOCAL + code.main().slots as usize);
        Self {
            code,
            pool,
            integers,
            limits: *limits,
            slots: vec![V::default(); slots],
            globals: vec![V::default(); code.program.global_count()],
        }
    }

    /// Runs the code. `OPT` is the set of optimizations that the loop knows of, as bits.
    ///
    /// # Errors
    /// What the program did wrong, or the limit that it ran into.
    pub(crate) fn execute<M: Meter, const OPT: u8>(
        &mut self,
        meter: &mut M,
        output: &mut dyn Write,
    ) -> Result<V, RuntimeError> {
        let Self {
            code,
            pool,
            integers,
            limits,
            slots: all_slots,
            globals,
        } = self;
        let code = *code;
        let constants = &*code.constants;
        let depth_limit = u64::from(limits.depth);
        let _limit = memory::limit(limits.memory);
        let mut session = Session::new(
            &code.program,
            *pool,
            Cached::<V, OPT>::new(integers),
            limits,
            meter,
            output,
        );
        let globals = globals.as_mut_slice();
        let mut callers: Vec<Caller<'c>> = Vec::new();
        let mut depth = 0_u64;
        // Globals come to be set in the order of their numbers.
        let mut globals_set = 0_usize;

        let mut function = code.main();
        // The instruction pointer: what is left of the function's code.
        let mut next = &*function.code;
        let mut base = 0_usize;
        let mut frame = all_slots.as_mut_slice();
        let mut sp = FIRST_LOCAL + function.locals as usize;

        /// Gives the instruction's operand of some number of bytes, and moves on.
        macro_rules! operand {
            ($number:ident) => {{
                match next.split_first_chunk() {
                    Some((bytes, rest)) => {
                        next = rest;
                        $number::from_le_bytes(*bytes) as usize
                    }
                    None => not_an_instruction(function, next),
                }
            }};
        }
        macro_rules! jump {
            ($target:expr) => {{
                let target = $target;
                next = &function.code[target..];
            }};
        }
        macro_rules! push {
            ($value:expr) => {{
                let value = $value;
                // The slot holds `null`, which needs no drop.
                mem::forget(mem::replace(&mut frame[sp], value));
                sp += 1;
            }};
        }
        macro_rules! pop {
            () => {{
                sp -= 1;
                mem::take(&mut frame[sp])
            }};
        }
        /// The value, or the end of the run with the error at this instruction.
        macro_rules! attempt {
            ($result:expr) => {
                match $result {
                    Ok(value) => value,
                    Err(raised) => return Err(failure(function, next, *raised)),
                }
            };
        }
        /// Drops the top.
        macro_rules! drop_top {
            () => {{
                sp -= 1;
                frame[sp] = V::default();
            }};
        }
        /// Replaces two operands by what the operator makes of them.
        macro_rules! infix {
            ($op:ident) => {{
                let right = pop!();
                let left = &mut frame[sp - 1];
                attempt!(operators::infix(&mut session, InfixOp::$op, left, &right));
            }};
        }
        /// As `infix`, with the right operand from the constants.
        macro_rules! infix_constant {
            ($op:ident) => {{
                let right = &constants[operand!(u16)];
                let left = &mut frame[sp - 1];
                attempt!(operators::infix(&mut session, InfixOp::$op, left, right));
            }};
        }
        /// Replaces a proven integer by what the operator makes of it and another.
        macro_rules! integer_infix_at {
            ($op:ident, $left:expr, $right:expr) => {{
                let left: &mut V = $left;
                let value = left.integer_or_any();
                attempt!(operators::integer_infix_at(
                    &mut session,
                    InfixOp::$op,
                    left,
                    value,
                    $right,
                ));
            }};
        }
        /// As `infix`, on proven integers.
        macro_rules! infix_integers {
            ($op:ident) => {{
                let right = pop!().integer_or_any();
                integer_infix_at!($op, &mut frame[sp - 1], right);
            }};
        }
        /// As `infix_constant`, on proven integers.
        macro_rules! infix_integer_constant {
            ($op:ident) => {{
                let right = constants[operand!(u16)].integer_or_any();
                integer_infix_at!($op, &mut frame[sp - 1], right);
            }};
        }
        /// Pushes what an operator makes of a local and a constant.
        macro_rules! infix_local_constant {
            ($op:ident) => {{
                let left = FIRST_LOCAL + operand!(u16);
                let right = &constants[operand!(u16)];
                push!(attempt!(operators::infix_ref(
                    &mut session,
                    InfixOp::$op,
                    &frame[left],
                    right,
                )));
            }};
        }
        /// As `infix_local_constant`, on proven integers.
        macro_rules! infix_local_integer_constant {
            ($op:ident) => {{
                let left = frame[FIRST_LOCAL + operand!(u16)].integer_or_any();
                let right = constants[operand!(u16)].integer_or_any();
                push!(attempt!(operators::integer_infix(
                    &mut session,
                    InfixOp::$op,
                    left,
                    right,
                )));
            }};
        }
        /// Pops two operands and jumps unless the comparison holds.
        macro_rules! jump_unless {
            ($op:ident) => {{
                let target = operand!(u32);
                let right = pop!();
                let left = pop!();
                if !attempt!(operators::compare(
                    &mut session,
                    InfixOp::$op,
                    &left,
                    &right
                )) {
                    jump!(target);
                }
            }};
        }
        /// Jumps unless the comparison of a local with a constant holds.
        macro_rules! jump_unless_local_constant {
            ($op:ident) => {{
                let left = &frame[FIRST_LOCAL + operand!(u16)];
                let right = &constants[operand!(u16)];
                let target = operand!(u32);
                if !attempt!(operators::compare(&mut session, InfixOp::$op, left, right)) {
                    jump!(target);
                }
            }};
        }
        /// As `jump_unless`, on proven integers.
        macro_rules! jump_unless_integers {
            ($op:ident) => {{
                let target = operand!(u32);
                let right = pop!().integer_or_any();
                let left = pop!().integer_or_any();
                if !operators::integer_compare(InfixOp::$op, left, right) {
                    jump!(target);
                }
            }};
        }
        /// As `jump_unless_local_constant`, on proven integers.
        macro_rules! jump_unless_local_integer_constant {
            ($op:ident) => {{
                let left = frame[FIRST_LOCAL + operand!(u16)].integer_or_any();
                let right = constants[operand!(u16)].integer_or_any();
                let target = operand!(u32);
                if !operators::integer_compare(InfixOp::$op, left, right) {
                    jump!(target);
                }
            }};
        }
        /// Runs `body` if the optimizations that the opcode needs are on; else the arm is the same
        /// as that of a byte that is no opcode, and no trace of `body` is left.
        macro_rules! when {
            ($opcode:ident, $body:expr) => {
                if const { Optimizations::from_bits(OPT).contains(Opcode::$opcode.needs()) } {
                    $body
                } else {
                    not_an_instruction(function, next)
                }
            };
        }

        loop {
            let Some((&opcode, rest)) = next.split_first() else {
                not_an_instruction(function, next);
            };
            next = rest;
            // What the closure borrows it must not copy: even an unused copy moves the optimizer to
            // other registers.
            session
                .meter
                .dispatch(opcode, || code.position(function, next));
            match opcode {
                byte::Constant => push!(constants[operand!(u16)].clone()),
                byte::ConstantWide => push!(constants[operand!(u32)].clone()),
                byte::Null => push!(V::default()),
                byte::True => push!(session.boolean(true)),
                byte::False => push!(session.boolean(false)),
                byte::Pop => drop_top!(),

                byte::Add => infix!(Add),
                byte::Sub => infix!(Subtract),
                byte::Mul => infix!(Multiply),
                byte::Div => infix!(Divide),
                byte::Less => infix!(Less),
                byte::Greater => infix!(Greater),
                byte::Equal => infix!(Equal),
                byte::NotEqual => infix!(NotEqual),
                byte::Negate => {
                    let operand = mem::take(&mut frame[sp - 1]);
                    frame[sp - 1] =
                        attempt!(operators::prefix(&mut session, PrefixOp::Negate, operand));
                }
                byte::Not => {
                    let operand = mem::take(&mut frame[sp - 1]);
                    frame[sp - 1] =
                        attempt!(operators::prefix(&mut session, PrefixOp::Not, operand));
                }
                byte::Index => {
                    let index = pop!();
                    frame[sp - 1] =
                        attempt!(operators::index(&mut session, &frame[sp - 1], &index));
                }

                byte::GetLocal => {
                    let slot = FIRST_LOCAL + operand!(u16);
                    push!(frame[slot].clone());
                }
                byte::SetLocal => {
                    let slot = FIRST_LOCAL + operand!(u16);
                    frame[slot] = pop!();
                }
                byte::GetGlobal => push!(globals[operand!(u32)].clone()),
                byte::GetForwardGlobal => {
                    let global = operand!(u32);
                    if global >= globals_set {
                        return Err(unset_global(&code.program, function, next));
                    }
                    push!(globals[global].clone());
                }
                byte::SetGlobal => {
                    let global = operand!(u32);
                    globals[global] = pop!();
                    globals_set = global + 1;
                }
                byte::GetCaptured => {
                    let captured = running(frame).captures[operand!(u16)].clone();
                    push!(captured);
                }
                byte::GetBuiltin => {
                    let builtin = Builtin::ALL[operand!(u8)];
                    push!(session.builtin(builtin));
                }
                byte::CurrentClosure => push!(frame[CALLEE].clone()),

                byte::MakeArray => {
                    let first = sp - operand!(u32);
                    let array =
                        attempt!(operators::make_array(&mut session, &mut frame[first..sp]));
                    sp = first;
                    push!(array);
                }
                byte::MakeHash => {
                    let first = sp - operand!(u32);
                    let hash = attempt!(operators::make_hash(&mut session, &mut frame[first..sp]));
                    clear(&mut frame[first..sp]);
                    sp = first;
                    push!(hash);
                }
                byte::MakeClosure => {
                    let id = FunctionId(operand!(u32) as u32);
                    let first = sp - operand!(u16);
                    let captures = frame[first..sp].iter_mut().map(mem::take).collect();
                    sp = first;
                    let closure = attempt!(Closure::new(id, captures));
                    push!(session.function(closure));
                }

                // The operand's end is no matter to a jump that is always taken.
                #[allow(unused_assignments)]
                byte::Jump => jump!(operand!(u32)),
                byte::JumpIfFalse => {
                    let target = operand!(u32);
                    let holds = frame[sp - 1].is_truthy();
                    drop_top!();
                    if !holds {
                        jump!(target);
                    }
                }
                byte::Call => {
                    let arguments = operand!(u16);
                    let callee = sp - 1 - arguments;
                    attempt!(session.fuel.call());
                    let Some(closure) = frame[callee].as_closure() else {
                        let result = attempt!(call_builtin(&mut session, &mut frame[callee..sp]));
                        clear(&mut frame[callee + 1..sp]);
                        frame[callee] = result;
                        sp = callee + 1;
                        continue;
                    };
                    let called = &code.functions[closure.function.index()];
                    if called.arity as usize != arguments {
                        return Err(failure(
                            function,
                            next,
                            ErrorKind::WrongArity {
                                want: called.arity,
                                got: arguments as u32,
                            },
                        ));
                    }
                    depth += u64::from(called.weight);
                    if depth > depth_limit {
                        return Err(failure(function, next, ErrorKind::StackOverflow));
                    }
                    session.meter.call();
                    callers.push(Caller {
                        function,
                        next,
                        base,
                    });
                    function = called;
                    next = &function.code;
                    base += callee;
                    sp = FIRST_LOCAL + function.locals as usize;
                    frame = frame_at(all_slots, base, FIRST_LOCAL + function.slots as usize);
                }
                byte::Return => {
                    let result = pop!();
                    let Some(caller) = callers.pop() else {
                        return Ok(result);
                    };
                    clear(&mut frame[FIRST_LOCAL..sp]);
                    frame[CALLEE] = result;
                    depth -= u64::from(function.weight);
                    function = caller.function;
                    next = caller.next;
                    sp = base - caller.base + 1;
                    base = caller.base;
                    frame = &mut all_slots[base..];
                }

                byte::AddConst => when!(AddConst, infix_constant!(Add)),
                byte::SubConst => when!(SubConst, infix_constant!(Subtract)),
                byte::MulConst => when!(MulConst, infix_constant!(Multiply)),
                byte::DivConst => when!(DivConst, infix_constant!(Divide)),
                byte::LessConst => when!(LessConst, infix_constant!(Less)),
                byte::GreaterConst => when!(GreaterConst, infix_constant!(Greater)),
                byte::EqualConst => when!(EqualConst, infix_constant!(Equal)),
                byte::NotEqualConst => when!(NotEqualConst, infix_constant!(NotEqual)),
                byte::IndexConst => when!(IndexConst, {
                    let index = &constants[operand!(u16)];
                    frame[sp - 1] = attempt!(operators::index(&mut session, &frame[sp - 1], index));
                }),

                byte::AddInt => when!(AddInt, infix_integers!(Add)),
                byte::SubInt => when!(SubInt, infix_integers!(Subtract)),
                byte::MulInt => when!(MulInt, infix_integers!(Multiply)),
                byte::DivInt => when!(DivInt, infix_integers!(Divide)),
                byte::LessInt => when!(LessInt, infix_integers!(Less)),
                byte::GreaterInt => when!(GreaterInt, infix_integers!(Greater)),
                byte::EqualInt => when!(EqualInt, infix_integers!(Equal)),
                byte::NotEqualInt => when!(NotEqualInt, infix_integers!(NotEqual)),
                byte::NegateInt => when!(NegateInt, {
                    let operand = frame[sp - 1].integer_or_any();
                    frame[sp - 1] = operators::integer_negate(&mut session, operand);
                }),

                byte::AddIntConst => when!(AddIntConst, infix_integer_constant!(Add)),
                byte::SubIntConst => when!(SubIntConst, infix_integer_constant!(Subtract)),
                byte::MulIntConst => when!(MulIntConst, infix_integer_constant!(Multiply)),
                byte::DivIntConst => when!(DivIntConst, infix_integer_constant!(Divide)),
                byte::LessIntConst => when!(LessIntConst, infix_integer_constant!(Less)),
                byte::GreaterIntConst => when!(GreaterIntConst, infix_integer_constant!(Greater)),
                byte::EqualIntConst => when!(EqualIntConst, infix_integer_constant!(Equal)),
                byte::NotEqualIntConst => {
                    when!(NotEqualIntConst, infix_integer_constant!(NotEqual));
                }

                byte::GetLocalAddConst => when!(GetLocalAddConst, infix_local_constant!(Add)),
                byte::GetLocalSubConst => when!(GetLocalSubConst, infix_local_constant!(Subtract)),
                byte::GetGlobalIndexConst => when!(GetGlobalIndexConst, {
                    let object = &globals[operand!(u32)];
                    let index = &constants[operand!(u16)];
                    push!(attempt!(operators::index(&mut session, object, index)));
                }),
                byte::JumpIfNotLess => when!(JumpIfNotLess, jump_unless!(Less)),
                byte::JumpIfNotGreater => when!(JumpIfNotGreater, jump_unless!(Greater)),
                byte::JumpIfNotEqual => when!(JumpIfNotEqual, jump_unless!(Equal)),
                byte::JumpIfLocalNotLessConst => {
                    when!(JumpIfLocalNotLessConst, jump_unless_local_constant!(Less));
                }
                byte::JumpIfLocalNotGreaterConst => {
                    when!(
                        JumpIfLocalNotGreaterConst,
                        jump_unless_local_constant!(Greater)
                    );
                }
                byte::JumpIfLocalNotEqualConst => {
                    when!(JumpIfLocalNotEqualConst, jump_unless_local_constant!(Equal));
                }
                byte::JumpIfNotLessInt => when!(JumpIfNotLessInt, jump_unless_integers!(Less)),
                byte::JumpIfLocalNotLessIntConst => {
                    when!(
                        JumpIfLocalNotLessIntConst,
                        jump_unless_local_integer_constant!(Less)
                    );
                }
                byte::JumpIfNotGreaterInt => {
                    when!(JumpIfNotGreaterInt, jump_unless_integers!(Greater))
                }
                byte::JumpIfLocalNotGreaterIntConst => {
                    when!(
                        JumpIfLocalNotGreaterIntConst,
                        jump_unless_local_integer_constant!(Greater)
                    );
                }
                byte::JumpIfNotEqualInt => when!(JumpIfNotEqualInt, jump_unless_integers!(Equal)),
                byte::JumpIfLocalNotEqualIntConst => {
                    when!(
                        JumpIfLocalNotEqualIntConst,
                        jump_unless_local_integer_constant!(Equal)
                    );
                }
                byte::GetLocalAddIntConst => {
                    when!(GetLocalAddIntConst, infix_local_integer_constant!(Add));
                }
                byte::GetLocalSubIntConst => {
                    when!(GetLocalSubIntConst, infix_local_integer_constant!(Subtract));
                }

                _ => not_an_instruction(function, next),
            }
        }
    }
}

/// The function that runs.
#[inline(always)]
fn running<V: Value>(frame: &[V]) -> &Closure<V> {
    frame[CALLEE]
        .as_closure()
        .expect("only a function captures, and it stands in its frame")
}

/// Sets slots that are no longer in use to `null`.
#[inline(always)]
fn clear<V: Value>(slots: &mut [V]) {
    for slot in slots {
        *slot = V::default();
    }
}

/// Calls what is no function: the callee is followed by its arguments.
#[inline(never)]
fn call_builtin<V: Value, M: Meter, I: Integers<V>>(
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

/// The stack from `base` on, with room for at least `slots` slots.
#[inline(always)]
fn frame_at<V: Value>(stack: &mut Vec<V>, base: usize, slots: usize) -> &mut [V] {
    if base + slots > stack.len() {
        grow(stack, base + slots);
    }
    &mut stack[base..]
}

/// Makes the stack at least `needed` slots long.
#[cold]
#[inline(never)]
fn grow<V: Value>(stack: &mut Vec<V>, needed: usize) {
    stack.resize(needed.max(2 * stack.len()), V::default());
}
