//! What each optimization matches and, more, what it must not match. That none changes what a
//! program gives, each program here is run under all sets of optimizations to see.

mod support;

use stack::Optimizations;
use support::{Seen, outcome, see};

const CO: Optimizations = Optimizations::CONSTANT_OPERANDS;
const SI: Optimizations = Optimizations::SUPERINSTRUCTIONS;
const CF: Optimizations = Optimizations::CONSTANT_FOLDING;
const IC: Optimizations = Optimizations::INTEGER_CACHE;
const TS: Optimizations = Optimizations::TYPE_SPECIALIZATION;

/// Checks that all sets agree on a program and gives what one of them makes of it, if it is built.
fn with(set: Optimizations, source: &str) -> Option<Seen> {
    let _agreed = outcome(source);
    see(source, set)
}

/// Asserts which opcodes a program has under a set of optimizations.
#[track_caller]
fn assert_opcodes(set: Optimizations, source: &str, expected: &str) {
    if let Some(seen) = with(set, source) {
        assert_eq!(seen.opcodes().join(" "), expected, "stack{set} on {source}");
    }
}

/// Asserts that a program has an opcode under a set of optimizations, or that it doesn't.
#[track_caller]
fn assert_has(set: Optimizations, source: &str, opcode: &str, expected: bool) {
    if let Some(seen) = with(set, source) {
        let listing = &seen.listing;
        assert_eq!(
            seen.has(opcode),
            expected,
            "{opcode} in stack{set} on {source}\n{listing}"
        );
    }
}

fn error(text: &str, at: &str) -> Result<String, (String, String)> {
    Err((text.into(), at.into()))
}

mod constant_operands {
    use super::*;

    #[test]
    fn every_binary_operator_takes_a_constant_on_its_right() {
        for (operator, opcode) in [
            ("+", "AddConst"),
            ("-", "SubConst"),
            ("*", "MulConst"),
            ("/", "DivConst"),
            ("<", "LessConst"),
            (">", "GreaterConst"),
            ("==", "EqualConst"),
            ("!=", "NotEqualConst"),
        ] {
            let source = format!("let x = 6; x {operator} 3");
            let expected = format!("Constant SetGlobal GetGlobal {opcode} Return");
            assert_opcodes(CO, &source, &expected);
        }
        assert_opcodes(
            CO,
            "let a = []; a[1]",
            "MakeArray SetGlobal GetGlobal IndexConst Return",
        );
        assert_has(CO, "let s = \"a\"; s + \"b\"", "AddConst", true);
    }

    #[test]
    fn a_constant_on_the_left_stays() {
        assert_opcodes(
            CO,
            "let x = 6; 3 - x",
            "Constant SetGlobal Constant GetGlobal Sub Return",
        );
        assert_opcodes(CO, "3 - 2", "Constant SubConst Return");
    }

    #[test]
    fn what_is_no_constant_stays() {
        for source in ["1 + -2", "1 == true", "1 == [2]", "1 + (2 * 3) + len([])"] {
            if let Some(seen) = with(CO, source) {
                assert!(seen.has("Add") || seen.has("Equal"), "{source}");
            }
        }
    }

    /// The jump leads between the constant and the operator.
    #[test]
    fn a_branch_before_the_operator_stays() {
        let source = "let f = fn(x) { 10 - if (x) { 1 } else { 2 } }; [f(true), f(false)]";
        assert_eq!(outcome(source), Ok("[9, 8]".into()));
        assert_has(CO, source, "Sub", true);
        assert_has(CO, source, "SubConst", false);
    }

    #[test]
    fn errors_are_those_of_the_operator() {
        let source = "let x = true; x + 1";
        assert_eq!(
            outcome(source),
            error("type mismatch: BOOLEAN + INTEGER", "x + 1")
        );
        assert_eq!(
            outcome("let x = 1; 2 + x / 0"),
            error("division by zero", "x / 0")
        );
        assert_eq!(
            outcome("let x = 1; x[0]"),
            error("index operator not supported: INTEGER", "x[0]")
        );
    }
}

mod superinstructions {
    use super::*;

