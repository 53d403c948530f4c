//! Room on the native stack for recursive walks of a syntax tree.
//!
//! A tree is at most [`crate::MAX_NESTING`] high, so a walk that recurs once per level needs a
//! bounded stack; yet that bound is more than a thread has by default. This is the only place
//! that knows how much a level costs.

/// Bytes that one level of the tree may take on the native stack. Measured, at the worst kind of
/// level: the parser takes 700 optimized, 1,600 unoptimized, the resolver 200 and 750. An
/// evaluator keeps more at hand per level, so this is some six to ten times the parser's; what
/// isn't touched costs nothing but address space.
const BYTES_PER_LEVEL: usize = if cfg!(debug_assertions) {
    16 * 1024
} else {
    4 * 1024
};

/// What a walk may call at its leaves: printing, formatting, allocation, a panic hook.
const BYTES_FOR_LEAVES: usize = 64 * 1024;

/// A new stack segment is this much larger than what is asked for, so that deep recursion that
/// asks again and again needs few segments.
const SEGMENT_BYTES: usize = 8 * 1024 * 1024;

/// Runs `f` with enough native stack for a recursive walk of a tree of `height` levels, on the
/// present stack if that much is left, else on a new segment.
pub fn with_stack<R>(height: u32, f: impl FnOnce() -> R) -> R {
    let needed = needed(height);
    stacker::maybe_grow(needed, needed.saturating_add(SEGMENT_BYTES), f)
}

/// [`with_stack`] for a walk that may go on without bound, segment after segment: nothing if the
/// system has no memory for one more.
pub fn try_with_stack<R>(height: u32, f: impl FnOnce() -> R) -> Option<R> {
    let needed = needed(height);
    if stacker::remaining_stack().is_some_and(|left| left >= needed) {
        return Some(f());
    }
    let segment = needed.saturating_add(SEGMENT_BYTES);
    // A segment that can't be had would end the process, so ask for as much in a way that may fail.
    Vec::<u8>::new().try_reserve_exact(segment).ok()?;
    Some(stacker::grow(segment, f))
}

fn needed(height: u32) -> usize {
    (height as usize)
        .saturating_mul(BYTES_PER_LEVEL)
        .saturating_add(BYTES_FOR_LEAVES)
}
