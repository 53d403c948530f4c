//! After every program, on every variant, all that it took from the allocator is given back, and
//! the account of live values is even.

#![allow(
    unsafe_code,
    reason = "an allocator can't be written without; it only counts and hands on"
)]

mod generator;
mod support;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::rc::Rc;

use catalog::AnyEngine;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use runtime::{Limits, memory};
use support::{Engines, check_all, limits, run};

/// Counts what each thread has taken and not given back: a program's values stay on one thread.
struct Counting;

thread_local! {
    static LIVE: Cell<Live> = const { Cell::new(Live { blocks: 0, bytes: 0 }) };
}

/// What is allocated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Live {
    blocks: i64,
    bytes: i64,
}

impl Live {
    fn now() -> Self {
        LIVE.get()
    }
}

fn note(blocks: i64, bytes: i64) {
    let live = LIVE.get();
    LIVE.set(Live {
        blocks: live.blocks + blocks,
        bytes: live.bytes + bytes,
    });
}

/// The size of a block; the standard library keeps sizes below `isize::MAX`.
const fn signed(size: usize) -> i64 {
    size as i64
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: every method hands its arguments on to the system's allocator and gives what that gives,
// so that its promises are kept if the caller keeps the same ones. Counting does not allocate: the
// thread's variable has a constant first value and nothing to drop.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(1, signed(layout.size()));
        // SAFETY: the caller promises what the system wants.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        note(1, signed(layout.size()));
        // SAFETY: the caller promises what the system wants.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        note(-1, -signed(layout.size()));
        // SAFETY: the block came from the system, with this layout.
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        note(0, signed(size) - signed(layout.size()));
        // SAFETY: the block came from the system, with this layout.
        unsafe { System.realloc(block, layout, size) }
    }
}

/// Everything that happens to a program, from text to the end of its code.
fn whole_life(engine: &dyn AnyEngine, source: &str, limits: &Limits) {
    if let Ok(program) = syntax::parse(source) {
        run(&*engine.compile(&Rc::new(program)), limits);
    }
}

/// The complaints about a program that leaves something behind. What a first run leaves may be
/// something that is made once; what a second one leaves is a leak.
fn leaks(engines: &Engines, source: &str, limits: &Limits) -> Vec<String> {
    let leaks = |engine: &dyn AnyEngine| {
        let before = Live::now();
        whole_life(engine, source, limits);
        let after = Live::now();
        (after != before).then(|| format!("{before:?} before, {after:?} after"))
    };
    let mut complaints = Vec::new();
    for (variant, engine) in engines.iter() {
        if let Some(leak) = leaks(engine).and_then(|_| leaks(engine)) {
            complaints.push(format!("{variant}: {leak}: {source}"));
        }
        if memory::live() != 0 {
            complaints.push(format!(
                "{variant}: {} bytes live: {source}",
                memory::live()
            ));
        }
    }
    complaints
}

#[test]
fn the_count_sees_blocks_and_bytes() {
    let before = Live::now();
    let vec = Vec::<u8>::with_capacity(100);
    let with = Live::now();
    assert_eq!(
        (with.blocks - before.blocks, with.bytes - before.bytes),
        (1, 100)
    );
    drop(vec);
    assert_eq!(Live::now(), before);
}

/// Cases that recur deeper than a tenth of the default limit end in an error here, which leaves as
/// much to clean up; that what they leave at full depth is nothing, `conformance` asks of the
/// account of live values.
#[test]
fn conformance_cases_leave_nothing() {
    let cases = workloads::conformance().unwrap();
    check_all(Engines::telling, &cases, |engines, case| {
        let limits = Limits {
            depth: case.limits.depth.unwrap_or(Limits::default().depth / 10),
            fuel: case.limits.fuel,
            memory: case.limits.memory,
        };
        leaks(engines, &case.source, &limits)
    });
}

#[test]
fn workloads_leave_nothing() {
    check_all(Engines::telling, workloads::all(), |engines, workload| {
        let source = workload.source(workload.small()).unwrap();
        leaks(engines, &source, &Limits::default())
    });
}

#[test]
fn generated_programs_leave_nothing_whatever_ends_them() {
    let mut runner = TestRunner::deterministic();
    let programs = generator::programs();
    let program = |_| programs.new_tree(&mut runner).expect("nothing is filtered");
    let sources: Vec<_> = (0..150).map(program).map(|tree| tree.current()).collect();
    check_all(Engines::telling, &sources, |engines, source| {
        let scarce_memory = Limits {
            memory: Some(1_000),
            ..limits(300, 5_000)
        };
        [
            limits(300, 5_000),
            limits(3, 5_000),
            limits(300, 20),
            scarce_memory,
        ]
        .iter()
        .flat_map(|limits| leaks(engines, source, limits))
        .collect()
    });
}
