//! What parsing and compiling take on the heap: counted by an allocator, per byte of source, on the
//! programs that take most. And the limit on it: no program is let through that takes more, whichever
//! engine compiles it.

#![allow(unsafe_code, reason = "an allocator is unsafe to implement")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::rc::Rc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use catalog::Variant;
use syntax::{SyntaxErrorKind, parse, parse_within};

/// The system's allocator, with an account.
struct Counting;

static LIVE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

/// One test at a time: the account is of the whole process.
static ACCOUNT: Mutex<()> = Mutex::new(());

fn add(bytes: usize) {
    let live = LIVE.fetch_add(bytes, Relaxed) + bytes;
    PEAK.fetch_max(live, Relaxed);
}

// SAFETY: everything is handed on to the system's allocator as it comes.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        add(layout.size());
        // SAFETY: the caller's promise is what the system's allocator asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Relaxed);
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }

    /// Large blocks are remapped, so the old one isn't there besides the new one.
    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        LIVE.fetch_sub(layout.size(), Relaxed);
        add(size);
        // SAFETY: as above.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Prints a figure on demand: `SHOW_MEMORY=1 cargo test -p catalog --test memory -- --nocapture`.
fn show(what: &str, engine: &str, per_byte: f64) {
    if std::env::var_os("SHOW_MEMORY").is_some() {
        println!("{what:24} {engine:48} {per_byte:6.1}");
    }
}

/// The most bytes that `work` takes at a time.
fn peak<T>(work: impl FnOnce() -> T) -> (usize, T) {
    let before = LIVE.load(Relaxed);
    PEAK.store(before, Relaxed);
    let done = work();
    (PEAK.load(Relaxed) - before, done)
}

/// The engines whose code is the largest, and those of the documents.
fn engines() -> Vec<&'static Variant> {
    let of = |ending: &str| {
        let mut variants = catalog::variants().iter();
        variants.find(|variant| variant.name.contains(ending))
    };
    [of("tree"), of("stack"), Some(catalog::fully_optimized())]
        .into_iter()
        .chain(["/table", "/direct", "/thunk"].map(of))
        .flatten()
        .collect()
}

/// Bytes of each source: enough that constant costs don't count, and one past where tables double.
const SIZES: [usize; 2] = [200_000, 270_000];

/// The parts that sources of each kind are made of.
fn parts() -> Vec<(&'static str, String)> {
    let chain = |link: &str| format!("{}1;", link.repeat(9_990));
    let nested =
        |open: &str, close: &str| format!("{}1{};", open.repeat(4_990), close.repeat(4_990));
    let list =
        |open: &str, item: &str, close: &str| format!("{open}{}{close};", item.repeat(50_000));
    vec![
        ("statements", "1;".to_owned()),
        ("strings", "\"\"".to_owned()),
        ("long strings", format!("\"{}\";", "x".repeat(1_000))),
        ("comments", "// as long as a line is\n".to_owned()),
        ("names", "a;".to_owned()),
        ("arrays", "[];".to_owned()),
        ("sums", chain("1+")),
        ("sums of names", chain("a+")),
        ("signs", chain("-")),
        ("calls", format!("a{};", "()".repeat(9_000))),
        ("indexes", format!("a{};", "[1]".repeat(9_000))),
        ("lists", list("[", "1,", "1]")),
        ("hashes", list("{", "1:1,", "1:1}")),
        ("functions", "fn(){}".to_owned()),
        ("parameters", format!("fn({}a){{}};", "a,".repeat(20_000))),
        ("lets", "let a=1;".to_owned()),
        (
            "local lets",
            format!("fn(){{{}}};", "let a=1;".repeat(2_000)),
        ),
        ("functions with names", "let a=fn(){};".to_owned()),
        ("branches", "if(1){}".to_owned()),
        ("two branches", "if(1){}else{}".to_owned()),
        ("captures", "fn(a){fn(){a}}".to_owned()),
        ("nested lists", nested("[", "]")),
        ("nested functions", nested("fn(){", "}")),
    ]
}

