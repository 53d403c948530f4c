//! What each instruction does: written once, for every representation of values, every way to hold
//! the state, and every way to get from one instruction to the next.
//!
//! An instruction's operands are fetched in the order in which they stand. Nothing here is told how
//! they are encoded, where the stack lies, or whether accesses are checked: that is the state's
//! matter ([`State`]). All of it is inlined where a strategy dispatches to it.
//!
//! Where a strategy has a function for each instruction, a call within it, however rare, would make it
//! save registers each time. So an instruction may be compiled twice: whole, and `THIN`, which
//! is what it does in the usual case; where `general!` stands, the thin form gives up before it has changed
//! anything that matters, and the whole one does it all. Types are not verified: so an operand that is proven to be an
//! integer is dropped as any other is, and what is thin asks for its type once, before that, instead.

use std::hint;

use runtime::{ErrorKind, Meter, Value, View, operators};
use syntax::{Builtin, FunctionId, InfixOp, PrefixOp};

use super::execution::{Execution, Step, call_builtin, make_closure};
use super::state::{Callable as _, Frame, Frames as _, State};
use crate::isa::{Opcode, op};

/// The semantics of an instruction whose opcode has been fetched.
pub(super) trait Instruction {
    /// Executes it. No reference to the state or to a local variable may be given to what is not inlined:
    /// the state would have to live in memory, and a call at the end of a handler could not be a jump.
    fn execute<'c, V: Value, M: Meter, S: State<'c, V>, const OPT: u32, const THIN: bool>(
        state: &mut S,
        execution: &mut Execution<'_, 'c, V, M, S::Form, OPT>,
    ) -> Step;
}

/// Implements instructions: `s` is the state, `x` the execution.
macro_rules! instructions {
    ($($name:ident: |$s:ident, $x:ident| $body:block)*) => {
        $(impl Instruction for op::$name {
            #[inline(always)]
            fn execute<'c, V: Value, M: Meter, S: State<'c, V>, const OPT: u32, const THIN: bool>(
                $s: &mut S,
                $x: &mut Execution<'_, 'c, V, M, S::Form, OPT>,
            ) -> Step {
                $body
                Step::Next
            }
        })*
    };
}

/// Leaves the rest to the whole form, under a condition. That doesn't ask.
macro_rules! general {
    (if $condition:expr) => {
        if THIN && $condition {
            return Step::General;
        }
    };
}

/// The value, or the end of the run with the error at this instruction.
macro_rules! attempt {
    ($s:ident, $x:ident, $result:expr) => {
        match $result {
            Ok(value) => value,
            Err(raised) => {
                general!(if true);
                $x.suspended = $s.suspend($x.bounds);
                return Step::Pause($x.fail(raised));
            }
        }
    };
}

/// `object[index]`. What is thin has made sure that it is an array's element.
macro_rules! indexed {
    ($s:ident, $x:ident, $object:expr, $index:expr) => {
        if THIN {
            operators::element($object, $index)
        } else {
            attempt!($s, $x, operators::index(&mut $x.session, $object, $index))
        }
    };
}

/// Ends the run with an error at this instruction.
macro_rules! fail {
    ($s:ident, $x:ident, $kind:expr) => {{
        general!(if true);
        $x.suspended = $s.suspend($x.bounds);
        return Step::Pause($x.fail_with($kind));
    }};
}

/// Jumps unless a condition holds.
///
/// The hint keeps this a branch, which a processor predicts. Chosen without one, where to go on would depend on the
/// values that are compared, and nothing could be fetched before these are there.
macro_rules! jump_unless {
    ($s:ident, $holds:expr, $distance:expr) => {
        if !$holds {
            hint::cold_path();
            $s.jump($distance);
        }
    };
}

