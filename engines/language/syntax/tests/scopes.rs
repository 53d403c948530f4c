//! What names stand for, and what closures capture: every sentence of the specification's
//! section on scope.

mod support;

use std::fmt::Write;

use support::errors;
use syntax::{BindingId, BindingKind, FunctionId, NameId, Program, Resolved, parse};

/// What each occurrence of a name stands for, in source order, then captures per function.
///
/// A global is `gN` by its index, a parameter `pF.N`, a local `lF.NAME-ID-OF-ITS-LET` and a
/// function itself `fF`, where F is the function's number; a forward reference has a `>`.
fn resolution(source: &str) -> String {
    let program = parse(source).unwrap_or_else(|errors| panic!("{source}: {errors}"));
    let mut text = String::new();
    for index in 0..program.ast().names.len() as u32 {
        let name = NameId(index);
        let meaning = match program.resolve(name) {
            Resolved::Variable(binding) => variable(&program, binding),
            Resolved::Forward(binding) => format!(">{}", variable(&program, binding)),
            Resolved::Builtin(builtin) => format!("builtin-{}", builtin.name()),
        };
        let _ = write!(text, "{}={meaning} ", program.name(name));
    }
    for id in (0..program.ast().functions.len() as u32).map(FunctionId) {
        let scope = program.scope(id);
        let captures = scope
            .captures
            .iter()
            .map(|&binding| variable(&program, binding));
        let captures = captures.collect::<Vec<_>>().join(",");
        let itself = if scope.itself.is_some() {
            " itself"
        } else {
            ""
        };
        if !captures.is_empty() || scope.itself.is_some() {
            let _ = write!(text, "| {}:[{captures}]{itself} ", id.0);
        }
    }
    text.trim_end().to_owned()
}

fn variable(program: &Program, id: BindingId) -> String {
    let binding = program.binding(id);
    match binding.kind {
        BindingKind::Global { index } => format!("g{index}"),
        BindingKind::Local { function } => format!("l{}.{}", function.0, binding.name.0),
        BindingKind::Parameter { function, index } => format!("p{}.{index}", function.0),
        BindingKind::Itself { function } => format!("f{}", function.0),
    }
}

#[track_caller]
fn assert_resolution(cases: &[(&str, &str)]) {
    for (source, expected) in cases {
        assert_eq!(&resolution(source), expected, "{source}");
    }
}

#[test]
fn each_let_makes_a_new_binding() {
    assert_resolution(&[
        ("let x = 1; x; let x = 2; x", "x=g0 x=g0 x=g1 x=g1"),
        ("let x = 1; let x = x + 1; x", "x=g0 x=g1 x=g0 x=g1"),
        (
            "let x = 1; let f = fn() { x }; let x = 2; x",
            "x=g0 f=g1 x=g0 x=g2 x=g2",
        ),
        (
            "fn() { let x = 1; let x = x + 1; x }",
            "x=l1.0 x=l1.1 x=l1.0 x=l1.1",
        ),
    ]);
}

#[test]
fn functions_and_blocks_open_scopes() {
    assert_resolution(&[
        (
            "let x = 1; if (x) { let x = x; x } else { x } x",
            "x=g0 x=g0 x=l0.2 x=g0 x=l0.2 x=g0 x=g0",
        ),
        ("let x = 1; fn(x) { x }; x", "x=g0 x=p1.0 x=p1.0 x=g0"),
        (
            "fn(x) { if (x) { let x = 2; x } x }",
            "x=p1.0 x=p1.0 x=l1.2 x=l1.2 x=p1.0",
        ),
        ("fn(x, x) { x }", "x=p1.0 x=p1.1 x=p1.1"),
        ("fn(x) { let x = x; x }", "x=p1.0 x=l1.1 x=p1.0 x=l1.1"),
    ]);
    assert_eq!(
        errors("if (true) { let x = 1 } x"),
        "1:25 identifier not found: x\n"
    );
    assert_eq!(errors("fn(x) {} x"), "1:10 identifier not found: x\n");
    assert_eq!(
        errors("if (true) { let x = 1 } else { x }"),
        "1:32 identifier not found: x\n"
    );
}

#[test]
fn a_function_bound_directly_sees_itself() {
    assert_resolution(&[
        ("let f = fn() { f }", "f=g0 f=f1 | 1:[] itself"),
        ("let f = (fn() { f })", "f=g0 f=f1 | 1:[] itself"),
        ("let f = fn() { 1 }", "f=g0"),
        ("let f = fn(f) { f }", "f=g0 f=p1.0 f=p1.0"),
        ("let f = fn() { let f = 1; f }", "f=g0 f=l1.1 f=l1.1"),
        (
            "let f = fn() { let f = f; f }",
            "f=g0 f=l1.1 f=f1 f=l1.1 | 1:[] itself",
        ),
        (
            "let f = 1; let f = fn() { f }; f",
            "f=g0 f=g1 f=f1 f=g1 | 1:[] itself",
        ),
        // Functions within capture it, and that alone counts as a use.
        (
            "let f = fn() { fn() { f } }",
            "f=g0 f=f1 | 1:[] itself | 2:[f1]",
        ),
        (
            "let f = fn() { let f = fn() { f }; f }",
            "f=g0 f=l1.1 f=f2 f=l1.1 | 2:[] itself",
        ),
    ]);
}