/// All that is measured.
fn sources() -> Vec<(&'static str, String)> {
    let of_size = |bytes: usize| {
        let sources = parts().into_iter().map(move |(what, part)| {
            let parts = part.repeat((bytes / part.len()).max(1));
            (what, format!("let a = 1;{parts}"))
        });
        let names = (0..bytes / 16)
            .map(|i| format!("let v{i:06} = 1;\n"))
            .collect();
        sources.chain([("different names", names)])
    };
    let are_thorough = std::env::var_os("MONKEYBENCH_TESTS").is_some_and(|tests| tests == "all");
    let sizes = SIZES.into_iter().skip(if are_thorough { 0 } else { 1 });
    sizes.flat_map(of_size).collect()
}

fn is_out_of_memory(source: &str, limit: usize) -> bool {
    match parse_within(source, limit as u64) {
        Ok(_) => false,
        Err(errors) => {
            assert!(matches!(
                errors.first().kind,
                SyntaxErrorKind::OutOfMemory { .. }
            ));
            true
        }
    }
}

#[test]
fn no_program_takes_more_than_its_limit_and_none_is_refused_for_far_less() {
    let _account = ACCOUNT.lock();
    for (what, source) in sources() {
        let mut most = 0;
        for variant in engines() {
            let engine = variant.engine();
            let (bytes, _) = peak(|| {
                let program = parse(&source).unwrap_or_else(|errors| panic!("{what}: {errors}"));
                engine.compile(&Rc::new(program))
            });
            let per_byte = bytes as f64 / source.len() as f64;
            show(what, &variant.name, per_byte);
            assert!(
                per_byte < 128.0,
                "{what} on {}: {per_byte} per byte",
                variant.name
            );
            most = most.max(bytes);
        }
        // What any program takes isn't counted.
        let taken = most.saturating_sub(8 << 10);
        assert!(
            is_out_of_memory(&source, taken),
            "{what}: {most} bytes are taken"
        );
        let enough = 5 * most + source.len() + 100_000;
        assert!(
            !is_out_of_memory(&source, enough),
            "{what}: {enough} bytes are too few"
        );
    }
}

#[test]
fn programs_as_people_write_them_take_sixteen_bytes_per_byte() {
    let _account = ACCOUNT.lock();
    let (mut taken, mut given) = (0, 0);
    for workload in workloads::all() {
        let text = workload.source(None).expect("a default size");
        let source = format!("{text}\n").repeat(SIZES[0] / text.len());
        let engine = catalog::fully_optimized().engine();
        let (bytes, _) = peak(|| {
            let program = Rc::new(parse(&source).expect("workloads parse"));
            engine.compile(&program)
        });
        show(
            &workload.name,
            "as it is",
            bytes as f64 / source.len() as f64,
        );
        let is_refused = is_out_of_memory(&source, 80 * source.len());
        assert!(!is_refused, "{}", workload.name);
        taken += bytes;
        given += source.len();
    }
    let per_byte = taken as f64 / given as f64;
    show("all workloads", "as they are", per_byte);
    assert!(per_byte <= 16.0, "{per_byte} bytes per byte of source");
}

#[test]
fn the_error_tells_how_far_memory_reached() {
    let _account = ACCOUNT.lock();
    let source = format!("let a = 1;\n{}", "[1, 2, 3];\n".repeat(50_000));
    let errors = parse_within(&source, 1 << 20).expect_err("a MiB is too little");
    assert_eq!(
        errors.to_string(),
        "out of memory: to parse and compile the program may take over 1048576 bytes"
    );
    let line = syntax::position_of(&source, errors.first().span.start).line;
    assert!((100..50_000).contains(&line), "{line}");
    assert!(parse_within(&source, u64::MAX).is_ok());
    assert!(parse_within("1", 100_000).is_ok());
}
