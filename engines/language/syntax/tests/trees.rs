//! What a source parses to: precedence, statements, spans, heights and functions' names.

mod support;

use support::tree::tree;
use syntax::{Expr, ExprId, FunctionId, parse};

#[test]
fn operators_bind_in_the_documented_order() {
    for (source, expected) in [
        ("1 + 2 * 3", "(+ 1 (* 2 3))"),
        ("1 * 2 + 3", "(+ (* 1 2) 3)"),
        ("1 - 2 - 3", "(- (- 1 2) 3)"),
        ("8 / 4 / 2", "(/ (/ 8 4) 2)"),
        ("1 == 2 != 3", "(!= (== 1 2) 3)"),
        ("1 < 2 == 3 > 4", "(== (< 1 2) (> 3 4))"),
        ("1 + 2 < 3 * 4", "(< (+ 1 2) (* 3 4))"),
        ("-1 * 2", "(* (- 1) 2)"),
        ("!-1", "(! (- 1))"),
        ("-[1][0]", "(- (index (array 1) 0))"),
        ("!len(1)", "(! (call len 1))"),
        ("(1 + 2) * 3", "(* (+ 1 2) 3)"),
        ("1 * (2 + (3))", "(* 1 (+ 2 3))"),
        (
            "len(1)(2)[3](4)",
            "(call (index (call (call len 1) 2) 3) 4)",
        ),
        ("1 - -2", "(- 1 (- 2))"),
        ("if (1) {2} + 3", "(+ (if 1 {2}) 3)"),
        ("fn(x) {x}(1)", "(call (fn [x] {x}) 1)"),
    ] {
        assert_eq!(tree(source), expected, "{source}");
    }
}

#[test]
fn every_construct_parses() {
    for (source, expected) in [
        ("", ""),
        (" \t\r\n ", ""),
        ("9223372036854775807", "9223372036854775807"),
        ("007", "7"),
        ("\"\"", "\"\""),
        ("\"é\\n\n\"", "\"é\\\\n\\n\""),
        ("[]", "(array)"),
        ("[1, [2], \"3\"]", "(array 1 (array 2) \"3\")"),
        ("{}", "(hash)"),
        ("{1: 2, true: {}}", "(hash 1 2 true (hash))"),
        ("fn() {}", "(fn [] {})"),
        ("fn(a, b, a) { return a; b }", "(fn [a b a] {return a; b})"),
        ("if (true) {}", "(if true {})"),
        ("if (true) { 1 } else { 2; 3 }", "(if true {1} {2; 3})"),
        ("if (true) {} else {}", "(if true {} {})"),
        ("let _a1 = 1; _a1", "let _a1 = 1; _a1"),
        (
            "let letter = 1; let iffy = letter",
            "let letter = 1; let iffy = letter",
        ),
    ] {
        assert_eq!(tree(source), expected, "{source}");
    }
}

#[test]
fn semicolons_may_be_left_out_and_newlines_end_nothing() {
    for (source, expected) in [
        ("1 2", "1; 2"),
        ("1abc let abc = 1", "1; abc; let abc = 1"),
        (
            "let x = 1 let y = x return y x",
            "let x = 1; let y = x; return y; x",
        ),
        ("if (1) {2} 3", "(if 1 {2}); 3"),
        ("len\n(1)", "(call len 1)"),
        ("len\n[1]", "(index len 1)"),
        ("len;\n(1)", "len; 1"),
        ("1\n-2", "(- 1 2)"),
        ("{1: 2}[1]", "(index (hash 1 2) 1)"),
    ] {
        assert_eq!(tree(source), expected, "{source}");
    }
}

/// The text that each expression's span covers, in the order of the table.
fn spans(source: &str) -> Vec<&str> {
    let program = parse(source).unwrap();
    let spans = &program.ast().spans;
    let texts = spans
        .iter()
        .map(|span| &source[span.start as usize..span.end as usize]);
    texts.collect()
}

#[test]
fn spans_run_from_the_first_to_the_last_byte() {
    for (source, expected) in [
        ("1 + 22 ;", vec!["1", "22", "1 + 22"]),
        (
            "(1 + 2) * (3)",
            vec!["1", "2", "1 + 2", "3", "(1 + 2) * (3)"],
        ),
        ("((1))", vec!["1"]),
        (" - ( 1 ) ", vec!["1", "- ( 1 )"]),
        ("\"ab\"", vec!["\"ab\""]),
        ("(len)( 1 ) ", vec!["len", "1", "(len)( 1 )"]),
        ("[1 ][ 0 ]", vec!["1", "[1 ]", "0", "[1 ][ 0 ]"]),
        ("{ 1 : 2 }", vec!["1", "2", "{ 1 : 2 }"]),
        (
            "if (1) {2} else {3} ;",
            vec!["1", "2", "3", "if (1) {2} else {3}"],
        ),
        ("fn(x) { x } ;", vec!["x", "fn(x) { x }"]),
    ] {
        assert_eq!(spans(source), expected, "{source}");
    }
}

#[test]
fn a_string_s_text_is_without_quotes() {
    let program = parse("\"ab\"").unwrap();
    let Expr::String(span) = program.expr(ExprId(0)) else {
        panic!("no string");
    };
    assert_eq!(program.text(span), "ab");
}