instructions! {
    Constant: |s, x| { let k = s.operand_16(); s.push(S::at(x.constants, k).clone()); }
    ConstantWide: |s, x| { let k = s.operand_32(); s.push(S::at(x.constants, k).clone()); }
    Null: |s, _x| { s.push(V::default()); }
    True: |s, x| { let value = x.session.boolean(true); s.push(value); }
    False: |s, x| { let value = x.session.boolean(false); s.push(value); }
    Pop: |s, _x| {
        general!(if s.top().is_last_reference());
        s.drop_top();
    }
    Not: |s, x| {
        general!(if s.top().is_last_reference());
        let result = operators::prefix(&mut x.session, PrefixOp::Not, s.top());
        S::replace(s.top(), attempt!(s, x, result));
    }
    Negate: |s, x| {
        general!(if s.top().as_integer().is_none());
        let result = operators::prefix(&mut x.session, PrefixOp::Negate, s.top());
        S::replace(s.top(), attempt!(s, x, result));
    }
    NegateInt: |s, x| {
        general!(if s.top().as_integer().is_none());
        let operand = s.top().integer_or_any();
        S::replace(s.top(), operators::integer_negate(&mut x.session, operand));
    }
    Index: |s, x| {
        let (object, index) = s.top_two();
        general!(if !is_element(object, index) || object.is_last_reference());
        S::replace(object, indexed!(s, x, object, index));
        s.drop_top();
    }
    IndexConst: |s, x| {
        let k = s.operand_16();
        let index = S::at(x.constants, k);
        general!(if !is_element(s.top(), index) || s.top().is_last_reference());
        let element = indexed!(s, x, s.top(), index);
        S::replace(s.top(), element);
    }
    GetLocal: |s, _x| { let l = s.operand_16(); let value = s.local(l).clone(); s.push(value); }
    SetLocal: |s, _x| {
        let l = s.operand_16();
        general!(if s.local(l).is_last_reference());
        let value = s.pop();
        S::replace(s.local_mut(l), value);
    }
    GetGlobal: |s, x| { let g = s.operand_32(); s.push(S::at(x.globals, g).clone()); }
    GetForwardGlobal: |s, x| {
        let global = s.operand_32();
        if global >= x.globals_set {
            general!(if true);
            x.suspended = s.suspend(x.bounds);
            return Step::Pause(x.fail_unset_global());
        }
        s.push(S::at(x.globals, global).clone());
    }
    SetGlobal: |s, x| {
        let g = s.operand_32();
        general!(if S::at(x.globals, g).is_last_reference());
        S::replace(S::at_mut(x.globals, g), s.pop());
        x.globals_set = g + 1;
    }
    GetCaptured: |s, _x| {
        let c = s.operand_16();
        let running = s.callee().as_closure().expect("only a function captures, and it stands in its frame");
        let value = S::at(&running.captures, c).clone();
        s.push(value);
    }
    GetBuiltin: |s, x| {
        let builtin = Builtin::ALL[s.operand_8()];
        let value = x.session.builtin(builtin);
        s.push(value);
    }
    CurrentClosure: |s, _x| { let value = s.callee().clone(); s.push(value); }
    MakeArray: |s, x| {
        general!(if true);
        let count = s.operand_32();
        let array = attempt!(s, x, operators::make_array(&mut x.session, s.top_many(count)));
        s.forget(count);
        s.push(array);
    }
    MakeHash: |s, x| {
        general!(if true);
        let count = s.operand_32();
        let hash = attempt!(s, x, operators::make_hash(&mut x.session, s.top_many(count)));
        s.drop_many(count);
        s.push(hash);
    }
    MakeClosure: |s, x| {
        general!(if true);
        let id = FunctionId(s.operand_32() as u32);
        let count = s.operand_16();
        let closure = attempt!(s, x, make_closure(&mut x.session, id, s.top_many(count)));
        s.forget(count);
        s.push(closure);
    }
    Jump: |s, _x| { let t = s.operand_32(); s.jump(t); }
    JumpIfFalse: |s, _x| {
        let t = s.operand_32();
        general!(if s.top().is_last_reference());
        let holds = s.top().is_truthy();
        s.drop_top();
        jump_unless!(s, holds, t);
    }
    Call: |s, x| {
        let arguments = s.operand_16();
        let Some(fuel) = x.session.fuel.after_call() else {
            fail!(s, x, ErrorKind::OutOfFuel);
        };
        let Some(closure) = s.under(arguments).as_closure() else {
            general!(if true);
            x.session.fuel = fuel;
            let result = call_builtin(&mut x.session, s.top_many(arguments + 1));
            let result = attempt!(s, x, result);
            s.drop_many(arguments);
            S::replace(s.top(), result);
            return Step::Next;
        };
        let called = S::at(x.bodies, closure.function.index());
        let shape = called.shape();
        if shape.arity != arguments as u32 {
            fail!(s, x, ErrorKind::WrongArity { want: shape.arity, got: arguments as u32 });
        }
        let remaining = x.remaining.checked_sub(shape.weight);
        let Some(remaining) = remaining.filter(|_| s.has_room(arguments, shape.slots)) else {
            general!(if true);
            if x.is_too_deep(shape.weight) {
                fail!(s, x, ErrorKind::StackOverflow);
            }
            x.session.fuel = fuel;
            x.session.meter.call();
            x.suspended = s.suspend(x.bounds);
            return Step::Pause(x.wait(called, arguments));
        };
        x.session.fuel = fuel;
        x.session.meter.call();
        x.remaining = remaining;
        x.enter(s, called, arguments);
    }
    Return: |s, x| {
        if !s.leave::<THIN>() {
            return Step::General;
        }
        let Frame { body, caller } = *x.frames.running();
        x.frames.pop();
        s.go_back(caller);
        // The program's own call hasn't counted, and nothing is called after its return.
        x.remaining = x.remaining.wrapping_add(body.shape().weight);
    }
    GetGlobalIndexConst: |s, x| {
        let g = s.operand_32();
        let (object, index) = (S::at(x.globals, g), S::at(x.constants, s.operand_16()));
        general!(if !is_element(object, index));
        let value = indexed!(s, x, object, index);
        s.push(value);
    }
}

