//! What the operators mean.
//!
//! Each has a thin path for integers that is inlined where an engine uses it (there the operator
//! is a constant, so that nothing of the `match` remains), over an outlined path for the rest.

use std::mem;

use syntax::{InfixOp, PrefixOp};

use crate::equality::equal;
use crate::error::{ErrorKind, Raised, Type};
use crate::meter::Meter;
use crate::object::{Array, Hash, KeyRef, Str};
use crate::session::{Integers, Session};
use crate::value::{Value, View};

/// What an operator on integers gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Folded {
    /// An integer.
    Integer(i64),
    /// `true` or `false`
    Boolean(bool),
}

/// `left op right`; none where that fails, which is a division by zero. The one place where
/// arithmetic is defined, for compilers too: they must leave what gives none to run time.
#[inline(always)]
pub const fn fold_integers(op: InfixOp, left: i64, right: i64) -> Option<Folded> {
    Some(match op {
        InfixOp::Add => Folded::Integer(left.wrapping_add(right)),
        InfixOp::Subtract => Folded::Integer(left.wrapping_sub(right)),
        InfixOp::Multiply => Folded::Integer(left.wrapping_mul(right)),
        InfixOp::Divide if right == 0 => return None,
        InfixOp::Divide => Folded::Integer(left.wrapping_div(right)),
        InfixOp::Less => Folded::Boolean(left < right),
        InfixOp::Greater => Folded::Boolean(left > right),
        InfixOp::Equal => Folded::Boolean(left == right),
        InfixOp::NotEqual => Folded::Boolean(left != right),
    })
}

/// `-operand`, for compilers too.
#[inline(always)]
pub const fn fold_negate(operand: i64) -> i64 {
    operand.wrapping_neg()
}

/// Whether a comparison holds; false for an operator that is no comparison.
#[inline(always)]
pub const fn integer_compare(op: InfixOp, left: i64, right: i64) -> bool {
    matches!(fold_integers(op, left, right), Some(Folded::Boolean(true)))
}

/// `left op right` of two integers.
///
/// # Errors
/// [`ErrorKind::DivisionByZero`]
#[inline(always)]
pub fn integer_infix<V: Value, M: Meter, I: Integers<V>>(
    s: &mut Session<'_, V, M, I>,
    op: InfixOp,
    left: i64,
    right: i64,
) -> Result<V, Raised> {
    let Some(folded) = fold_integers(op, left, right) else {
        return Err(division_by_zero());
    };
    Ok(made(s, folded))
}

/// The only operator on two integers that may fail.
#[cold]
#[inline(never)]
fn division_by_zero() -> Raised {
    ErrorKind::DivisionByZero.into()
}

/// The value of what the operator gave.
#[inline(always)]
fn made<V: Value, M: Meter, I: Integers<V>>(s: &mut Session<'_, V, M, I>, folded: Folded) -> V {
    match folded {
        Folded::Integer(value) => s.integer(value),
        Folded::Boolean(value) => s.boolean(value),
    }
}

/// A value that is yet to be made.
pub trait Make<V> {
    /// Makes it.
    fn make(self) -> V;
}

/// That of what the operator gave. (A closure might not be inlined, and is no place to ask for it.)
struct Making<'s, 'x, V: Value, M, I> {
    session: &'s mut Session<'x, V, M, I>,
    folded: Folded,
}

impl<V: Value, M: Meter, I: Integers<V>> Make<V> for Making<'_, '_, V, M, I> {
    #[inline(always)]
    fn make(self) -> V {
        made(self.session, self.folded)
    }
}

/// How an engine puts a value in another's place.
pub trait Place<V> {
    /// Drops what is there before the new value is made, so that one may have the other's memory.
    fn renew(slot: &mut V, new: impl Make<V>);
}

