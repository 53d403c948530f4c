//! Optimization `ic`: the integer cache.
//!
//! Integers from −1 to 256, the range of the documents, are made once, when the engine is; a
//! result in that range is a further reference to the one object instead of a new one. It is
//! correct because integers are immutable and compare by value.

use runtime::{Integers, Value};

use crate::optimizations::Optimizations;

const FIRST: i64 = -1;
const LAST: i64 = 256;

/// The integers that are made once.
#[derive(Debug)]
pub(crate) struct IntegerCache<V>(Box<[V]>);

impl<V: Value> IntegerCache<V> {
    /// Makes the integers, or none if the engine has no cache.
    pub(crate) fn new(on: bool) -> Self {
        let count = if on { LAST - FIRST + 1 } else { 0 };
        Self((FIRST..FIRST + count).map(V::integer).collect())
    }

    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A machine's view of the cache; without the optimization in `OPT` it is no code at all.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cached<'c, V, const OPT: u32>(&'c [V]);

impl<'c, V, const OPT: u32> Cached<'c, V, OPT> {
    /// Looks into `cache`.
    pub(crate) fn new(cache: &'c IntegerCache<V>) -> Self {
        Self(&cache.0)
    }
}

impl<V: Value, const OPT: u32> Integers<V> for Cached<'_, V, OPT> {
    #[inline(always)]
    fn kept(&self, value: i64) -> Option<V> {
        if const { Optimizations::from_bits(OPT).contains(Optimizations::INTEGER_CACHE) } {
            // What lies before the range wraps to a large index: one comparison serves both ends.
            let index = value.wrapping_sub(FIRST) as usize;
            self.0.get(index).cloned()
        } else {
            None
        }
    }
}
