//! The limits on sources, and that what is under them works however it is shaped: deep, wide, or
//! with many names. Nothing here is timed; what grows with the square would not end.

mod support;

use support::errors;
use syntax::{MAX_LIST, MAX_NESTING, MAX_SOURCE_BYTES, parse, with_stack};

/// Sources nested `levels` deep in each way that the grammar has, with the height of their tree
/// over the innermost leaf.
fn nested(levels: usize) -> Vec<(&'static str, String)> {
    let around = |open: &str, inner: &str, close: &str| {
        format!("{}{inner}{}", open.repeat(levels), close.repeat(levels))
    };
    vec![
        ("parentheses", around("(", "1", ")")),
        ("arrays", around("[", "1", "]")),
        ("hash values", around("{1: ", "1", "}")),
        ("hash keys", around("{", "1", ": 1}")),
        ("prefixes", around("-", "1", "")),
        ("arguments", around("len(", "1", ")")),
        ("indexes", around("len[", "1", "]")),
        ("functions", around("fn() { ", "1", " }")),
        (
            "functions in lets",
            around("let f = fn(x) { ", "x", " };").replacen('x', "y, x", 1),
        ),
        ("if blocks", around("if (1) { ", "1", " }")),
        ("else blocks", around("if (1) {} else { ", "1", " }")),
        ("conditions", around("if (", "1", ") {}")),
        // A level for the operand, and one for its parenthesis.
        (
            "right operands",
            "1 + (".repeat(levels / 2) + "1" + &")".repeat(levels / 2),
        ),
        ("sums", around("", "1", " + 1")),
        ("products", around("", "1", " * 1")),
        ("comparisons", around("", "1", " < 1")),
        ("calls of calls", around("", "len", "()")),
        ("indexes of indexes", around("", "len", "[1]")),
    ]
}

#[test]
fn nesting_under_the_limit_works() {
    for (what, source) in nested(MAX_NESTING as usize - 1) {
        assert_eq!(errors(&source), "", "{what}");
    }
}

#[test]
fn nesting_over_the_limit_is_one_error() {
    for levels in [MAX_NESTING as usize, 100_000] {
        for (what, source) in nested(levels) {
            let errors = parse(&source).map(|_| ()).unwrap_err();
            let text = "nesting too deep: over the limit of 10000 levels";
            assert_eq!(errors.to_string(), text, "{what}, {levels}");
        }
    }
}

#[test]
fn unclosed_nesting_is_no_crash() {
    for open in [
        "(",
        "[",
        "{",
        "{1:",
        "-",
        "!",
        "len(",
        "len[",
        "fn(){",
        "if(1){",
        "if(",
        "if(1){}else{",
        "let f=fn(){",
        "return ",
        "1+",
        "if(1){}else ",
    ] {
        for levels in [1_000, 100_000] {
            assert!(parse(&open.repeat(levels)).is_err(), "{open} {levels}");
        }
    }
}

#[test]
fn the_error_tells_where_nesting_is_too_deep() {
    let levels = MAX_NESTING as usize;
    let expected = "2:10001 nesting too deep: over the limit of 10000 levels\n";
    assert_eq!(errors(&format!("1;\n{}1", "-".repeat(levels))), expected);
}

#[test]
fn the_stack_suffices_for_what_is_asked() {
    /// Uses about a kilobyte per level.
    fn descend(levels: u32) -> u64 {
        let bytes = std::hint::black_box([levels as u8; 1_000]);
        if levels == 0 {
            return 0;
        }
        descend(levels - 1) + u64::from(bytes[usize::from(bytes[0]) % 1_000] == levels as u8)
    }
    let run = || with_stack(MAX_NESTING, || descend(MAX_NESTING));
    let small = std::thread::Builder::new().stack_size(256 * 1024);
    let thread = small.spawn(run).unwrap();
    assert_eq!(thread.join().unwrap(), u64::from(MAX_NESTING));
}

#[test]
fn parsing_works_on_a_small_stack() {
    let small = std::thread::Builder::new().stack_size(256 * 1024);
    let run = || {
        nested(MAX_NESTING as usize - 1)
            .iter()
            .all(|(_, source)| parse(source).is_ok())
    };
    assert!(small.spawn(run).unwrap().join().unwrap());
}

#[test]
fn a_source_over_64_mib_is_refused() {
    assert_eq!(errors(&" ".repeat(MAX_SOURCE_BYTES)), "");
    assert_eq!(
        errors(&" ".repeat(MAX_SOURCE_BYTES + 1)),
        "1:1 source too large: 67108865 bytes, over the limit of 67108864\n"
    );
}