    #[test]
    fn frequent_sequences_become_one_instruction() {
        for (body, opcode) in [
            ("x + 1", "GetLocalAddConst"),
            ("x - 1", "GetLocalSubConst"),
            ("if (x < 1) { 2 }", "JumpIfLocalNotLessConst"),
            ("if (x > 1) { 2 }", "JumpIfLocalNotGreaterConst"),
            ("if (x == 1) { 2 }", "JumpIfLocalNotEqualConst"),
            ("if (x < x) { 2 }", "JumpIfNotLess"),
            ("if (x > x) { 2 }", "JumpIfNotGreater"),
            ("if (x == x) { 2 }", "JumpIfNotEqual"),
            ("g[0]", "GetGlobalIndexConst"),
        ] {
            let source = format!("let g = [5]; let f = fn(x) {{ {body} }}; [f(0), f(1), f(2)]");
            assert_has(SI, &source, opcode, true);
        }
    }

    #[test]
    fn their_effect_is_counted_as_one_dispatch() {
        let source = "fn(x) { if (x < 1) { 2 } else { x - 1 } }(5)";
        let (Some(plain), Some(fused)) = (see(source, Optimizations::NONE), see(source, SI)) else {
            return;
        };
        // Of four instructions that compare and jump, and of three that subtract, one each.
        assert_eq!(plain.counts.dispatched - fused.counts.dispatched, 3 + 2);
    }

    #[test]
    fn sequences_alike_but_for_an_operand_stay() {
        for (body, plain) in [
            // The constant is on the left, or the variable is no local of this function.
            ("1 - x", "Sub"),
            ("g - 1", "Sub"),
            ("fn() { x - 1 }()", "Sub"),
            ("x * 2", "Mul"),
            ("if (x != 1) { 2 }", "NotEqual"),
            ("[5][0]", "Index"),
            ("x < 1", "Less"),
            ("if (!(x < 1)) { 2 }", "Less"),
        ] {
            let source = format!("let g = 5; let f = fn(x) {{ {body} }}; [f(0), f(1), f(2)]");
            assert_has(SI, &source, plain, true);
        }
    }

    /// Whichever way the inner `if` goes, its value meets the operator or jump behind it, so that
    /// nothing before and behind that place may become one.
    #[test]
    fn no_sequence_is_jumped_into() {
        for (source, value, separate) in [
            (
                "let f = fn(x, y) { y - if (x) { x } else { 1 } }; f(false, 5)",
                "4",
                "Sub",
            ),
            (
                "let f = fn(x, y) { if (y < if (x) { 8 } else { 1 }) { 2 } else { 3 } };
              [f(true, 5), f(false, 5)]",
                "[2, 3]",
                "JumpIfNotLess",
            ),
            (
                "let f = fn(x) { if (if (x) { true } else { x == 1 }) { 2 } else { 3 } };
              [f(true), f(false)]",
                "[2, 3]",
                "JumpIfFalse",
            ),
            (
                "let g = [7]; let f = fn(x) { if (x) { g } else { [8] }[0] };
              [f(true), f(false)]",
                "[7, 8]",
                "Index",
            ),
            (
                "let f = fn(x, y) { (if (x) { x } else { y }) + 1 }; f(false, 5)",
                "6",
                "Add",
            ),
        ] {
            assert_eq!(outcome(source), Ok(value.into()), "{source}");
            assert_has(SI, source, separate, true);
        }
    }

    #[test]
    fn errors_are_those_of_the_operator_within() {
        for (body, text, at) in [
            (
                "if (x < 1) { 2 }",
                "type mismatch: STRING < INTEGER",
                "x < 1",
            ),
            (
                "if (x > x) { 2 }",
                "unknown operator: STRING > STRING",
                "x > x",
            ),
            ("1 + (x - 1)", "type mismatch: STRING - INTEGER", "x - 1"),
            ("x + 1", "type mismatch: STRING + INTEGER", "x + 1"),
            (
                "g[\"k\"]",
                "index operator not supported: INTEGER",
                "g[\"k\"]",
            ),
        ] {
            let source = format!("let g = 1; fn(x) {{ {body} }}(\"s\")");
            assert_eq!(outcome(&source), error(text, at), "{source}");
        }
    }

    #[test]
    fn comparison_with_a_string_is_one_of_values() {
        let source =
            "let f = fn(x) { if (x == \"a\") { 1 } else { 2 } }; [f(\"a\"), f(\"b\"), f(0)]";
        assert_eq!(outcome(source), Ok("[1, 2, 2]".into()));
    }
}