/// What follows when the program itself has returned: it leaves its value where the function that was called
/// lay, and nothing under it.
pub(super) struct End;

/// Its opcode, which no code has.
pub(super) const END: u8 = Opcode::ALL.len() as u8;

impl Instruction for End {
    #[inline(always)]
    fn execute<'c, V: Value, M: Meter, S: State<'c, V>, const OPT: u32, const THIN: bool>(
        state: &mut S,
        execution: &mut Execution<'_, 'c, V, M, S::Form, OPT>,
    ) -> Step {
        general!(if true);
        let value = state.pop();
        execution.suspended = state.suspend(execution.bounds);
        Step::Pause(execution.finish(value))
    }
}

/// What operators do without a call.
#[inline(always)]
fn are_integers<V: Value>(left: &V, right: &V) -> bool {
    left.as_integer().is_some() && right.as_integer().is_some()
}

/// What indexing does without a call.
#[inline(always)]
fn is_element<V: Value>(object: &V, index: &V) -> bool {
    matches!(object.view(), View::Array(_)) && index.as_integer().is_some()
}

/// Implements operators on two operands: as they are, with a constant on the right, on proven
/// integers, and on a proven integer with a constant one.
macro_rules! infix_instructions {
    ($($plain:ident $constant:ident $integers:ident $integer_constant:ident: $operator:ident;)*) => {
        instructions! {$(
            $plain: |s, x| {
                let (left, right) = s.top_two();
                general!(if !are_integers(left, right));
                let done = operators::infix::<_, _, _, S>(&mut x.session, InfixOp::$operator, left, right);
                attempt!(s, x, done);
                s.drop_top();
            }
            $constant: |s, x| {
                let right = S::at(x.constants, s.operand_16());
                general!(if !are_integers(s.top(), right));
                let done = operators::infix::<_, _, _, S>(&mut x.session, InfixOp::$operator, s.top(), right);
                attempt!(s, x, done);
            }
            $integers: |s, x| {
                let (left, right) = s.top_two();
                general!(if !are_integers(left, right));
                let (value, right) = (left.integer_or_any(), right.integer_or_any());
                let done = operators::integer_infix_at::<_, _, _, S>(
                    &mut x.session, InfixOp::$operator, left, value, right,
                );
                attempt!(s, x, done);
                s.drop_top();
            }
            $integer_constant: |s, x| {
                let right = S::at(x.constants, s.operand_16()).integer_or_any();
                let left = s.top();
                general!(if left.as_integer().is_none());
                let value = left.integer_or_any();
                let done = operators::integer_infix_at::<_, _, _, S>(
                    &mut x.session, InfixOp::$operator, left, value, right,
                );
                attempt!(s, x, done);
            }
        )*}
    };
}

