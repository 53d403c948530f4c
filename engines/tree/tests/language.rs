//! The language, as the tree-walker evaluates it: values, scope, errors and where they point.

mod common;

use common::{error, run, value};
use engine::Engine;
use runtime::Limits;
use tree::Tree;

#[test]
fn values_of_programs() {
    for (source, expected) in [
        ("", "null"),
        ("1; 2", "2"),
        ("let x = 5;", "null"),
        ("let x = 5; x", "5"),
        ("1; return 2; 3", "2"),
        ("if (true) { return 1; } 2", "1"),
        ("1 + 2 * 3 - -4 / 2", "9"),
        ("!true == false", "true"),
        ("\"a\" + \"b\" + \"c\"", "abc"),
        (
            "[1, \"two\", [true, fn(x) { x }]]",
            "[1, two, [true, fn(x)]]",
        ),
        (
            "{\"a\": 1, 2: {true: len}}",
            "{a: 1, 2: {true: builtin len}}",
        ),
        ("[1, 2, 3][1] + {\"k\": 40}[\"k\"]", "42"),
        ("[1][5]", "null"),
        ("-9223372036854775807 - 2", "9223372036854775807"),
    ] {
        assert_eq!(value(source), expected, "{source}");
    }
}

#[test]
fn blocks() {
    for (source, expected) in [
        ("if (1 < 2) { 10 } else { 20 }", "10"),
        ("if (1 > 2) { 10 } else { 20 }", "20"),
        ("if (false) { 10 }", "null"),
        ("if (0) { 10 }", "10"),
        ("if ([][0]) { 1 } else { 2 }", "2"),
        ("if (true) { let x = 1; }", "null"),
        ("if (true) { }", "null"),
        ("let x = 1; if (true) { let x = 2; x }; x", "1"),
        (
            "let x = 1; let y = if (true) { let x = x + 1; x * 10 }; x + y",
            "21",
        ),
    ] {
        assert_eq!(value(source), expected, "{source}");
    }
}

#[test]
fn functions() {
    for (source, expected) in [
        ("fn() { }()", "null"),
        ("fn() { let x = 1; }()", "null"),
        ("fn(x, y) { x - y }(5, 3)", "2"),
        ("let f = fn(x) { return x; 100 }; f(7)", "7"),
        (
            "let f = fn(x) { if (x) { if (x) { return 1; } } 2 }; [f(true), f(false)]",
            "[1, 2]",
        ),
        (
            "let f = fn() { 1 + if (true) { return 5; } }; f() * 2",
            "10",
        ),
        (
            "let f = fn() { [1, return_early(), 3] }; let return_early = fn() { 2 }; f()",
            "[1, 2, 3]",
        ),
        (
            "let apply = fn(f, x) { f(f(x)) }; apply(fn(x) { x * 3 }, 2)",
            "18",
        ),
        ("let len = fn(x) { 42 }; len(1)", "42"),
        ("let f = fn() { f }; f() == f", "true"),
        ("let make = fn() { fn() { 1 } }; make() == make()", "false"),
    ] {
        assert_eq!(value(source), expected, "{source}");
    }
}

#[test]
fn closures_capture_values_when_they_are_created() {
    for (source, expected) in [
        (
            "let add = fn(x) { fn(y) { x + y } }; let two = add(2); two(3) + add(10)(1)",
            "16",
        ),
        (
            "let f = fn(a) { fn(b) { fn(c) { [a, b, c] } } }; f(1)(2)(3)",
            "[1, 2, 3]",
        ),
        (
            "let f = fn() { let x = 1; let g = fn() { x }; let x = 2; g() }; f()",
            "1",
        ),
        (
            "let x = 1; let g = fn() { x }; let x = 2; [g(), x]",
            "[1, 2]",
        ),
        // A function sees itself, also from a function within it.
        (
            "let f = fn(n) { if (n == 0) { 0 } else { 2 + f(n - 1) } }; f(5)",
            "10",
        ),
        (
            "let f = fn(n) { if (n == 0) { \"end\" } else { fn() { f(n - 1) }() } }; f(3)",
            "end",
        ),
        (
            "fn() { let g = fn(n) { if (n == 0) { 7 } else { g(n - 1) } }; g(3) }()",
            "7",
        ),
        // A variable of a block at the top level is captured, not global.
        (
            "let g = if (true) { let hidden = 5; fn() { hidden } }; g()",
            "5",
        ),
        // The right side of a `let` sees the earlier binding, unless it is a function literal.
        ("let x = 1; let x = x + 1; x", "2"),
    ] {
        assert_eq!(value(source), expected, "{source}");
    }
}

