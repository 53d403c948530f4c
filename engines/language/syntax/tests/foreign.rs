//! What other languages have: the first error of a program that uses it says so, covers it, tells
//! what to write instead, and is the only error.

mod support;

use syntax::{Style, parse};

use support::errors;

/// Programs with one thing each that the language lacks.
const PROGRAMS: &[&str] = &[
    "let m = 7 /* seven */ + 1;\n/* two\nlines */ m",
    "# a comment: it's simple\nputs(1) # another\n",
    "let s = 'single'; s",
    "let s = `template ${1}`; s",
    "let half = 1.5 * 2; half",
    "puts(\"say \\\"hi\\\"\", 1); puts(\"all\")",
    "puts(\"a \\\" b\")",
    "let at_most = fn(a, b) { a <= b };\nat_most(1, 2)",
    "fn(x) { if (x * 2 >= len([1]) + 1) { x } }",
    "1 === 1",
    "if (1 !== 2) { 3 }",
    "let m = 7 % 3;\nm",
    "let r = fn(n) { 10 - n * 2 % (n + 1) };",
    "2 ** 10",
    "let f = fn(a, b) { if (a > 0 && b > 0) { 1 } else { 2 } };",
    "let f = fn(a, b) { if (a || !b) { 1 } };",
    "let f = fn(a, b) { if (a and b) { 1 } };",
    "let f = fn(a, b) { if (a or b) { 1 } };",
    "let f = fn(a) { if (not a) { 1 } };",
    "1 & 2",
    "1 | 2",
    "1 ^ 2",
    "1 << 2",
    "8 >> 2",
    "~5",
    "let i = 0; i++; i",
    "let i = 0; ++i",
    "let i = 0; i--; i",
    "let f = fn(i) { i-- }",
    "let x = 1; x += 2; x",
    "let x = 1; x -= 2 + 3; x",
    "let x = 1; x *= 2;",
    "let x = 1; x /= x;",
    "x := 5; x",
    "let x := 5; x",
    "let x = 1;\nx = 2;\nx",
    "let x = [1];\nx[0] = 2;\nx",
    "let double = x => x * 2; double(1)",
    "let add = (a, b) => { a + b }; add(1, 2)",
    "let f = fn(a: int, b: int) -> int { a + b };",
    "let x: int = 5;",
    "let x = 1 > 2 ? \"yes\" : \"no\"; x",
    "console.log(\"hi\")",
    "let n = [1, 2].length; n",
    "let a = [1]; a.push(2)",
    "let h = {\"name\": 1}; puts(h.name)",
    "let i = 0;\nwhile (i < 10) { let j = i + 1; puts(j); }\ni",
    "while true { let x = 1; puts(x) }",
    "for (let i = 0; i < 10; i++) { puts(i); }\nputs(\"end\")",
    "for x in [1, 2] { let y = x; puts(y) }",
    "if (1 > 2) { 1 } else if (2 > 1) { 2 } else { 3 }",
    "if (1 > 2) { 1 } elif (2 > 1) { let x = 2; x }",
    "unless (1 > 2) { let x = 1; x }",
    "let x = 1; switch (x) { case 1: puts(1); break; default: puts(2) }\nputs(3)",
    "try { let x = 1; x }",
    "let unless = macro(condition, body) { quote(if (!(unquote(condition))) { unquote(body) }) };",
    "let add = function(a, b) { return a + b; };",
    "function add(a, b) { return a + b; }\nadd(1, 2)",
    "def add(a, b) { a + b }",
    "fn add(a, b) { let c = a + b; c }\nadd(1, 2)",
    "var x = 5; x",
    "const y = fn(x) { x };\ny(1)",
    "import \"lib\";\nputs(1)",
    "import lib\nputs(1)\nlet a = ;",
    "class Point { let x = 1; fn move(by) { x = x + by } }\nlet p = 1;",
    "let x = null; x",
    "if (nil) { 1 }",
    "True == False",
    "print(\"hi\")",
    "println(1, 2)",
    "quote(1 + 2)",
    "break",
    // A faulty part of it hides neither what it is in nor what comes behind.
    "let f = fn(a) {\n  while (a <= 3) {\n    let b = a % ;\n    b.c = 1;\n  }\n};\nlet = 5;",
    // What is right with words that are foreign elsewhere stays so.
    "let while = fn(x) { x }; let not = 1; let for = while(not);\nlet = 1;",
    "let f = fn(print, null) { print - -null };\nf(1, 2)--3; )",
    "\"\\\" + \"b\"; )",
];

#[test]
fn unknown_names_get_those_that_could_stand_there() {
    let style = Style {
        color: false,
        width: 100,
    };
    let source = "let total = 1;\n\
        let f = fn(count) { let counted = 2; countd + cuont + toal + lenn([]) };\n\
        retrun countd;\n\
        later + latr(x) + Total;\n\
        let latter = 5; zzz";
    let errors = parse(source).unwrap_err();
    insta::assert_snapshot!("unknown_names", errors.render(source, "-", style));
}

#[test]
fn looking_ahead_takes_no_quadratic_time() {
    for part in [
        "while(",
        "while ",
        "function f ",
        "not ",
        "and ",
        "' ",
        "`",
        "\"\\\" ",
        "(a, ",
        "/*",
        "#",
        "--",
        "x.y",
        "import ",
        "switch {",
        "a ? ",
        "=>",
        "++",
        "1.",
        "1.5",
        "var x = ",
        "a=",
        "a := ",
    ] {
        let source = part.repeat(200_000 / part.len());
        assert!(parse(&format!("{source})")).is_err(), "{part}");
        assert_ne!(errors(&format!("){source}")), "", "{part}");
    }
}

#[test]
fn the_first_error_of_foreign_programs_tells_what_to_write() {
    let style = Style {
        color: false,
        width: 100,
    };
    let drawn = PROGRAMS.iter().map(|source| match parse(source) {
        Ok(_) => panic!("{source} parses"),
        Err(errors) => errors.render(source, "-", style),
    });
    insta::assert_snapshot!(drawn.collect::<Vec<_>>().join("\n----\n\n"));
}

/// A step ends a statement, whatever white space comes before its end.
#[test]
fn a_comment_behind_a_step_is_white_space() {
    let errors = |source: &str| parse(source).unwrap_err();
    assert_eq!(errors("a--// note\n)"), errors("a--       \n)"));
    assert!(parse("let a = 1; a --// note\n a").is_ok());
}