mod constant_folding {
    use super::*;

    #[test]
    fn operators_on_literals_are_gone() {
        for (source, folded) in [
            ("1 + 2 * 3 - -4", "Constant 0 11"),
            ("7 / 2", "Constant 0 3"),
            ("9223372036854775807 + 1", "Constant 0 -9223372036854775808"),
            ("\"a\" + \"b\" + \"c\"", "Constant 0 \"abc\""),
            ("1 < 2", "True"),
            ("!(1 < 2)", "False"),
            ("1 == true", "False"),
            ("\"a\" != \"b\"", "True"),
            ("!5", "False"),
            ("!!true", "True"),
        ] {
            if let Some(seen) = with(CF, source) {
                assert_eq!(seen.instructions(), [folded, "Return"], "{source}");
            }
        }
    }

    #[test]
    fn literals_within_other_expressions_are_folded() {
        for source in [
            "[1 + 2]",
            "{1 + 2: 2}",
            "fn(x) { x * (1 + 2) }(2)",
            "if (1 + 2) { 3 }",
        ] {
            assert_has(CF, source, "Add", false);
        }
    }

    #[test]
    fn errors_are_left_to_run_time() {
        for (source, text, at) in [
            ("1 / 0", "division by zero", "1 / 0"),
            ("2 * (3 - 1 / (1 - 1))", "division by zero", "1 / (1 - 1)"),
            ("1 + true", "type mismatch: INTEGER + BOOLEAN", "1 + true"),
            (
                "\"a\" - \"b\"",
                "unknown operator: STRING - STRING",
                "\"a\" - \"b\"",
            ),
            ("-(1 < 2)", "unknown operator: -BOOLEAN", "-(1 < 2)"),
            (
                "true < false",
                "unknown operator: BOOLEAN < BOOLEAN",
                "true < false",
            ),
        ] {
            assert_eq!(outcome(source), error(text, at), "{source}");
        }
        assert_has(CF, "1 / 0", "Div", true);
    }

    #[test]
    fn an_error_that_is_not_reached_does_not_happen() {
        assert_eq!(
            outcome("if (1 > 2) { 1 / 0 } else { \"fine\" }"),
            Ok("fine".into())
        );
        assert_eq!(outcome("puts(1 + 1); 5; fn() { -true }; 6"), Ok("6".into()));
        let source = "puts(\"before\"); 1 / 0";
        assert_eq!(outcome(source), error("division by zero", "1 / 0"));
        assert_eq!(see(source, Optimizations::NONE).unwrap().output, "before\n");
    }

    #[test]
    fn names_and_calls_are_no_literals() {
        assert_has(CF, "let x = 1; x + 2", "Add", true);
        assert_has(CF, "len(\"a\") + 2", "Add", true);
        assert_has(CF, "[1] == [1]", "Equal", true);
        // Addition groups to the left: what stands behind the name isn't one operator.
        assert_has(CF, "let x = 1; x + 2 + 3", "Add", true);
    }

    #[test]
    fn long_strings_take_their_fuel_at_run_time() {
        for (length, folded) in [(31, true), (32, false)] {
            let half = "s".repeat(length);
            let source = format!("\"{half}\" + \"{half}\"");
            assert_has(CF, &source, "Add", !folded);
        }
        for (length, folded) in [(62, true), (63, false)] {
            let string = "s".repeat(length);
            let source = format!("\"{string}\" == \"{string}\"");
            assert_has(CF, &source, "Equal", !folded);
        }
    }
}

mod integer_cache {
    use super::*;

    fn allocations(source: &str, set: Optimizations) -> Option<u64> {
        with(set, source).map(|seen| seen.counts.allocations)
    }

    #[test]
    fn results_from_minus_one_to_256_are_not_made() {
        for (source, cached) in [
            ("let x = 1; x - 2", true),
            ("let x = 1; x - 3", false),
            ("let x = 255; x + 1", true),
            ("let x = 255; x + 2", false),
            ("let x = 1; -x", true),
            ("let x = 2; -x", false),
            ("len([1, 2]) * 0", true),
            ("let x = 9223372036854775807; x + x + 2", true),
        ] {
            let (Some(plain), Some(with)) = (
                allocations(source, Optimizations::NONE),
                allocations(source, IC),
            ) else {
                return;
            };
            assert_eq!(with < plain, cached, "{source}: {plain} {with}");
        }
    }

