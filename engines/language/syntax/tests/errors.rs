//! Every syntax error: its text, its position, what else is reported beside it, how it is drawn.

mod support;

use support::errors;
use syntax::{Diagnostics, MAX_DIAGNOSTICS, Report, Severity, Span, Style, parse, remarks};

#[test]
fn every_error_has_its_text_and_position() {
    for (source, expected) in [
        // Brackets and strings that are left open, even in each other.
        ("fn() { 1", "1:6 unclosed `{`\n"),
        ("if (true) { 1", "1:11 unclosed `{`\n"),
        ("if (true) { 1 } else {", "1:22 unclosed `{`\n"),
        ("{1: 2", "1:1 unclosed `{`\n"),
        ("{", "1:1 unclosed `{`\n"),
        ("(1", "1:1 unclosed `(`\n"),
        ("(", "1:1 unclosed `(`\n"),
        ("puts(1,\n", "1:5 unclosed `(`\n"),
        ("puts(", "1:5 unclosed `(`\n"),
        ("if (1", "1:4 unclosed `(`\n"),
        ("if (", "1:4 unclosed `(`\n"),
        ("fn(a, b", "1:3 unclosed `(`\n"),
        ("fn(", "1:3 unclosed `(`\n"),
        ("[1, 2", "1:1 unclosed `[`\n"),
        ("[", "1:1 unclosed `[`\n"),
        ("len[1", "1:4 unclosed `[`\n"),
        ("len[", "1:4 unclosed `[`\n"),
        ("\n \"abc; 1", "2:2 unclosed string\n"),
        ("puts(\"a\nb);", "1:6 unclosed string\n"),
        (
            "fn() { if (true) { [1",
            "1:6 unclosed `{`\n1:18 unclosed `{`\n1:20 unclosed `[`\n",
        ),
        // Illegal characters.
        ("1 @ 2", "1:3 illegal character: `@`\n"),
        ("é", "1:1 illegal character: `é`\n"),
        ("let naïve = 1;", "1:7 illegal character: `ï`\n"),
        (
            "日\n 本",
            "1:1 illegal character: `日`\n2:2 illegal character: `本`\n",
        ),
        ("\u{feff}1", "1:1 illegal character: `\\u{feff}`\n"),
        ("\0", "1:1 illegal character: `\\0`\n"),
        ("1 \u{a0}2", "1:3 illegal character: `\\u{a0}`\n"),
        ("'a", "1:1 illegal character: `'`\n"),
        ("1 / / 2", "1:5 expected an expression, found `/`\n"),
        // Integers.
        (
            "9223372036854775808",
            "1:1 integer literal over 9223372036854775807\n",
        ),
        (
            "-9223372036854775808",
            "1:2 integer literal over 9223372036854775807\n",
        ),
        (
            "99999999999999999999999999 + true",
            "1:1 integer literal over 9223372036854775807\n",
        ),
        // Statements.
        ("return;", "1:1 `return` without a value\n"),
        ("return", "1:1 `return` without a value\n"),
        ("fn() { return }", "1:8 `return` without a value\n"),
        ("return let x = 1", "1:1 `return` without a value\n"),
        (";", "1:1 empty statement\n"),
        ("1;; 2", "1:3 empty statement\n"),
        ("fn() { ; }", "1:8 empty statement\n"),
        ("let = 5;", "1:5 expected a name after `let`, found `=`\n"),
        (
            "let 5 = 5;",
            "1:5 expected a name after `let`, found an integer\n",
        ),
        (
            "let if = 5;",
            "1:5 expected a name after `let`, found `if`\n",
        ),
        (
            "let",
            "1:4 expected a name after `let`, found the end of the source\n",
        ),
        ("let x 5;", "1:7 expected `=`, found an integer\n"),
        ("let x;", "1:6 expected `=`, found `;`\n"),
        ("let x = ;", "1:9 expected an expression, found `;`\n"),
        (
            "let x = let y = 1;",
            "1:9 expected an expression, found `let`\n",
        ),
        (
            "let x = 1; x = 2;",
            "1:14 assignment is not in the language\n",
        ),
        ("}", "1:1 expected an expression, found `}`\n"),
        ("1) 2", "1:2 expected an expression, found `)`\n"),
        ("else {}", "1:1 expected an expression, found `else`\n"),
        // Expressions.
        (
            "1 +",
            "1:4 expected an expression, found the end of the source\n",
        ),
        ("1 + * 2", "1:5 expected an expression, found `*`\n"),
        (
            "!",
            "1:2 expected an expression, found the end of the source\n",
        ),
        ("()", "1:2 expected an expression, found `)`\n"),
        ("(1 2)", "1:4 expected `)`, found an integer\n"),
        ("len[]", "1:5 expected an expression, found `]`\n"),
        ("len[1, 2]", "1:6 expected `]`, found `,`\n"),
        ("[1 2]", "1:4 expected `,` or `]`, found an integer\n"),
        ("len(1 2)", "1:7 expected `,` or `)`, found an integer\n"),
        ("{1: 2 3: 4}", "1:7 expected `,` or `}`, found an integer\n"),
        ("{1, 2}", "1:3 expected `:`, found `,`\n"),
        (
            "{ let x = 1; }",
            "1:3 expected an expression, found `let`\n1:14 expected an expression, found `}`\n",
        ),
        // Trailing and leading commas.
        ("[1, ]", "1:3 trailing comma\n"),
        ("puts(1,)", "1:7 trailing comma\n"),
        ("{1: 2,}", "1:6 trailing comma\n"),
        ("fn(a,) {}", "1:5 trailing comma\n"),
        ("[,]", "1:2 expected an expression, found `,`\n"),
        ("fn(,) {}", "1:4 expected a parameter's name, found `,`\n"),
        // Functions and ifs.
        ("fn {}", "1:4 expected `(` after `fn`, found `{`\n"),
        (
            "fn f(x) {}",
            "1:4 a name after `fn` is not in the language\n",
        ),
        (
            "fn(1) {}",
            "1:4 expected a parameter's name, found an integer\n",
        ),
        ("fn(a b) {}", "1:6 expected `,` or `)`, found a name\n"),
        ("fn(a) 1", "1:7 expected `{`, found an integer\n"),
        ("if true {}", "1:4 expected `(` after `if`, found `true`\n"),
        ("if () {}", "1:5 expected an expression, found `)`\n"),
        ("if (1) 2", "1:8 expected `{`, found an integer\n"),
        ("if (1) {} else 2", "1:16 expected `{`, found an integer\n"),
        ("if (1 { 2 }", "1:7 expected `)`, found `{`\n"),
        (
            "if (1) {} else if (2) {} else {}",
            "1:16 `else if` is not in the language\n",
        ),
        (
            "if (1) {} else if (2) {} else if (3) {}",
            "1:16 `else if` is not in the language\n1:31 `else if` is not in the language\n",
        ),
    ] {
        assert_eq!(errors(source), expected, "{source}");
    }
}