/// `count` items with commas between them.
fn list(count: u32, item: impl Fn(u32) -> String) -> String {
    (0..count).map(item).collect::<Vec<_>>().join(",")
}

#[test]
fn parameters_and_arguments_are_limited() {
    let function = |count| format!("fn({}) {{}}", list(count, |i| format!("p{i}")));
    assert_eq!(errors(&function(MAX_LIST)), "");
    assert_eq!(
        errors(&function(MAX_LIST + 1)),
        "1:1 too many parameters: over the limit of 65535\n"
    );
    let call = |count| format!("puts({})", list(count, |_| "1".to_owned()));
    assert_eq!(errors(&call(MAX_LIST)), "");
    assert_eq!(
        errors(&call(MAX_LIST + 1)),
        "1:5 too many arguments: over the limit of 65535\n"
    );
    let array = format!("[{}]", list(MAX_LIST + 1, |_| "1".to_owned()));
    assert_eq!(errors(&array), "", "arrays are not limited");
}

#[test]
fn variables_are_limited_but_globals_are_not() {
    let lets = |count: u32| {
        (0..count)
            .map(|i| format!("let v{i} = 1;\n"))
            .collect::<String>()
    };
    assert_eq!(errors(&lets(MAX_LIST + 1)), "");
    assert_eq!(errors(&format!("fn(a) {{{}}}", lets(MAX_LIST - 1))), "");
    assert_eq!(
        errors(&format!("fn(a) {{{}}}", lets(MAX_LIST + 5))),
        "65535:5 too many variables in a function: over the limit of 65535\n"
    );
    // Each function has its own count, and so have the blocks of the program.
    let two = format!(
        "fn() {{{0}}} fn() {{{0} fn() {{{0}}}}}",
        lets(MAX_LIST / 2 + 1)
    );
    assert_eq!(errors(&two), "");
    assert_eq!(
        errors(&format!("if (1) {{{}}}", lets(MAX_LIST + 1))),
        "65536:5 too many variables in a function: over the limit of 65535\n"
    );
}

#[test]
fn captures_are_limited() {
    let names = |prefix: &str, count| list(count, |i| format!("{prefix}{i}"));
    let source = |outer, inner| {
        let (a, b) = (names("a", outer), names("b", inner));
        format!("fn({a}) {{ fn({b}) {{ fn() {{ [{a},\n{b}] }} }} }}")
    };
    assert_eq!(errors(&source(40_000, 25_535)), "");
    assert_eq!(
        errors(&source(40_000, 25_537)),
        "2:167636 too many variables captured by a function: over the limit of 65535\n"
    );
}

#[test]
fn captures_in_all_are_limited() {
    // 2,000 functions that pass on 3,000 variables each: six million from a source of 60 kB.
    let names = list(3_000, |i| format!("v{i}"));
    let (open, close) = ("fn() {".repeat(2_000), "}".repeat(2_000));
    let source = format!("fn({names}) {{\n{open}[{names}]{close} }}");
    let error = errors(&source);
    let text = "too many captured variables in all: over the limit of 4194304\n";
    assert!(error.starts_with("2:") && error.ends_with(text), "{error}");
}

#[test]
fn memory_is_linear_in_the_source() {
    let repeated = |part: &str| part.repeat(1_000_000 / part.len());
    for part in [
        "1 ",
        "a\n",
        "[1];",
        "{}",
        "fn(){}",
        "let a=1;",
        "if(1){}",
        "\"\";",
        "fn(a){fn(){a}}",
        "len();",
    ] {
        let source = format!("let a = 1;{}", repeated(part));
        let program = parse(&source).unwrap();
        let per_byte = program.heap_bytes() / source.len();
        assert!(
            per_byte <= 80,
            "{part}: {per_byte} bytes per byte of source"
        );
    }
}

#[test]
fn many_globals_and_deep_scopes_take_no_quadratic_time() {
    let globals: String = (0..100_000)
        .map(|i| format!("let g{i} = fn() {{ g{} }};\n", 99_999 - i))
        .collect();
    assert_eq!(errors(&globals), "");
    let depth = 4_000;
    let mut deep = String::new();
    for level in 0..depth {
        deep += &format!(
            "fn(x, v{level}) {{ if (x) {{ let y = x; y + v{}; ",
            level / 2
        );
    }
    deep += &"} }".repeat(depth);
    assert_eq!(errors(&deep), "");
}
