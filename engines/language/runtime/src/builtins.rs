//! What the built-in functions do.
//!
//! Fuel is taken for what a function copies by its meaning, even where it changes an array in
//! place instead: whether it may depends on the engine, and the fuel must not.

use std::mem;

use syntax::Builtin;

use crate::error::{ErrorKind, Raised};
use crate::meter::Meter;
use crate::object::Array;
use crate::print;
use crate::session::{Integers, Session};
use crate::value::{Value, View};

/// Calls a built-in function. The caller has taken the call's unit of fuel; the arguments may be
/// taken and leave `null`.
///
/// # Errors
/// A wrong number of arguments, an argument of a wrong type, or a limit.
#[inline(never)]
pub fn call<V: Value, M: Meter, I: Integers<V>>(
    s: &mut Session<'_, V, M, I>,
    builtin: Builtin,
    arguments: &mut [V],
) -> Result<V, Raised> {
    match (builtin, arguments) {
        (Builtin::Puts, arguments) => puts(s, arguments),
        (Builtin::Len, [value]) => len(s, value),
        (Builtin::First, [array]) => Ok(elements(builtin, array)?
            .first()
            .cloned()
            .unwrap_or_default()),
        (Builtin::Last, [array]) => Ok(elements(builtin, array)?
            .last()
            .cloned()
            .unwrap_or_default()),
        (Builtin::Rest, [array]) => rest(s, array),
        (Builtin::Push, [array, value]) => push(s, mem::take(array), mem::take(value)),
        (_, arguments) => Err(ErrorKind::WrongArity {
            want: builtin.arity().unwrap_or_default(),
            got: u32::try_from(arguments.len()).unwrap_or(u32::MAX),
        }
        .into()),
    }
}

fn elements<V: Value>(builtin: Builtin, value: &V) -> Result<&Array<V>, Raised> {
    match value.view() {
        View::Array(array) => Ok(array),
        _ => Err(ErrorKind::ArgumentNotArray {
            builtin,
            got: value.type_of(),
        }
        .into()),
    }
}

fn puts<V: Value, M: Meter, I: Integers<V>>(
    s: &mut Session<'_, V, M, I>,
    arguments: &[V],
) -> Result<V, Raised> {
    for argument in arguments {
        print::write_line(s.program, argument, &mut s.fuel, s.output)?;
    }
    Ok(V::default())
}

fn len<V: Value, M: Meter, I: Integers<V>>(
    s: &mut Session<'_, V, M, I>,
    value: &V,
) -> Result<V, Raised> {
    let length = match value.view() {
        View::String(text) => text.len(),
        View::Array(array) => array.len(),
        _ => {
            return Err(ErrorKind::UnsupportedArgument {
                builtin: Builtin::Len,
                got: value.type_of(),
            }
            .into());
        }
    };
    // Lengths end at 2^31, so nothing is lost.
    Ok(s.integer(length as i64))
}

fn rest<V: Value, M: Meter, I: Integers<V>>(
    s: &mut Session<'_, V, M, I>,
    array: &V,
) -> Result<V, Raised> {
    let Some((_, rest)) = elements(Builtin::Rest, array)?.split_first() else {
        return Ok(V::default());
    };
    s.fuel.walk(rest.len())?;
    let copy = Array::copy(rest, None)?;
    Ok(s.array(copy))
}

fn push<V: Value, M: Meter, I: Integers<V>>(
    s: &mut Session<'_, V, M, I>,
    mut array: V,
    value: V,
) -> Result<V, Raised> {
    s.fuel.walk(elements(Builtin::Push, &array)?.len() + 1)?;
    if let Some(unique) = array.unique_array() {
        unique.push(value)?;
        return Ok(array);
    }
    let copy = Array::copy(elements(Builtin::Push, &array)?, Some(value))?;
    Ok(s.array(copy))
}
