//! Equality of values, without recursion: a worklist holds the containers being compared.
//!
//! Values that are one object are compared like any others, for whether two literals share an
//! object depends on the engine, and the fuel that a comparison takes must not.

use std::iter::Zip;
use std::ptr;
use std::slice;

use crate::error::Raised;
use crate::limits::{Fuel, Walk};
use crate::memory::try_push;
use crate::object::{Hash, Key};
use crate::value::{Value, View};

/// Two containers of the same size, and what of them is still to be compared.
enum Pairs<'v, V: Value> {
    Arrays(Zip<slice::Iter<'v, V>, slice::Iter<'v, V>>),
    Hashes {
        left: indexmap::map::Iter<'v, Key, V>,
        right: &'v Hash<V>,
    },
}

/// What a comparison of two values, contents aside, comes to.
enum Comparison<'v, V: Value> {
    Equal,
    Different,
    Contents(Pairs<'v, V>),
}

/// Whether two values are equal. Takes fuel for each value and string byte that is looked at, up
/// to the first difference.
pub(crate) fn equal<V: Value>(fuel: &mut Fuel, left: &V, right: &V) -> Result<bool, Raised> {
    let mut walk = Walk::default();
    let mut open = Vec::new();
    let (mut left, mut right) = (left, right);
    loop {
        walk.step(fuel, 1)?;
        match compare(fuel, &mut walk, left, right)? {
            Comparison::Equal => {}
            Comparison::Different => return Ok(false),
            Comparison::Contents(pairs) => try_push(&mut open, pairs)?,
        }
        (left, right) = loop {
            let Some(pairs) = open.last_mut() else {
                return Ok(true);
            };
            match pairs {
                Pairs::Arrays(rest) => {
                    if let Some(pair) = rest.next() {
                        break pair;
                    }
                }
                Pairs::Hashes { left, right } => {
                    if let Some((key, value)) = left.next() {
                        walk.step(fuel, key.borrowed().string_length())?;
                        match right.get(key.borrowed()) {
                            Some(other) => break (value, other),
                            None => return Ok(false),
                        }
                    }
                }
            }
            open.pop();
        };
    }
}

fn compare<'v, V: Value>(
    fuel: &mut Fuel,
    walk: &mut Walk,
    left: &'v V,
    right: &'v V,
) -> Result<Comparison<'v, V>, Raised> {
    let equal = match (left.view(), right.view()) {
        (View::Null, View::Null) => true,
        (View::Boolean(l), View::Boolean(r)) => l == r,
        (View::Integer(l), View::Integer(r)) => l == r,
        (View::Function(l), View::Function(r)) => ptr::eq(l, r),
        (View::Builtin(l), View::Builtin(r)) => l == r,
        (View::String(l), View::String(r)) if l.len() == r.len() => {
            walk.step(fuel, l.len())?;
            l == r
        }
        (View::Array(l), View::Array(r)) if l.len() == r.len() => {
            return Ok(Comparison::Contents(Pairs::Arrays(l.iter().zip(r.iter()))));
        }
        (View::Hash(l), View::Hash(r)) if l.len() == r.len() => {
            return Ok(Comparison::Contents(Pairs::Hashes {
                left: l.iter(),
                right: r,
            }));
        }
        _ => false,
    };
    Ok(if equal {
        Comparison::Equal
    } else {
        Comparison::Different
    })
}