infix_instructions! {
    Add AddConst AddInt AddIntConst: Add;
    Sub SubConst SubInt SubIntConst: Subtract;
    Mul MulConst MulInt MulIntConst: Multiply;
    Div DivConst DivInt DivIntConst: Divide;
    Less LessConst LessInt LessIntConst: Less;
    Greater GreaterConst GreaterInt GreaterIntConst: Greater;
    Equal EqualConst EqualInt EqualIntConst: Equal;
    NotEqual NotEqualConst NotEqualInt NotEqualIntConst: NotEqual;
}

/// Implements operators on a local and a constant: on any values, and on proven integers.
macro_rules! local_constant_instructions {
    ($($any:ident $integers:ident: $operator:ident;)*) => {
        instructions! {$(
            $any: |s, x| {
                let local = s.operand_16();
                let right = S::at(x.constants, s.operand_16());
                let left = s.local(local);
                general!(if !are_integers(left, right));
                let result = operators::infix_ref(&mut x.session, InfixOp::$operator, left, right);
                let value = attempt!(s, x, result);
                s.push(value);
            }
            $integers: |s, x| {
                let local = s.operand_16();
                let left = s.local(local).integer_or_any();
                let right = S::at(x.constants, s.operand_16()).integer_or_any();
                let result = operators::integer_infix(&mut x.session, InfixOp::$operator, left, right);
                let value = attempt!(s, x, result);
                s.push(value);
            }
        )*}
    };
}

local_constant_instructions! {
    GetLocalAddConst GetLocalAddIntConst: Add;
    GetLocalSubConst GetLocalSubIntConst: Subtract;
}

/// Implements jumps that are taken unless a comparison holds: of two operands, of two proven integers,
/// of a local with a constant, and of proven integers there.
macro_rules! compare_and_jump_instructions {
    ($($operands:ident $integers:ident $local:ident $local_integers:ident: $operator:ident;)*) => {
        instructions! {$(
            $operands: |s, x| {
                let target = s.operand_32();
                let (left, right) = s.top_two();
                general!(if !are_integers(left, right));
                let result = operators::compare(&mut x.session, InfixOp::$operator, left, right);
                let holds = attempt!(s, x, result);
                s.drop_top();
                s.drop_top();
                jump_unless!(s, holds, target);
            }
            $integers: |s, _x| {
                let target = s.operand_32();
                let (left, right) = s.top_two();
                general!(if !are_integers(left, right));
                let (left, right) = (left.integer_or_any(), right.integer_or_any());
                s.drop_top();
                s.drop_top();
                jump_unless!(s, operators::integer_compare(InfixOp::$operator, left, right), target);
            }
            $local: |s, x| {
                let local = s.operand_16();
                let right = S::at(x.constants, s.operand_16());
                let target = s.operand_32();
                let left = s.local(local);
                general!(if !are_integers(left, right));
                let result = operators::compare(&mut x.session, InfixOp::$operator, left, right);
                jump_unless!(s, attempt!(s, x, result), target);
            }
            $local_integers: |s, x| {
                let local = s.operand_16();
                let left = s.local(local).integer_or_any();
                let right = S::at(x.constants, s.operand_16()).integer_or_any();
                let target = s.operand_32();
                jump_unless!(s, operators::integer_compare(InfixOp::$operator, left, right), target);
            }
        )*}
    };
}

compare_and_jump_instructions! {
    JumpIfNotLess JumpIfNotLessInt JumpIfLocalNotLessConst JumpIfLocalNotLessIntConst: Less;
    JumpIfNotGreater JumpIfNotGreaterInt JumpIfLocalNotGreaterConst JumpIfLocalNotGreaterIntConst: Greater;
    JumpIfNotEqual JumpIfNotEqualInt JumpIfLocalNotEqualConst JumpIfLocalNotEqualIntConst: Equal;
}
