//! NaN-boxing: every value is a pattern of 64 bits that, as a floating-point number, is none.
//!
//! A quiet NaN (IEEE 754-2019, 3.4 and 6.2.1) has its exponent's 11 bits and the one below them set.
//! The sign and the other 51 bits are free to mean something. With a negative sign they are an address
//! or a small number, for a value without data; with a positive one, an integer of 51 bits. So
//! integers from -2^50 up to 2^50 - 1 need no object. Addresses may have 50 bits; systems of today keep
//! to 47 or 48 unless a program asks for more (five-level paging, 52 bits on Arm) or for tags in an
//! address' upper bits. An object at an address that has more is a panic.
//!
//! Floating-point numbers would take all other patterns, and a number without a value their own NaN.
//! Monkey has none, but no test here relies on that.
//!
//! A word holds the pattern with its first 13 bits inverted: so an address is itself, as in
//! JavaScriptCore's variant, and `null` is 0.

#![allow(
    unsafe_code,
    reason = "the layout promises that nothing but addresses look like addresses"
)]

use std::mem;

use super::word::{Layout, Word, code};

/// A value in a quiet NaN.
pub type Nan = Word<NanLayout>;

const _: () = assert!(mem::size_of::<Nan>() == 8);

/// How a [`Nan`] tells what it is.
#[derive(Debug)]
pub struct NanLayout;

/// The bits of a quiet NaN that are free, but for the sign.
const PAYLOAD: u32 = 51;

/// The sign bit, which is inverted as well: of all values, integers alone have it set.
const SIGN: usize = 1 << 63;

/// What is added to an integer: the middle of the patterns for integers. So encoding and decoding
/// are one addition each, and what has no room leaves these patterns and nothing else does.
const ZERO: usize = SIGN + (1 << (PAYLOAD - 1));

/// The bits of an address.
const ADDRESS: u32 = 50;

/// The least address that an object may have, above all codes. Systems keep the first page free.
const FIRST_ADDRESS: usize = 4096;

// One shift tests an address from both sides, and lets some through that have more bits; that these
// are no other patterns takes one bit of the payload.
const _: () = assert!((1 << ADDRESS) + FIRST_ADDRESS <= 1 << PAYLOAD);

const _: () = assert!(FIRST_ADDRESS > u8::MAX as usize);

// SAFETY: a code is less than the first address, so that the difference wraps; an integer has the sign
// bit set, and the difference has it still. Both have bits that the shift leaves.
unsafe impl Layout for NanLayout {
    #[inline(always)]
    fn is_address(bits: usize) -> bool {
        bits.wrapping_sub(FIRST_ADDRESS) >> ADDRESS == 0
    }

    #[inline(always)]
    fn immediate(code: u8) -> usize {
        usize::from(code)
    }

    #[inline(always)]
    fn code(bits: usize) -> u8 {
        bits as u8
    }

    #[inline(always)]
    fn is_truthy(bits: usize) -> bool {
        bits > Self::immediate(code::FALSE)
    }

    #[inline(always)]
    fn integer(value: i64) -> Option<usize> {
        let bits = ZERO.wrapping_add(value as usize);
        is_integer(bits).then_some(bits)
    }

    #[inline(always)]
    fn as_integer(bits: usize) -> Option<i64> {
        is_integer(bits).then_some(bits.wrapping_sub(ZERO) as i64)
    }
}

#[inline(always)]
fn is_integer(bits: usize) -> bool {
    bits >> PAYLOAD == SIGN >> PAYLOAD
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The pattern that a word stands for.
    fn number(bits: usize) -> f64 {
        f64::from_bits(bits as u64 ^ (0x1FFF << PAYLOAD))
    }

    fn is_quiet_nan(number: f64) -> bool {
        number.is_nan() && number.to_bits() >> (PAYLOAD - 1) & 0b10 != 0
    }

    #[test]
    fn every_word_is_a_quiet_nan() {
        let reach = 1_i64 << (PAYLOAD - 1);
        for value in [-reach, -reach + 1, -1, 0, 1, reach - 1] {
            let number = number(NanLayout::integer(value).unwrap());
            assert!(is_quiet_nan(number) && number.is_sign_positive(), "{value}");
        }
        let codes = (0..=u8::MAX).map(NanLayout::immediate);
        let addresses = [FIRST_ADDRESS, 1 << 47, (1 << ADDRESS) - 8];
        for bits in codes.chain(addresses) {
            let number = number(bits);
            assert!(
                is_quiet_nan(number) && number.is_sign_negative(),
                "{bits:#x}"
            );
        }
    }

    #[test]
    fn numbers_would_look_like_nothing_else() {
        let signalling_nan = f64::from_bits(0x7FF0_0000_0000_0001);
        for double in [0.0, 1.0, f64::MAX, f64::INFINITY, signalling_nan] {
            for double in [double, -double] {
                let bits = (double.to_bits() ^ (0x1FFF << PAYLOAD)) as usize;
                assert!(!NanLayout::is_address(bits), "{double}");
                assert_eq!(NanLayout::as_integer(bits), None, "{double}");
            }
        }
    }

    #[test]
    fn integers_of_51_bits_have_room() {
        let reach = 1_i64 << (PAYLOAD - 1);
        assert!(NanLayout::integer(-reach).is_some() && NanLayout::integer(reach - 1).is_some());
        assert!(NanLayout::integer(-reach - 1).is_none() && NanLayout::integer(reach).is_none());
    }

    #[test]
    fn addresses_of_50_bits_have_room() {
        assert!(NanLayout::is_address(FIRST_ADDRESS));
        assert!(NanLayout::is_address((1 << ADDRESS) - 8));
        for refused in [0, FIRST_ADDRESS - 8, 1 << 51, 1 << 56, 0xFF << 56 | 1 << 40] {
            assert!(!NanLayout::is_address(refused), "{refused:#x}");
        }
    }
}
