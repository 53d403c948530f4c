//! A heap in a known state, so that what is counted doesn't depend on what was allocated before.
//!
//! How many instructions glibc takes for an allocation depends on which blocks are free and where
//! they lie. That would be decided by all of the set-up: by the length of the program's path, the
//! number of workloads there are, the compiler's garbage. A program of a few thousand
//! instructions would count up to 3 % more or less for it.

/// The smallest block that glibc hands out, and by how much one size differs from the next, in
/// bytes. Eight bytes of each block are its header.
const SMALLEST: usize = 24;
const STEP: usize = 16;
/// The sizes from here on have no lists of their own.
const LARGEST_LISTED: usize = 1032;
/// No free block is expected to be larger.
const LARGEST: usize = 1 << 20;
/// What the next block's address is a multiple of, but for its header.
const PAGE: usize = 4096;
/// Where the heap doesn't grow to higher addresses, this ends the search for a fresh block.
const MOST_BLOCKS: usize = 100_000;

/// Takes all free blocks out of circulation, and brings the end of the heap to a page's beginning.
/// What is taken is never given back.
pub fn level() {
    let mut highest = take(LARGEST);
    let large = std::iter::successors(Some(LARGEST / 2), |size| Some(size / 2));
    let large = large.take_while(|&size| size > LARGEST_LISTED);
    let listed = (SMALLEST..=LARGEST_LISTED).rev().step_by(STEP);
    for size in large.chain(listed) {
        // A block from the end of the heap lies higher than all others: no free one was left.
        let fresh = (0..MOST_BLOCKS)
            .map(|_| take(size))
            .find(|&block| block > highest);
        highest = fresh.unwrap_or(highest);
    }
    let next = take(SMALLEST) + SMALLEST + 8;
    let mut gap = PAGE + STEP - next % PAGE;
    if gap < SMALLEST + 8 {
        gap += PAGE;
    }
    take(gap - 8);
}

/// Takes a block for good, and gives its address.
fn take(size: usize) -> usize {
    Vec::<u8>::with_capacity(size).leak().as_ptr().addr()
}
