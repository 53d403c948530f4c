//! How many blocks of memory a thread has: what the account of values doesn't count, this does.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    static BLOCKS: Cell<i64> = const { Cell::new(0) };
}

/// The blocks that this thread has taken and not given back.
pub(crate) fn live_blocks() -> i64 {
    BLOCKS.get()
}

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: both methods hand their arguments on to the system's allocator and give what that gives; the
// trait's other methods call these. Counting does not allocate: the thread's variable has a constant
// first value and nothing to drop.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        BLOCKS.set(BLOCKS.get() + 1);
        // SAFETY: the caller promises what the system wants.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        BLOCKS.set(BLOCKS.get() - 1);
        // SAFETY: the block came from the system, with this layout.
        unsafe { System.dealloc(block, layout) }
    }
}