    #[test]
    fn the_code_is_the_same() {
        let source = "let f = fn(n) { if (n < 1) { [] } else { push(f(n - 1), n * 100) } }; f(5)";
        if let Some(seen) = with(IC, source) {
            let plain = see(source, Optimizations::NONE).unwrap();
            assert_eq!(seen.listing, plain.listing);
            assert_eq!(seen.counts.by_opcode, plain.counts.by_opcode);
        }
    }

    #[test]
    fn shared_integers_are_equal_like_others() {
        let source = "let f = fn(x) { [x == x, x + 0 == x, x - 1 == x, [x] == [x + 0]] };
                      [f(1), f(300), f(-1), f(-2)]";
        let each = "[true, true, false, true]";
        assert_eq!(
            outcome(source),
            Ok(format!("[{each}, {each}, {each}, {each}]"))
        );
    }
}

mod type_specialization {
    use super::*;

    /// Asserts whether the one `+` of a function's body is specialized.
    #[track_caller]
    fn assert_specialized(source: &str, specialized: bool) {
        assert_has(TS, source, "AddInt", specialized);
        assert_has(TS, source, "Add", !specialized);
    }

    #[test]
    fn what_operators_prove_is_used() {
        for body in [
            "let y = x * 1; y + y",
            "x - 1; x + x",
            "x < 1; x + 1",
            "-x; x + x",
            "(x * 2) + (x * 3)",
            "len(\"s\") + 1",
            "1 + 2",
            "let y = 5; y + 1",
            "let y = if (x) { 1 } else { 2 }; y + 1",
            "x + (x - 1)",
            "if (x < 1) { x + 1 } else { 0 }",
            "if (x < 1) { 0 } else { x + 1 }",
            "x / 1; fn() { x + 1 }()",
        ] {
            assert_specialized(&format!("fn(x) {{ {body} }}(3)"), true);
        }
    }

    #[test]
    fn what_nothing_proves_is_tested() {
        for body in [
            "x + x",
            "x + 1",
            "x == 1; x + 1",
            "!x; x + 1",
            "[x][0] + 1",
            "{1: x}[1] + 1",
            "first([x]) + 1",
            "(if (x) { 1 }) + 1",
            "(if (x) { 1 } else { \"s\" }) + 1",
            "fn() { 1 }() + 1",
            "let y = x; y + 1",
        ] {
            assert_specialized(&format!("fn(x) {{ {body} }}(3)"), false);
        }
    }

    /// The program runs with a string where the branch would have proven an integer.
    #[test]
    fn what_a_branch_finds_out_stays_in_it() {
        for (body, arguments, value) in [
            ("if (c) { x - 1 }; x + x", "[false, \"s\"]", "ss"),
            ("if (c) { x - 1 } else { 0 }; x + x", "[false, \"s\"]", "ss"),
            ("if (c) { 0 } else { x - 1 }; x + x", "[true, \"s\"]", "ss"),
            (
                "if (c) { 0 } else { if (c) { 1 } else { x * 2 } }; x + x",
                "[true, \"s\"]",
                "ss",
            ),
            (
                "let y = if (c) { x - 1 } else { x }; y + y",
                "[false, \"s\"]",
                "ss",
            ),
            ("[if (c) { -x }, x + x][1]", "[false, \"s\"]", "ss"),
            (
                "let y = if (c) { return x; } else { x }; y + y",
                "[false, \"s\"]",
                "ss",
            ),
        ] {
            let source = format!("let a = {arguments}; fn(c, x) {{ {body} }}(a[0], a[1])");
            assert_eq!(outcome(&source), Ok(value.into()), "{source}");
            assert_specialized(&source, false);
        }
    }

    #[test]
    fn what_a_function_finds_out_stays_in_it() {
        for (source, value) in [
            (
                "let f = fn(x) { let g = fn() { x - 1 }; x + x }; f(\"s\")",
                "ss",
            ),
            (
                "let f = fn(x) { fn(x) { x - 1 }(3); x + x }; f(\"s\")",
                "ss",
            ),
            ("let x = \"s\"; let f = fn() { x - 1 }; x + x", "ss"),
            (
                "let f = fn() { later - 1 }; let later = \"s\"; later + later",
                "ss",
            ),
        ] {
            assert_eq!(outcome(source), Ok(value.into()), "{source}");
            assert_specialized(source, false);
        }
    }

