//! The calls that an error tells of: the same on every variant, also where code was saved and loaded.
//! (That they are the same in generated programs, `differential` asks: an error is equal only if they are.)

use crate::support::{Engines, parse, run};
use catalog::bytecode::Bytecode;
use runtime::{Calls, Limits, RuntimeError};
use syntax::position_of;

/// Calls as one line: name and place, and how many of them in a row; then how many others.
fn shown(source: &str, calls: &Calls) -> String {
    let mut texts: Vec<_> = calls
        .innermost()
        .iter()
        .map(|call| {
            let name = call
                .name
                .map_or("fn", |name| &source[name.start as usize..name.end as usize]);
            let place = position_of(source, call.span.start);
            format!("{name} {place} x{}", call.times)
        })
        .collect();
    if calls.others() > 0 {
        texts.push(format!("{} others", calls.others()));
    }
    texts.join(", ")
}

/// The one error that a program has on every variant.
fn error(engines: &Engines, source: &str, depth: u32) -> RuntimeError {
    let limits = Limits {
        depth,
        ..Limits::default()
    };
    let agreed = engines.agree(&parse(source), &limits);
    let run = agreed.unwrap_or_else(|complaint| panic!("{complaint:.2000}"));
    run.outcome.expect_err(source)
}

#[test]
fn an_error_tells_the_calls_around_it() {
    let engines = Engines::every();
    for (source, depth, expected) in [
        ("1 / 0", 10, ""),
        // The call that fails is itself the error's place.
        ("let f = fn(x) { x }; f()", 10, ""),
        ("let f = fn() { 1 / 0 };\nf()", 10, "f 2:1 x1"),
        ("fn() { 1 / 0 }()", 10, "fn 1:1 x1"),
        (
            "let f = fn(n) { f(n + 1) };\nf(0)",
            1_000,
            "f 1:17 x999, f 2:1 x1",
        ),
        (
            "let f = fn(n) { 1 + f(n + 1) };\nf(0)",
            7,
            "f 1:21 x6, f 2:1 x1",
        ),
        (
            "let even = fn(n) { odd(n - 1) };\nlet odd = fn(n) {\n  even(n - 1) };\neven(0)",
            1_000,
            "odd 1:20 x1, even 3:3 x1, odd 1:20 x1, even 3:3 x1, odd 1:20 x1, 995 others",
        ),
        // An inner function and a builtin; a returned error; an argument and a condition.
        (
            "let outer = fn(f) { let inner = fn() { f(1) };\n[inner()] };\n\
             outer(fn(x) { if (len(x)) { x } })",
            10,
            "fn 1:40 x1, inner 2:2 x1, outer 3:1 x1",
        ),
        (
            "let f = fn(n) { if (n < 1) { return n + true; } return f(n - 1); };\nf(3) + 1",
            10,
            "f 1:56 x3, f 2:1 x1",
        ),
        // A call that has returned is no longer under way.
        (
            "let f = fn() { 1 }; let g = fn() { f(); first(f()) };\ng()",
            10,
            "g 2:1 x1",
        ),
    ] {
        let found = error(&engines, source, depth);
        assert_eq!(shown(source, &found.calls), expected, "{source}");
    }
}

#[test]
fn loaded_code_tells_the_same_calls() {
    let source = "let f = fn(n) { if (n < 1) { n / n } else { f(n - 1) } };\nf(3)";
    let program = parse(source);
    for variant in catalog::variants() {
        let compiled = variant.engine().compile(&program);
        let Ok(bytes) = compiled.save(&variant.name) else {
            continue;
        };
        let loaded = Bytecode::new(bytes).unwrap().load(variant).unwrap();
        let found = run(&*loaded, &Limits::default());
        assert_eq!(
            found,
            run(&*compiled, &Limits::default()),
            "{}",
            variant.name
        );
        let calls = found.outcome.unwrap_err().calls;
        assert_eq!(shown(source, &calls), "f 1:45 x3, f 2:1 x1");
    }
}