/// `left op right`, which takes `left`'s place. A left string that nothing else refers to is
/// appended to; of two integers, the left one is dropped before the result is made.
///
/// # Errors
/// Operands that the operator has no meaning for, a division by zero, or a limit; `left` may be
/// `null` then.
#[inline(always)]
pub fn infix<V: Value, M: Meter, I: Integers<V>, P: Place<V>>(
    s: &mut Session<'_, V, M, I>,
    op: InfixOp,
    left: &mut V,
    right: &V,
) -> Result<(), Raised> {
    if let Some(left_value) = left.as_integer()
        && let Some(right_value) = right.as_integer()
    {
        return integer_infix_at::<_, _, _, P>(s, op, left, left_value, right_value);
    }
    let result = infix_general(s, op, mem::take(left), right)?;
    mem::forget(mem::replace(left, result));
    Ok(())
}

/// `left_value op right_value` of two integers, which takes the place of `left`, as [`infix`] does it.
///
/// # Errors
/// [`ErrorKind::DivisionByZero`]; `left` is as it was then.
#[inline(always)]
pub fn integer_infix_at<V: Value, M: Meter, I: Integers<V>, P: Place<V>>(
    s: &mut Session<'_, V, M, I>,
    op: InfixOp,
    left: &mut V,
    left_value: i64,
    right_value: i64,
) -> Result<(), Raised> {
    let Some(folded) = fold_integers(op, left_value, right_value) else {
        return Err(division_by_zero());
    };
    let new = Making { session: s, folded };
    P::renew(left, new);
    Ok(())
}

/// `left op right` of borrowed operands.
///
/// # Errors
/// As [`infix`].
#[inline(always)]
pub fn infix_ref<V: Value, M: Meter, I: Integers<V>>(
    s: &mut Session<'_, V, M, I>,
    op: InfixOp,
    left: &V,
    right: &V,
) -> Result<V, Raised> {
    if let Some(left) = left.as_integer()
        && let Some(right) = right.as_integer()
    {
        return integer_infix(s, op, left, right);
    }
    infix_ref_general(s, op, left, right)
}

/// Whether one of `< > == !=` holds: [`infix_ref`] without making a value of the answer.
///
/// # Errors
/// As [`infix`]; also for an operator that is no comparison, unless both operands are integers.
#[inline(always)]
pub fn compare<V: Value, M: Meter, I: Integers<V>>(
    s: &mut Session<'_, V, M, I>,
    op: InfixOp,
    left: &V,
    right: &V,
) -> Result<bool, Raised> {
    if let Some(left) = left.as_integer()
        && let Some(right) = right.as_integer()
    {
        return Ok(integer_compare(op, left, right));
    }
    let holds = compare_general(s, op, left, right)?;
    Ok(holds)
}

#[cold]
#[inline(never)]
fn infix_general<V: Value, M: Meter, I: Integers<V>>(
    s: &mut Session<'_, V, M, I>,
    op: InfixOp,
    mut left: V,
    right: &V,
) -> Result<V, Raised> {
    if op == InfixOp::Add
        && let View::String(addition) = right.view()
        && let Some(string) = left.unique_string()
    {
        s.fuel.walk(string.len() + addition.len())?;
        string.append(addition)?;
        return Ok(left);
    }
    infix_ref_general(s, op, &left, right)
}

#[cold]
#[inline(never)]
fn infix_ref_general<V: Value, M: Meter, I: Integers<V>>(
    s: &mut Session<'_, V, M, I>,
    op: InfixOp,
    left: &V,
    right: &V,
) -> Result<V, Raised> {
    match (op, left.view(), right.view()) {
        (InfixOp::Add, View::String(left), View::String(right)) => {
            s.fuel.walk(left.len() + right.len())?;
            let string = Str::concat(left, right)?;
            Ok(s.string(string))
        }
        _ => {
            let holds = compare_general(s, op, left, right)?;
            Ok(s.boolean(holds))
        }
    }
}

#[cold]
#[inline(never)]
fn compare_general<V: Value, M: Meter, I: Integers<V>>(
    s: &mut Session<'_, V, M, I>,
    op: InfixOp,
    left: &V,
    right: &V,
) -> Result<bool, Raised> {
    match op {
        InfixOp::Equal => equal(&mut s.fuel, left, right),
        InfixOp::NotEqual => equal(&mut s.fuel, left, right).map(|equal| !equal),
        _ => Err(operand_error(op, left.type_of(), right.type_of()).into()),
    }
}

