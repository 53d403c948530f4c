//! A panic amidst a run, which the output alone can bring about: nothing is dropped twice, and what the functions
//! hold that wait is given back.

mod support;

use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

use catalog::variants;
use runtime::{Limits, memory};
use support::{parse, run};

/// Panics when it is written to.
struct Broken;

impl Write for Broken {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        panic!("the output is broken, as it is meant to be")
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Each call holds a string of its own while it waits for the next one.
const PROGRAM: &str = r#"
let f = fn(n, s) { let t = s + "x"; if (n == 0) { puts(t); 0 } else { f(n - 1, t) + 1 } };
f(50, "a")
"#;

/// More than the strings and the function that one call holds are counted for, and far less than those of fifty.
const ONE_CALL: u64 = 400;

#[test]
fn a_panic_gives_back_what_waiting_functions_hold() {
    let program = parse(PROGRAM);
    for variant in variants() {
        let code = variant.engine().compile(&program);
        let before = memory::live();
        let limits = Limits::default();
        let panicked = catch_unwind(AssertUnwindSafe(|| code.run(&limits, &mut Broken)));
        assert!(panicked.is_err(), "{}", variant.name);
        let left = memory::live() - before;
        let is_checked = !variant.name.ends_with("/verified");
        assert!(
            left == 0 || !is_checked && left < ONE_CALL,
            "{}: {left} bytes",
            variant.name
        );
        // The code is as it was.
        let again = run(&*code, &limits);
        assert_eq!(again.outcome.as_deref(), Ok("50"), "{}", variant.name);
        assert_eq!(memory::live() - before, left, "{}", variant.name);
    }
}
