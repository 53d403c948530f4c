//! Tagged pointers: an object's address ends in zeros, so its lowest bits can tell what a word is.
//!
//! | lowest bits | the others |
//! |---|---|
//! | `1` | an integer of 63 bits |
//! | `10` | a small number, for a value without data |
//! | `00` | an address |
//!
//! Integers from -2^62 up to 2^62 - 1 need no object; an address may be any.

#![allow(
    unsafe_code,
    reason = "the layout promises that nothing but addresses look like addresses"
)]

use std::mem;

use super::word::{Layout, Word, code};

/// A value in a pointer with tags.
pub type Ptr = Word<PtrLayout>;

const _: () = assert!(mem::size_of::<Ptr>() == 8);

/// How a [`Ptr`] tells what it is.
#[derive(Debug)]
pub struct PtrLayout;

/// The tag of integers.
const INTEGER: usize = 0b1;
/// The tag of values without data.
const CODE: usize = 0b10;
/// The bits of both tags.
const TAGS: usize = INTEGER | CODE;

// SAFETY: no tag of an address is set; of an integer and of a value without data, one is.
unsafe impl Layout for PtrLayout {
    #[inline(always)]
    fn is_address(bits: usize) -> bool {
        bits & TAGS == 0
    }

    #[inline(always)]
    fn immediate(code: u8) -> usize {
        usize::from(code) << TAGS.count_ones() | CODE
    }

    #[inline(always)]
    fn code(bits: usize) -> u8 {
        (bits >> TAGS.count_ones()) as u8
    }

    #[inline(always)]
    fn is_truthy(bits: usize) -> bool {
        bits != Self::immediate(code::NULL) && bits != Self::immediate(code::FALSE)
    }

    #[inline(always)]
    fn integer(value: i64) -> Option<usize> {
        // A sum, since the compiler makes a flag's test of its overflow.
        let doubled = value.checked_add(value)?;
        Some(doubled as usize | INTEGER)
    }

    #[inline(always)]
    fn as_integer(bits: usize) -> Option<i64> {
        (bits & INTEGER != 0).then_some(bits as i64 >> INTEGER.count_ones())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_of_63_bits_have_room() {
        let reach = 1_i64 << 62;
        assert!(PtrLayout::integer(-reach).is_some() && PtrLayout::integer(reach - 1).is_some());
        assert!(PtrLayout::integer(-reach - 1).is_none() && PtrLayout::integer(reach).is_none());
    }
}