#[test]
fn an_error_hides_no_other_and_causes_none() {
    for (source, expected) in [
        (
            "let a = ;\nlet = 2;\nlet f = fn(x) {\n  let y 3;\n  x + ;\n};\nreturn;\nf(1,)",
            "1:9 expected an expression, found `;`\n\
             2:5 expected a name after `let`, found `=`\n\
             4:9 expected `=`, found an integer\n\
             5:7 expected an expression, found `;`\n\
             7:1 `return` without a value\n\
             8:4 trailing comma\n",
        ),
        // Statements start anew at `let` and `return`, without a semicolon between.
        (
            "let a = 1 + let b = ) let c = 3",
            "1:13 expected an expression, found `let`\n1:21 expected an expression, found `)`\n",
        ),
        // What is missing may be what was illegal.
        ("let x = @;", "1:9 illegal character: `@`\n"),
        ("return $;", "1:8 illegal character: `$`\n"),
        ("len(1, $)", "1:8 illegal character: `$`\n"),
        // Braces of a block that is passed over, and of a hash literal that isn't complete.
        (
            "len(1 fn() { let x = 1; x }); let y = ;",
            "1:7 expected `,` or `)`, found `fn`\n1:39 expected an expression, found `;`\n",
        ),
        (
            "fn() { let h = {1: 2, 3}; h } let y = ;",
            "1:24 expected `:`, found `}`\n1:39 expected an expression, found `;`\n",
        ),
        (
            "fn() { let h = {1: 2; h } let y = ;",
            "1:21 expected `,` or `}`, found `;`\n1:35 expected an expression, found `;`\n",
        ),
        (
            "1 } 2; 3 }",
            "1:3 expected an expression, found `}`\n1:10 expected an expression, found `}`\n",
        ),
        // Names are looked at only in a source that parses.
        (
            "unbound; 1 +",
            "1:13 expected an expression, found the end of the source\n",
        ),
    ] {
        assert_eq!(errors(source), expected, "{source}");
    }
}