    #[test]
    fn shadowing_names_are_other_variables() {
        for source in [
            "let x = 1; x - 1; let x = \"s\"; x + x",
            "fn(x) { x - 1; if (true) { let x = \"s\"; x + x } }(1)",
            "fn(x) { x - 1; fn(x) { x + x } }(1)(\"s\")",
        ] {
            assert_eq!(outcome(source), Ok("ss".into()), "{source}");
            assert_specialized(source, false);
        }
        let source = "let len = fn(x) { x }; len(\"s\") + \"s\"";
        assert_eq!(outcome(source), Ok("ss".into()));
        assert_specialized(source, false);
    }

    /// The same function runs with an integer, then with a string.
    #[test]
    fn another_call_is_another_variable() {
        let source = "let f = fn(n, x) { if (n == 0) { x + x } else { x - 1; f(n - 1, \"s\") } };
                      f(1, 5)";
        assert_eq!(outcome(source), Ok("ss".into()));
        assert_specialized(source, false);
    }

    #[test]
    fn errors_come_where_they_came() {
        for (body, text, at) in [
            (
                "x - 1; x + true",
                "type mismatch: INTEGER + BOOLEAN",
                "x + true",
            ),
            ("x - 1; x / 0", "division by zero", "x / 0"),
            (
                "x * 2; (x - 3) / (x - 3)",
                "division by zero",
                "(x - 3) / (x - 3)",
            ),
        ] {
            let source = format!("fn(x) {{ {body} }}(3)");
            assert_eq!(outcome(&source), error(text, at), "{source}");
        }
        let source = "fn(x) { x - 1; x + x }(\"s\")";
        assert_eq!(
            outcome(source),
            error("type mismatch: STRING - INTEGER", "x - 1")
        );
    }

    #[test]
    fn comparisons_of_integers_are_specialized() {
        for (operator, opcode) in [
            ("<", "LessInt"),
            (">", "GreaterInt"),
            ("==", "EqualInt"),
            ("!=", "NotEqualInt"),
            ("-", "SubInt"),
            ("*", "MulInt"),
            ("/", "DivInt"),
        ] {
            assert_has(TS, &format!("let x = 3; x {operator} x"), opcode, true);
        }
        assert_has(TS, "let x = 3; -x", "NegateInt", true);
        assert_has(TS, "fn(x) { x == x }(3)", "EqualInt", false);
    }
}

mod together {
    use super::*;

    #[test]
    fn specialized_operators_take_constants_and_fuse() {
        let source = "fn(x) { x * 1; [x + 1, x - 1, x / 2, if (x < 1) { 2 }] }(3)";
        assert_has(CO.union(TS), source, "AddIntConst", true);
        assert_has(SI.union(TS), source, "GetLocalAddIntConst", true);
        assert_has(SI.union(TS), source, "GetLocalSubIntConst", true);
        assert_has(SI.union(TS), source, "JumpIfLocalNotLessIntConst", true);
        assert_has(
            Optimizations::DOCUMENTED,
            source,
            "GetLocalAddIntConst",
            true,
        );
        assert_has(Optimizations::DOCUMENTED, source, "DivIntConst", true);
    }

    #[test]
    fn superinstructions_come_before_constant_operands() {
        let source = "fn(x) { if (x < 1) { 2 } else { x - 1 } }(3)";
        assert_has(CO.union(SI), source, "JumpIfLocalNotLessConst", true);
        assert_has(CO.union(SI), source, "LessConst", false);
        assert_has(CO.union(SI), source, "GetLocalSubConst", true);
    }

    #[test]
    fn folded_constants_are_operands() {
        assert_has(CO.union(CF), "fn(x) { x + 2 * 3 }(1)", "AddConst", true);
        assert_has(
            SI.union(CF),
            "fn(x) { x + 2 * 3 }(1)",
            "GetLocalAddConst",
            true,
        );
        assert_has(CF.union(TS), "fn(x) { 1 + 2 - x * 3 }(1)", "SubInt", true);
    }
}