#[test]
fn a_function_not_bound_directly_does_not_see_itself() {
    assert_resolution(&[
        ("let f = [fn() { f }]", "f=g0 f=>g0"),
        ("let f = if (true) { fn() { f } }", "f=g0 f=>g0"),
        ("let f = 1; let f = [fn() { f }]", "f=g0 f=g1 f=g0"),
    ]);
    assert_eq!(
        errors("fn() { let f = [fn() { f }] }"),
        "1:24 identifier not found: f\n"
    );
}

#[test]
fn captures_pass_through_the_functions_between() {
    assert_resolution(&[
        (
            "fn(x) { fn() { fn() { x } } }",
            "x=p1.0 x=p1.0 | 2:[p1.0] | 3:[p1.0]",
        ),
        (
            "fn(a, b) { fn(c) { fn() { b + c + a + b } a } }",
            "a=p1.0 b=p1.1 c=p2.0 b=p1.1 c=p2.0 a=p1.0 b=p1.1 a=p1.0 \
             | 2:[p1.1,p1.0] | 3:[p1.1,p2.0,p1.0]",
        ),
        // Each of two siblings captures for itself.
        (
            "fn(x) { fn() { x }; fn() { x } }",
            "x=p1.0 x=p1.0 x=p1.0 | 2:[p1.0] | 3:[p1.0]",
        ),
        (
            "fn(x) { fn() { fn() { x }; fn() { x } } }",
            "x=p1.0 x=p1.0 x=p1.0 | 2:[p1.0] | 3:[p1.0] | 4:[p1.0]",
        ),
        // A block's variable at the top level is a local of the program, so it is captured.
        (
            "if (1) { let x = 1; fn() { x } }",
            "x=l0.0 x=l0.0 | 1:[l0.0]",
        ),
        ("let x = 1; fn() { fn() { x } }", "x=g0 x=g0"),
    ]);
}

#[test]
fn an_inner_variable_bound_after_is_not_seen() {
    assert_resolution(&[
        (
            "let x = 1; fn() { x; let x = 2; x }",
            "x=g0 x=g0 x=l1.2 x=l1.2",
        ),
        (
            "fn(x) { fn() { x; let x = 2; x } }",
            "x=p1.0 x=p1.0 x=l2.2 x=l2.2 | 2:[p1.0]",
        ),
        ("fn() { x; let x = 2; } let x = 3", "x=>g0 x=l1.1 x=g0"),
    ]);
    assert_eq!(
        errors("fn() { fn() { x }; let x = 1 }"),
        "1:15 identifier not found: x\n"
    );
}

#[test]
fn the_top_level_may_bind_further_on() {
    assert_resolution(&[
        (
            "let even = fn(n) { odd(n) }; let odd = fn(n) { even(n) };",
            "even=g0 n=p1.0 odd=>g1 n=p1.0 odd=g1 n=p2.0 even=g0 n=p2.0",
        ),
        ("x; let x = 1; let x = 2; x", "x=>g0 x=g0 x=g1 x=g1"),
        ("let x = x + 1;", "x=g0 x=>g0"),
        (
            "let x = 1; let y = x; let x = y;",
            "x=g0 y=g1 x=g0 x=g2 y=g1",
        ),
        ("fn() { fn() { x } } let x = 1", "x=>g0 x=g0"),
    ]);
    // A block's `let` is not the top level's.
    assert_eq!(
        errors("x; if (true) { let x = 1 }"),
        "1:1 identifier not found: x\n"
    );
}

#[test]
fn builtins_are_found_last() {
    assert_resolution(&[
        (
            "len; puts; first; last; rest; push",
            "len=builtin-len puts=builtin-puts first=builtin-first last=builtin-last \
             rest=builtin-rest push=builtin-push",
        ),
        ("let len = len;", "len=g0 len=>g0"),
        ("fn() { len } let len = 1; len", "len=>g0 len=g0 len=g0"),
        (
            "fn(len) { len } len; fn() { let len = len; len }",
            "len=p1.0 len=p1.0 len=builtin-len len=l2.3 len=builtin-len len=l2.3",
        ),
        (
            "if (1) { let len = 1; len } len",
            "len=l0.0 len=l0.0 len=builtin-len",
        ),
    ]);
}

#[test]
fn all_unbound_names_are_reported() {
    assert_eq!(
        errors("a; let b = fn(x) {\n  x + c(a)\n};\nif (false) { d }"),
        "1:1 identifier not found: a\n\
         2:7 identifier not found: c\n\
         2:9 identifier not found: a\n\
         4:14 identifier not found: d\n"
    );
}