#[test]
fn globals_further_on_are_found_once_they_are_bound() {
    let even_odd = "let even = fn(n) { if (n == 0) { true } else { odd(n - 1) } };
         let odd = fn(n) { if (n == 0) { false } else { even(n - 1) } };
         [even(10), odd(10)]";
    assert_eq!(value(even_odd), "[true, false]");

    let early = "let f = fn() { later }; f(); let later = 1;";
    let found = ("identifier not found: later".to_owned(), "later".to_owned());
    assert_eq!(error(early), found);
}

#[test]
fn errors_point_to_the_expression_that_failed() {
    for (source, expected, at) in [
        ("1; 2 + (3 / 0) * 4", "division by zero", "3 / 0"),
        (
            "let x = 1 + true;",
            "type mismatch: INTEGER + BOOLEAN",
            "1 + true",
        ),
        (
            "1 + (\"a\" - \"b\")",
            "unknown operator: STRING - STRING",
            "\"a\" - \"b\"",
        ),
        ("[1, -true]", "unknown operator: -BOOLEAN", "-true"),
        ("1 + 5(2)", "not a function: INTEGER", "5(2)"),
        (
            "fn(a) { a }(1, 2)",
            "wrong number of arguments: want=1, got=2",
            "fn(a) { a }(1, 2)",
        ),
        (
            "len(1, 2)",
            "wrong number of arguments: want=1, got=2",
            "len(1, 2)",
        ),
        (
            "1 + len(true)",
            "argument to `len` not supported, got BOOLEAN",
            "len(true)",
        ),
        (
            "first(\"a\")",
            "argument to `first` must be ARRAY, got STRING",
            "first(\"a\")",
        ),
        (
            "[{1: 2, [3]: 4}]",
            "unusable as hash key: ARRAY",
            "{1: 2, [3]: 4}",
        ),
        (
            "{}[fn() { 1 }]",
            "unusable as hash key: FUNCTION",
            "{}[fn() { 1 }]",
        ),
        ("1[0]", "index operator not supported: INTEGER", "1[0]"),
        (
            "[1][true]",
            "index operator not supported: ARRAY",
            "[1][true]",
        ),
        (
            "let f = fn(x) { -x }; f(f(1)) + f(\"a\")",
            "unknown operator: -STRING",
            "-x",
        ),
    ] {
        assert_eq!(
            error(source),
            (expected.to_owned(), at.to_owned()),
            "{source}"
        );
    }
}

#[test]
fn operands_are_evaluated_from_left_to_right_and_before_any_check() {
    let output = |source| run(source, &Limits::default()).output;
    assert_eq!(output("puts(1) < puts(2)"), "1\n2\n");
    assert_eq!(output("[puts(1), puts(2)][puts(3)]"), "1\n2\n3\n");
    assert_eq!(
        output("{puts(1): puts(2), puts(3): puts(4)}"),
        "1\n2\n3\n4\n"
    );
    assert_eq!(
        output("let f = fn() { puts(1); 5 }; f()(puts(2), puts(3))"),
        "1\n2\n3\n"
    );
    assert_eq!(output("fn(a) { puts(9) }(puts(1), puts(2))"), "1\n2\n");
}

#[test]
fn what_was_printed_before_an_error_stays() {
    let failed = run(
        "puts(1, \"two\"); puts([3]); 1 / 0; puts(4)",
        &Limits::default(),
    );
    assert_eq!(failed.output, "1\ntwo\n[3]\n");
    assert!(failed.result.is_err());
}

#[test]
fn nodes_calls_and_allocations_are_counted() {
    let fib = "let fib = fn(n) { if (n < 2) { n } else { fib(n - 1) + fib(n - 2) } }; fib(25)";
    let counted = run(fib, &Limits::default());
    assert_eq!(counted.result, Ok("75025".to_owned()));
    assert_eq!(counted.counts.calls, 242_785);

    let counts = run(
        "let f = fn(x) { x + 1 }; f(2); len(\"a\")",
        &Limits::default(),
    )
    .counts;
    // The literal fn; f, 2, f(2); x, 1, x + 1; len, "a", len("a").
    assert_eq!(counts.dispatched, 10);
    assert_eq!(counts.calls, 1);
    // The closure, 2, the environment, 1, the sum, "a", its length.
    assert_eq!(counts.allocations, 7);
    let kinds = (0..=u8::MAX).filter_map(|kind| {
        let count = counts.by_opcode[usize::from(kind)];
        (count > 0).then(|| (Tree::opcode_name(kind), count))
    });
    let expected = [
        ("integer", 2),
        ("string", 1),
        ("name", 3),
        ("infix", 1),
        ("function", 1),
        ("call", 2),
    ]
    .map(|(kind, count)| (Some(kind), count));
    assert_eq!(kinds.collect::<Vec<_>>(), expected);
    assert_eq!(Tree::opcode_name(u8::MAX), None);
}