fn operand_error(op: InfixOp, left: Type, right: Type) -> ErrorKind {
    if left == right {
        ErrorKind::UnknownInfix { op, operands: left }
    } else {
        ErrorKind::TypeMismatch { op, left, right }
    }
}

/// `-operand` of an integer.
#[inline(always)]
pub fn integer_negate<V: Value, M: Meter, I: Integers<V>>(
    s: &mut Session<'_, V, M, I>,
    operand: i64,
) -> V {
    s.integer(fold_negate(operand))
}

/// `!operand` and `-operand`.
///
/// # Errors
/// [`ErrorKind::UnknownPrefix`] for the negation of anything but an integer.
#[inline(always)]
pub fn prefix<V: Value, M: Meter, I: Integers<V>>(
    s: &mut Session<'_, V, M, I>,
    op: PrefixOp,
    operand: &V,
) -> Result<V, Raised> {
    match op {
        PrefixOp::Not => Ok(s.boolean(!operand.is_truthy())),
        PrefixOp::Negate => match operand.as_integer() {
            Some(value) => Ok(integer_negate(s, value)),
            None => Err(unknown_prefix(op, operand).into()),
        },
    }
}

#[cold]
#[inline(never)]
fn unknown_prefix<V: Value>(op: PrefixOp, operand: &V) -> ErrorKind {
    ErrorKind::UnknownPrefix {
        op,
        operand: operand.type_of(),
    }
}

/// `object[index]`; `null` past an array's ends and for a key that is not there.
///
/// # Errors
/// What can't be indexed, or not by this.
#[inline(always)]
pub fn index<V: Value, M: Meter, I: Integers<V>>(
    s: &mut Session<'_, V, M, I>,
    object: &V,
    index: &V,
) -> Result<V, Raised> {
    match (object.view(), index.as_integer()) {
        (View::Array(elements), Some(at)) => Ok(usize::try_from(at)
            .ok()
            .and_then(|at| elements.get(at))
            .cloned()
            .unwrap_or_default()),
        _ => index_general(s, object, index),
    }
}

/// [`index()`] of an array by an integer, for who knows that it is that: no result that may be an error lies in memory,
/// at any level of optimization. `null` of all else.
#[inline(always)]
pub fn element<V: Value>(object: &V, index: &V) -> V {
    if let View::Array(elements) = object.view()
        && let Some(at) = index.as_integer()
        && let Ok(at) = usize::try_from(at)
        && let Some(element) = elements.get(at)
    {
        element.clone()
    } else {
        V::default()
    }
}

#[inline(never)]
fn index_general<V: Value, M: Meter, I: Integers<V>>(
    s: &mut Session<'_, V, M, I>,
    object: &V,
    index: &V,
) -> Result<V, Raised> {
    match object.view() {
        View::Hash(hash) => {
            let key = KeyRef::of(index)?;
            s.fuel.walk(key.string_length())?;
            Ok(hash.get(key).cloned().unwrap_or_default())
        }
        _ => Err(ErrorKind::IndexNotSupported(object.type_of()).into()),
    }
}

/// An array of `elements`, which are taken and leave `null`.
///
/// # Errors
/// [`ErrorKind::OutOfMemory`]
#[inline(never)]
pub fn make_array<V: Value, M: Meter, I: Integers<V>>(
    s: &mut Session<'_, V, M, I>,
    elements: &mut [V],
) -> Result<V, Raised> {
    let array = Array::take(elements)?;
    Ok(s.array(array))
}

/// A hash of keys and values that alternate; see [`Hash::take`].
///
/// # Errors
/// The first key that is none, or a limit.
#[inline(never)]
pub fn make_hash<V: Value, M: Meter, I: Integers<V>>(
    s: &mut Session<'_, V, M, I>,
    keys_and_values: &mut [V],
) -> Result<V, Raised> {
    let mut key_bytes = 0;
    for pair in keys_and_values.chunks_exact(2) {
        key_bytes += KeyRef::of(&pair[0])?.string_length();
    }
    s.fuel.walk(key_bytes)?;
    let hash = Hash::take(keys_and_values)?;
    Ok(s.hash(hash))
}
