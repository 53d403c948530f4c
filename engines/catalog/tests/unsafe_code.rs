//! The engines that hold `unsafe` code, on programs so short that an interpreter of Rust can follow each
//! access to memory: `cargo +nightly miri test -p catalog --test unsafe_code`.
//!
//! What programs give is tested elsewhere, on many more of them. Here it is the accesses that count: each
//! kind of value comes to lie in each kind of slot, and everything that ends an execution is there.

#[path = "support/mod.rs"]
mod support;

use runtime::Limits;
use support::{Engines, parse};

/// What runs to its end.
const PROGRAMS: [&str; 6] = [
    // Integers, in locals and on the stack, with calls, jumps and a `let` that a branch skips.
    "let f = fn(n) { if (n < 2) { n } else { let a = f(n - 1); let b = f(n - 2); a + b } }; f(5) * -2",
    // Objects: made, appended to, copied, kept by a closure, dropped with the frame.
    r#"let keep = fn(s) { fn(t) { s + t + "." } }; let k = keep("a" + "b"); k("c") + k("d")"#,
    r#"let a = [1, "two", [3]]; let h = {"k": a, 1: true}; push(a, len(h["k"])); h["k"][2]"#,
    // More slots than a machine starts with, so that the stack moves.
    "let deep = fn(n, a, b, c, d, e) { if (n == 0) { [a, b, c, d, e] } else { deep(n - 1, b, c, d, e, [n]) } };
     deep(12, 1, 2, 3, 4, 5)",
    // What takes the way of the unusual case: a string, a built-in function, equality of objects.
    r#"let is = fn(x, y) { if (x == y) { first(x) } else { rest(x) } }; is([1, 2], [1, 2]); is(["x"], [])"#,
    "let over = fn(i) { if (i > 3) { 9223372036854775807 + i } else { over(i + 1) } }; !(over(0) < 0)",
];

/// What ends in an error, with values in the frames that are left: of a type, of an index, of a call, of an
/// identifier that isn't set yet.
const ERRORS: [&str; 5] = [
    r#"let f = fn(a, b) { let c = [a, b]; c + 1 }; f("x", [2])"#,
    r#"let g = fn(h) { 1 + h[fn() { 1 }] }; g({"a": [1]})"#,
    r#"let f = fn(a) { a("s" + "t", [1]) }; f(fn(x) { x })"#,
    "let f = fn() { later }; [1, f()]; let later = 2; later",
    r#"let f = fn(n) { if (n == 0) { 1 / n } else { [n, f(n - 1)] } }; f(3)"#,
];

/// What never ends by itself.
const ENDLESS: &str = r#"let f = fn(n, s) { [f(n + 1, s + "s")] }; f(0, "s")"#;

/// The oracle, and the engines with `unsafe` code.
fn engines() -> Engines {
    Engines::those(|name| name == "tree" || name.contains('/'))
}

fn all_agree(programs: &[&str], limits: &Limits) {
    let engines = engines();
    for source in programs {
        if let Err(differs) = engines.agree(&parse(source), limits) {
            panic!("{differs}");
        }
    }
}

#[test]
fn values_of_all_kinds_in_slots_of_all_kinds() {
    all_agree(&PROGRAMS, &Limits::default());
}

#[test]
fn errors_with_values_in_the_frames_that_are_left() {
    all_agree(&ERRORS, &Limits::default());
}

#[test]
fn limits_with_values_in_the_frames_that_are_left() {
    let depth = Limits {
        depth: 9,
        ..Limits::default()
    };
    let fuel = Limits {
        fuel: Some(9),
        ..Limits::default()
    };
    all_agree(&[ENDLESS], &depth);
    all_agree(&[ENDLESS], &fuel);
}
