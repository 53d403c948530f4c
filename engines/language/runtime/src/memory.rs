//! Exact accounting of what a program's live objects take, and the limit on it.
//!
//! What is counted is logical: the constants below, not what the allocator hands out, so that a
//! limit means the same for every representation of values. Integers are not counted: a program
//! holds few that no array, hash or closure holds, and those count their elements already.
//! The count is per thread, since an execution is; nothing here allocates or frees.

use std::cell::Cell;
use std::marker::PhantomData;

use crate::error::{ErrorKind, Raised, Shortage};

/// Bytes counted for each string, array, hash and function, whatever it holds.
pub const OBJECT: u64 = 32;
/// Bytes counted for each element of an array and each value that a function captures.
pub const ELEMENT: u64 = 16;
/// Bytes counted for each entry of a hash, besides the bytes of a string key.
pub const ENTRY: u64 = 32;
/// The most bytes that a string and elements that an array may have: 2^31.
pub const MAX_LENGTH: usize = 1 << 31;

thread_local! {
    static LIVE: Cell<u64> = const { Cell::new(0) };
    static LIMIT: Cell<u64> = const { Cell::new(u64::MAX) };
}

/// The bytes counted for this thread's live objects.
pub fn live() -> u64 {
    LIVE.get()
}

/// Limits this thread to `bytes` more than it has now, until the guard is dropped. None: no limit.
pub fn limit(bytes: Option<u64>) -> Guard {
    let limit = bytes.map_or(u64::MAX, |bytes| live().saturating_add(bytes));
    Guard {
        previous: LIMIT.replace(limit),
        not_send: PhantomData,
    }
}

/// Keeps a limit; see [`limit`].
#[must_use = "the limit ends when the guard is dropped"]
#[derive(Debug)]
pub struct Guard {
    previous: u64,
    not_send: PhantomData<*const ()>,
}

impl Drop for Guard {
    fn drop(&mut self) {
        LIMIT.set(self.previous);
    }
}

/// Counts an object that is about to be made.
#[inline]
pub(crate) fn charge(bytes: u64) -> Result<(), Raised> {
    LIVE.set(room_for(bytes)?);
    Ok(())
}

/// Counts the growth of an object in place from `old` to `new` bytes. There must be room for both
/// at once, as if a copy were made: whether an object may change in place depends on the engine,
/// and where memory runs out should not.
pub(crate) fn grow(old: u64, new: u64) -> Result<(), Raised> {
    LIVE.set(room_for(new)? - old);
    Ok(())
}

/// Ends the count of an object, or of a part of it.
#[inline]
pub(crate) fn release(bytes: u64) {
    LIVE.set(LIVE.get().saturating_sub(bytes));
}

/// What is live with `bytes` more, if the limit allows it.
#[inline]
fn room_for(bytes: u64) -> Result<u64, Raised> {
    match LIVE.get().checked_add(bytes) {
        Some(total) if total <= LIMIT.get() => Ok(total),
        _ => Err(ErrorKind::OutOfMemory(Shortage::Allowed).into()),
    }
}

/// The bytes counted for a string of `length` bytes; an error if that is too long for one.
pub(crate) fn string_bytes(length: usize) -> Result<u64, Raised> {
    Ok(OBJECT + checked_length(length)?)
}

/// The bytes counted for an array of `length` elements; an error if that is too long for one.
pub(crate) fn array_bytes(length: usize) -> Result<u64, Raised> {
    Ok(OBJECT + ELEMENT * checked_length(length)?)
}

fn checked_length(length: usize) -> Result<u64, Raised> {
    if length <= MAX_LENGTH {
        Ok(length as u64)
    } else {
        Err(ErrorKind::OutOfMemory(Shortage::Length).into())
    }
}

/// A vector with room for exactly `capacity` elements; an error rather than an abort if the system
/// has no memory for it.
pub(crate) fn vec_with_capacity<T>(capacity: usize) -> Result<Vec<T>, Raised> {
    let mut vec = Vec::new();
    match vec.try_reserve_exact(capacity) {
        Ok(()) => Ok(vec),
        Err(_) => Err(ErrorKind::OutOfMemory(Shortage::System).into()),
    }
}

/// Pushes onto a vector; an error rather than an abort if the system has no memory for it.
pub(crate) fn try_push<T>(vec: &mut Vec<T>, item: T) -> Result<(), Raised> {
    vec.try_reserve(1)
        .map_err(|_| ErrorKind::OutOfMemory(Shortage::System))?;
    vec.push(item);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_counts_from_where_it_is_set() {
        charge(100).unwrap();
        let guard = limit(Some(50));
        assert_eq!(
            charge(51),
            Err(ErrorKind::OutOfMemory(Shortage::Allowed).into())
        );
        assert_eq!(live(), 100);
        charge(50).unwrap();
        assert_eq!(
            charge(1),
            Err(ErrorKind::OutOfMemory(Shortage::Allowed).into())
        );
        release(50);
        drop(guard);
        charge(1_000_000).unwrap();
        release(1_000_100);
        assert_eq!(live(), 0);
    }

    #[test]
    fn limits_nest() {
        let outer = limit(Some(10));
        drop(limit(None));
        assert_eq!(
            charge(11),
            Err(ErrorKind::OutOfMemory(Shortage::Allowed).into())
        );
        drop(outer);
        charge(11).unwrap();
        release(11);
    }

    #[test]
    fn growing_in_place_needs_room_for_a_copy() {
        let _guard = limit(Some(100));
        charge(40).unwrap();
        assert_eq!(
            grow(40, 61),
            Err(ErrorKind::OutOfMemory(Shortage::Allowed).into())
        );
        assert_eq!(live(), 40);
        grow(40, 60).unwrap();
        assert_eq!(live(), 60);
        release(60);
    }

    #[test]
    fn lengths_end_at_two_to_the_31() {
        assert_eq!(string_bytes(1 << 31), Ok(OBJECT + (1 << 31)));
        assert_eq!(
            string_bytes((1 << 31) + 1),
            Err(ErrorKind::OutOfMemory(Shortage::Length).into())
        );
        assert_eq!(array_bytes(1 << 31), Ok(OBJECT + (16 << 31)));
        assert_eq!(
            array_bytes((1 << 31) + 1),
            Err(ErrorKind::OutOfMemory(Shortage::Length).into())
        );
    }

    #[test]
    fn what_the_system_cannot_give_is_out_of_memory() {
        let vec = vec_with_capacity::<u64>(usize::MAX);
        assert_eq!(vec, Err(ErrorKind::OutOfMemory(Shortage::System).into()));
    }
}
