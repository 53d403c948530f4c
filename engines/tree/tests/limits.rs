//! Depth, fuel and memory end a program exactly where the documentation says.

mod common;

use common::run;
use runtime::{ErrorKind, Limits, Shortage};

fn limited(source: &str, limits: Limits) -> Result<String, ErrorKind> {
    run(source, &limits).result.map_err(|(kind, _)| kind)
}

fn with_depth(depth: u32) -> Limits {
    Limits {
        depth,
        ..Limits::default()
    }
}

fn with_fuel(fuel: u64) -> Limits {
    Limits {
        fuel: Some(fuel),
        ..Limits::default()
    }
}

/// The weight of a program's first function.
fn weight_of_first(source: &str) -> u32 {
    let program = syntax::parse(source).expect("the program parses");
    program.ast().functions[1].weight()
}

/// A program that nests `calls` calls.
fn countdown(calls: u32) -> String {
    let n = calls - 1;
    format!("let down = fn(n) {{ if (n == 0) {{ 0 }} else {{ 1 + down(n - 1) }} }}; down({n})")
}

#[test]
fn the_default_depth_is_100_000_calls() {
    for calls in [10_000, 100_000] {
        let result = limited(&countdown(calls), Limits::default());
        assert_eq!(result, Ok((calls - 1).to_string()));
    }
    let (kind, at) = run(&countdown(100_001), &Limits::default())
        .result
        .unwrap_err();
    assert_eq!(kind, ErrorKind::StackOverflow);
    assert_eq!(at, "down(n - 1)");
}

#[test]
fn the_depth_is_one_setting() {
    for depth in [1, 2, 17] {
        assert!(limited(&countdown(depth), with_depth(depth)).is_ok());
        assert_eq!(
            limited(&countdown(depth + 1), with_depth(depth)),
            Err(ErrorKind::StackOverflow)
        );
    }
    assert_eq!(
        limited("fn() { 1 }()", with_depth(0)),
        Err(ErrorKind::StackOverflow)
    );
    assert_eq!(limited("1 + len([])", with_depth(0)), Ok("1".to_owned()));
}

#[test]
fn calls_that_have_returned_count_no_more() {
    let source = "let f = fn(n) { if (n == 0) { return 0; } n }; f(1) + f(0) + f(1); f(f(f(2)))";
    assert_eq!(limited(source, with_depth(1)), Ok("2".to_owned()));
}

#[test]
fn a_high_body_weighs_more() {
    // Prefix operators 130 high, over the call in them: 1 + 130 / 64 is 3 for each call.
    let high = format!(
        "let f = fn(n) {{ if (n == 0) {{ true }} else {{ {}f(n - 1) }} }}; f(9)",
        "!".repeat(126)
    );
    let weight = weight_of_first(&high);
    assert_eq!(weight, 3);
    assert_eq!(
        limited(&high, with_depth(10 * weight)),
        Ok("true".to_owned())
    );
    assert_eq!(
        limited(&high, with_depth(10 * weight - 1)),
        Err(ErrorKind::StackOverflow)
    );
}

#[test]
fn a_wide_body_weighs_more() {
    // Four levels high, with a parameter, 300 elements and an argument: 1 + (2 * 4 + 302) / 128.
    let wide = format!("let f = fn(n) {{ [{} f(n + 1)] }}; f(0)", "1,".repeat(299));
    let weight = weight_of_first(&wide);
    assert_eq!(weight, 3);
    let overflow = run(&wide, &with_depth(10 * weight));
    assert_eq!(overflow.result.unwrap_err().0, ErrorKind::StackOverflow);
    assert_eq!(overflow.counts.calls, 10);
}

#[test]
fn a_depth_beyond_the_native_stack_is_a_stack_overflow() {
    let endless = "let f = fn(n) { f(n + 1) }; f(0)";
    assert_eq!(
        limited(endless, with_depth(u32::MAX)),
        Err(ErrorKind::StackOverflow)
    );
}

#[test]
fn recursion_of_every_form_is_bounded_alike() {
    for body in [
        "f(n + 1)",
        "return f(n + 1);",
        "let x = f(n + 1); x",
        "[f(n + 1)]",
        "{1: f(n + 1)}",
        "[1][f(n + 1)]",
        "-f(n + 1)",
        "len(f(n + 1))",
        "fn() { f(n + 1) }()",
        "if (f(n + 1)) { 1 }",
        "if (true) { if (true) { f(n + 1) } }",
    ] {
        let source = format!("let f = fn(n) {{ {body} }}; f(0)");
        let result = limited(&source, Limits::default());
        assert_eq!(result, Err(ErrorKind::StackOverflow), "{body}");
    }
}