#[test]
fn children_stand_before_parents_and_functions_in_source_order() {
    let program = parse("let f = fn(a) { fn(b) { b } }; fn(c) { f(c) }").unwrap();
    let starts = program.ast().functions.iter().map(|f| f.span.start);
    assert_eq!(starts.collect::<Vec<_>>(), [0, 8, 16, 31]);
    let main = program.function(FunctionId::MAIN);
    assert_eq!((main.span.start, main.span.end), (0, 45));
    for (index, expr) in program.ast().expressions.iter().enumerate() {
        if let Expr::Call { callee, arguments } = *expr {
            assert!(callee.index() < index);
            assert!(
                program
                    .list(arguments)
                    .iter()
                    .all(|item| item.index() < index)
            );
        }
    }
}

#[test]
fn a_literal_that_a_let_binds_directly_has_its_name() {
    for (source, expected) in [
        ("let f = fn() {}", Some("f")),
        ("let f = (fn() {})", Some("f")),
        ("let f = fn() {}()", None),
        ("let f = [fn() {}]", None),
        ("let f = if (true) { fn() {} }", None),
        ("fn() {}", None),
    ] {
        let program = parse(source).unwrap();
        let name = program.function(FunctionId(1)).name;
        assert_eq!(name.map(|name| program.name(name)), expected, "{source}");
    }
}

/// The heights of the program and of the functions in it, and of the whole tree.
fn heights(source: &str) -> (Vec<u32>, u32) {
    let program = parse(source).unwrap();
    let functions = program.ast().functions.iter();
    (functions.map(|f| f.height).collect(), program.ast().height)
}

#[test]
fn heights_count_levels() {
    for (source, functions, whole) in [
        ("", vec![1], 1),
        ("1", vec![1], 1),
        ("(((1)))", vec![1], 1),
        ("1 + 2 * 3", vec![3], 3),
        ("1 + 2 + 3 + 4", vec![4], 4),
        ("1; --2; 3", vec![3], 3),
        ("[]", vec![1], 1),
        ("[1, [2]]", vec![3], 3),
        ("{1: -2}", vec![3], 3),
        ("len(1, -2)", vec![3], 3),
        ("len[-1]", vec![3], 3),
        ("if (1) {}", vec![2], 2),
        ("if (1) { -2 } else { --3 }", vec![4], 4),
        ("fn() {}", vec![1, 1], 1),
        ("-fn() { 1 }", vec![2, 1], 3),
        ("fn() { fn() { --1 } }", vec![1, 1, 3], 5),
    ] {
        assert_eq!(heights(source), (functions, whole), "{source}");
    }
}

/// The widths of the program and of the functions in it.
fn widths(source: &str) -> Vec<u32> {
    let program = parse(source).unwrap();
    program.ast().functions.iter().map(|f| f.width).collect()
}

#[test]
fn widths_count_variables_and_the_entries_of_lists_one_within_the_other() {
    for (source, expected) in [
        ("", vec![0]),
        ("1 + 2; [len][0]", vec![1]),
        ("[1, 2]", vec![2]),
        ("{1: 2, 3: 4}", vec![4]),
        ("len(1, 2, 3)", vec![3]),
        ("[]; {}; len()", vec![0]),
        // One after the other, then one within the other.
        ("[1, 2]; [3]; [1] + [1, 2]", vec![2]),
        ("[1, 2][len(1)]", vec![2]),
        ("len(1)[[1, 2][0]]", vec![2]),
        ("[[1, 2, 3], [4]]", vec![5]),
        ("[[4], 5, len([1, {1: 2}])]", vec![3 + 1 + 2 + 2]),
        ("len(1, 2)([1])", vec![2]),
        ("if ([1] == [1, 2]) { [1, 2, 3] } else { [[1]] }", vec![3]),
        // Blocks end, their variables count on.
        (
            "let a = 1; if (a) { let b = 2; b } else { let c = 3; c }",
            vec![3],
        ),
        ("fn(a, b) { let c = [a, b]; [c, c, c] }", vec![0, 2 + 1 + 3]),
        // Functions within it have widths of their own.
        ("[1, fn(a) { let b = [a, a, a]; b }]; [1, 2, 3]", vec![3, 5]),
        ("[fn() { [fn(x) { [] }, 2] }, 2, 3]", vec![3, 2, 1]),
    ] {
        assert_eq!(widths(source), expected, "{source}");
    }
}

/// The weight of a program's first function.
fn weight_of_first(source: &str) -> u32 {
    parse(source).unwrap().function(FunctionId(1)).weight()
}

#[test]
fn weight_is_one_for_ordinary_functions() {
    for (minuses, weight) in [(0, 1), (62, 1), (63, 2), (127, 3)] {
        let source = format!("fn() {{ {}1 }}", "-".repeat(minuses));
        assert_eq!(weight_of_first(&source), weight, "{minuses}");
    }
    // Of height 2 and 1.
    for (elements, weight) in [
        (0, 1),
        (123, 1),
        (124, 2),
        (251, 2),
        (252, 3),
        (65_536, 513),
    ] {
        let source = format!("fn() {{ [{}] }}", vec!["1"; elements].join(","));
        assert_eq!(weight_of_first(&source), weight, "{elements} elements");
    }
    for (lets, weight) in [(0, 1), (125, 1), (126, 2), (253, 2), (254, 3)] {
        let source = format!("fn() {{ {} }}", "let a = 1;".repeat(lets));
        assert_eq!(weight_of_first(&source), weight, "{lets} lets");
    }
}