#[test]
fn a_hundred_are_kept_and_the_rest_counted() {
    let failed = |count: usize| parse(&"@".repeat(count)).unwrap_err();
    let counts = |errors: &Diagnostics| (errors.iter().len(), errors.omitted());
    assert_eq!(counts(&failed(1)), (1, 0));
    assert_eq!(counts(&failed(100)), (MAX_DIAGNOSTICS, 0));
    assert_eq!(counts(&failed(1_100)), (MAX_DIAGNOSTICS, 1_000));
    assert_eq!(failed(1).to_string(), "illegal character: `@`");
    assert_eq!(
        failed(2).to_string(),
        "illegal character: `@` (and 1 more error)"
    );
    assert_eq!(
        failed(900).to_string(),
        "illegal character: `@` (and 899 more errors)"
    );
    assert!(parse(&"x ".repeat(200)).is_err_and(|errors| errors.omitted() == 100));
    let drawn = failed(102).render(&"@".repeat(102), "many.monkey", PLAIN);
    assert!(drawn.ends_with("\nand 2 more errors\n"), "{drawn}");
}

const PLAIN: Style = Style {
    color: false,
    width: 80,
};

fn drawn(source: &str, style: Style) -> String {
    parse(source)
        .unwrap_err()
        .render(source, "demo.monkey", style)
}

#[test]
fn errors_are_drawn_with_line_and_caret() {
    let source = "let greet = fn(name {\n\tputs(\"héllo\", name @ 1,);\n};\n\n\n\n\n\n\
                  if (true) { 1 } else if (false) { 2 }\nlet x = 9223372036854775808;\nreturn;;\nx = (";
    insta::assert_snapshot!(drawn(source, PLAIN));
    insta::assert_snapshot!(
        "unbound_names",
        drawn("let a = 1;\nputs(a, b);\r\nlen(c)\n", PLAIN)
    );
}

#[test]
fn colours_are_only_on_demand() {
    let color = Style {
        color: true,
        ..PLAIN
    };
    assert!(drawn("@", color).contains("\u{1b}["));
    assert!(!drawn("@", PLAIN).contains('\u{1b}'));
}

#[test]
fn long_lines_names_and_spans_are_cut() {
    let source = format!("{}@{}", "1 ".repeat(500_000), " 2".repeat(500_000));
    let mut text = drawn(&source, PLAIN);
    text += &drawn(&source, Style { width: 0, ..PLAIN });
    text += &drawn(&"x".repeat(1_000_000), PLAIN);
    let span = Span {
        start: 4,
        end: 900_000,
    };
    let report = Report {
        source: &source,
        origin: "demo.monkey",
        severity: Severity::Error,
        message: "a span of 900 kB",
        span,
        note: None,
        help: Some("this is help"),
    };
    text += &report.render(PLAIN);
    insta::assert_snapshot!(text);
}

#[test]
fn of_a_span_over_lines_the_first_is_drawn() {
    let report = Report {
        source: "let f = fn() {\n  1\n};\n",
        origin: "demo.monkey",
        severity: Severity::Error,
        message: "a function",
        span: Span { start: 8, end: 20 },
        note: None,
        help: None,
    };
    insta::assert_snapshot!(report.render(PLAIN));
}

/// A terminal that is narrow gets the same words, in more lines.
#[test]
fn notes_and_help_are_broken_between_words() {
    let report = Report {
        source: "1 / 0",
        origin: "demo.monkey",
        severity: Severity::Error,
        message: "division by zero",
        span: Span { start: 0, end: 5 },
        note: Some("in a_function, called at demo.monkey:1:1\nin another"),
        help: Some("there is an-unbreakable-word-that-is-wider-than-it in this"),
    };
    let style = |width| Style {
        color: false,
        width,
    };
    insta::assert_snapshot!(report.render(style(40)));
    let words = |width| -> Vec<String> {
        let drawn = report.render(style(width));
        let drawn = drawn.split_whitespace().filter(|word| *word != "|");
        drawn.map(str::to_owned).collect()
    };
    assert_eq!(words(40), words(200));
}

#[test]
fn what_would_be_an_escape_elsewhere_is_remarked_upon() {
    let source = "let good = \"C:\\dir\"; // \\n\nputs(\"two\\nlines\\n\", len(\"\\t\"), \"\\\\n\", \"é\\u{1}\");\"\\\"";
    let style = Style {
        color: false,
        width: 100,
    };
    assert!(parse(source).is_ok());
    let drawn = remarks(source).into_iter().map(|remark| {
        let report = Report {
            source,
            origin: "demo.monkey",
            severity: Severity::Note,
            message: &remark.to_string(),
            span: remark.span,
            note: None,
            help: Some(&remark.help()),
        };
        report.render(style)
    });
    insta::assert_snapshot!(drawn.collect::<Vec<_>>().join("\n\n"));
    for good in ["", "puts(\"two\nlines\")", "\"\\d \\ \\é\" // \"\\n\""] {
        assert_eq!(remarks(good), [], "{good}");
    }
}