#[test]
fn a_tree_as_high_as_the_parser_allows_is_evaluated() {
    let height = syntax::MAX_NESTING as usize - 10;
    let negations = "!".repeat(height);
    let expected = height.is_multiple_of(2).to_string();
    assert_eq!(
        limited(&format!("{negations}true"), Limits::default()),
        Ok(expected.clone())
    );
    let within = format!("fn() {{ {negations}true }}()");
    assert_eq!(limited(&within, Limits::default()), Ok(expected));
}

#[test]
fn the_highest_functions_recur_until_the_limit_of_depth() {
    let height = syntax::MAX_NESTING as usize - 20;
    let source = format!("let f = fn(n) {{ {}f(n + 1) }}; f(0)", "!".repeat(height));
    let overflow = run(&source, &Limits::default());
    assert!(matches!(
        overflow.result,
        Err((ErrorKind::StackOverflow, _))
    ));
    let calls = Limits::default().depth / weight_of_first(&source);
    assert_eq!(overflow.counts.calls, u64::from(calls));
}

#[test]
fn a_long_chain_of_closures_is_dropped() {
    let chain = "let grow = fn(n, f) { if (n == 0) { f } else { grow(n - 1, fn() { f() }) } };
         let chain = grow(90000, fn() { 1 }); 5";
    assert_eq!(limited(chain, Limits::default()), Ok("5".to_owned()));
}

#[test]
fn each_call_takes_fuel_and_so_does_each_builtin() {
    for (source, fuel) in [
        ("1 + 2", 0),
        ("fn() { 1 }()", 1),
        ("len([]) + len([])", 2),
        (
            "let f = fn(n) { if (n == 0) { 0 } else { f(n - 1) } }; f(9)",
            10,
        ),
    ] {
        assert!(limited(source, with_fuel(fuel)).is_ok(), "{source}");
        if fuel > 0 {
            let result = limited(source, with_fuel(fuel - 1));
            assert_eq!(result, Err(ErrorKind::OutOfFuel), "{source}");
        }
    }
}

#[test]
fn a_call_is_checked_in_one_order() {
    // Fuel, then whether it can be called, then arity, then depth.
    let limits = |fuel, depth| Limits {
        fuel: Some(fuel),
        depth,
        ..Limits::default()
    };
    assert_eq!(limited("1(2)", limits(0, 0)), Err(ErrorKind::OutOfFuel));
    assert!(matches!(
        limited("1(2)", limits(1, 0)),
        Err(ErrorKind::NotAFunction(_))
    ));
    assert_eq!(
        limited("fn() { 1 }(2)", limits(0, 0)),
        Err(ErrorKind::OutOfFuel)
    );
    assert!(matches!(
        limited("fn() { 1 }(2)", limits(1, 0)),
        Err(ErrorKind::WrongArity { want: 0, got: 1 })
    ));
    assert_eq!(
        limited("fn() { 1 }()", limits(1, 0)),
        Err(ErrorKind::StackOverflow)
    );
    assert_eq!(
        limited("len(2, 3)", limits(0, 0)),
        Err(ErrorKind::OutOfFuel)
    );
}

#[test]
fn memory_is_bounded() {
    let doubling = "let double = fn(s) { double(s + s) }; double(\"x\")";
    let limits = Limits {
        memory: Some(1 << 20),
        ..Limits::default()
    };
    let (kind, at) = run(doubling, &limits).result.unwrap_err();
    assert_eq!(
        (kind, at.as_str()),
        (ErrorKind::OutOfMemory(Shortage::Allowed), "s + s")
    );

    let growing = "let grow = fn(a) { grow(push(a, 1)) }; grow([])";
    let (kind, at) = run(growing, &limits).result.unwrap_err();
    assert_eq!(
        (kind, at.as_str()),
        (ErrorKind::OutOfMemory(Shortage::Allowed), "push(a, 1)")
    );

    // Integers take none, but the text of the final value does.
    let none = Limits {
        memory: Some(1),
        ..Limits::default()
    };
    assert_eq!(limited("1 + 2", none), Ok("3".to_owned()));
    for source in ["\"\"", "[]", "{}", "fn() { 1 }"] {
        let (kind, at) = run(source, &none).result.unwrap_err();
        let place = at.trim_matches('"');
        assert_eq!(
            (kind, place),
            (
                ErrorKind::OutOfMemory(Shortage::Allowed),
                source.trim_matches('"')
            )
        );
    }
}
