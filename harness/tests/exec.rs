//! `monkeybench exec`: running a program, whatever it is.

mod common;

use std::fs::File;

use common::{Bench, no_panic, stderr, stdout};

#[test]
fn lines_then_the_value() {
    let bench = Bench::new();
    bench.file("p.monkey", "puts(1, \"two\"); let a = [1, true]; a");
    let assert = bench.run("exec p.monkey").success();
    assert_eq!(stdout(&assert), "1\ntwo\n[1, true]\n");
    assert_eq!(stderr(&assert), "");
}

#[test]
fn every_engine_runs_the_same() {
    let bench = Bench::new();
    bench.file(
        "p.monkey",
        "let f = fn(n) { if (n < 1) { 1 / n } else { puts(n); f(n - 1) } }; f(2)",
    );
    for variant in catalog::variants() {
        let assert = bench
            .run(&format!("exec p.monkey --engine {}", variant.name))
            .code(1);
        assert_eq!(stdout(&assert), "2\n1\n", "{}", variant.name);
        assert!(
            stderr(&assert).contains("p.monkey:1:30"),
            "{}",
            stderr(&assert)
        );
    }
}

#[test]
fn standard_input_is_a_program_too() {
    let bench = Bench::new();
    let assert = bench
        .command("exec -")
        .write_stdin("6 * 7")
        .assert()
        .success();
    assert_eq!(stdout(&assert), "42\n");
    let assert = bench
        .command("exec -")
        .write_stdin("6 * x")
        .assert()
        .code(1);
    assert!(
        stderr(&assert).contains("<stdin>:1:5"),
        "{}",
        stderr(&assert)
    );
    let assert = bench.command("exec -").write_stdin("").assert().success();
    assert_eq!(stdout(&assert), "null\n");
}

#[test]
fn an_error_shows_where() {
    let bench = Bench::new();
    bench.file("p.monkey", "puts(1);\nlet x = true;\n  5 + x");
    let assert = bench.run("exec p.monkey").code(1);
    assert_eq!(stdout(&assert), "1\n");
    let text = stderr(&assert);
    for part in [
        "type mismatch: INTEGER + BOOLEAN",
        "p.monkey:3:3",
        "  5 + x",
        "^^^^^",
    ] {
        assert!(text.contains(part), "{text}");
    }
}

#[test]
fn all_syntax_errors_are_shown_and_nothing_runs() {
    let bench = Bench::new();
    bench.file("p.monkey", "puts(1);\nlet = 3;\nreturn;\n");
    let assert = bench.run("exec p.monkey").code(1);
    assert_eq!(stdout(&assert), "");
    let text = stderr(&assert);
    assert!(
        text.contains("p.monkey:2:") && text.contains("p.monkey:3:"),
        "{text}"
    );
}

#[test]
fn limits_end_a_program() {
    let bench = Bench::new();
    bench.file("loop.monkey", "let f = fn(n) { f(n + 1) }; f(0)");
    bench.file(
        "grow.monkey",
        "let f = fn(s) { f(s + s) }; f(\"0123456789abcdef\")",
    );
    for (arguments, error) in [
        ("loop.monkey", "stack overflow"),
        ("loop.monkey --max-depth 10", "stack overflow"),
        ("loop.monkey --max-depth 1000000", "stack overflow"),
        ("loop.monkey --fuel 100", "out of fuel"),
        ("grow.monkey --max-memory 1M", "out of memory"),
        ("grow.monkey --max-memory 0", "out of memory"),
    ] {
        for engine in ["tree", "stack+all"] {
            let assert = bench
                .run(&format!("exec {arguments} --engine {engine}"))
                .code(1);
            assert!(
                stderr(&assert).contains(error),
                "{arguments}: {}",
                stderr(&assert)
            );
            no_panic(&assert);
        }
    }
}

/// Which limit it was, how large it is, and what moves it: the same on every engine.
#[test]
fn a_limit_tells_its_value_and_its_option() {
    let bench = Bench::new();
    bench.file("loop.monkey", "let f = fn(n) { f(n + 1) }; f(0)");
    bench.file(
        "grow.monkey",
        "let f = fn(s) { f(s + s) }; f(\"0123456789abcdef\")",
    );
    let deep = format!("{}1{}", "(".repeat(10_001), ")".repeat(10_001));
    bench.file("deep.monkey", deep);
    for (arguments, help) in [
        (
            "loop.monkey",
            "the limit is 100,000 nested calls; --max-depth sets another",
        ),
        (
            "loop.monkey --max-depth 10",
            "the limit is 10 nested calls; --max-depth sets another",
        ),
        (
            "loop.monkey --fuel 1000",
            "the limit is 1,000 units of work; --fuel sets another",
        ),
        (
            "grow.monkey --max-memory 1M",
            "the limit is 1,048,576 bytes for values; --max-memory sets another",
        ),
        ("deep.monkey", "no option changes the limit"),
    ] {
        for engine in ["tree", "stack", "stack+all/tagged/tail/verified"] {
            let command = format!("exec {arguments} --engine {engine}");
            let assert = bench.run(&command).code(1);
            assert!(stderr(&assert).contains(help), "{}", stderr(&assert));
        }
    }
}

/// The limit on memory covers what parsing and compiling take, which may be many times the source.
#[test]
fn a_program_too_large_for_its_memory_is_refused_before_it_runs() {
    let bench = Bench::new();
    let source = format!("puts(\"it ran\");\n{}", "[1, 2, 3];\n".repeat(50_000));
    bench.file("large.monkey", source);
    let assert = bench.run("exec large.monkey --max-memory 2M").code(1);
    let text = stderr(&assert);
    assert!(
        text.contains("out of memory: to parse and compile the program may take over 2097152"),
        "{text}"
    );
    assert!(text.contains("large.monkey:"), "{text}");
    assert!(text.contains("--max-memory sets another limit"), "{text}");
    assert_eq!(stdout(&assert), "");
    let assert = bench
        .run("exec large.monkey --max-memory 2M --json")
        .code(1);
    assert!(stdout(&assert).contains("--max-memory sets another limit"));
    let assert = bench.run("exec large.monkey --max-memory 200M").code(0);
    assert!(stdout(&assert).starts_with("it ran\n"));
}

#[test]
fn a_stack_overflow_shows_the_innermost_calls() {
    let bench = Bench::new();
    bench.file(
        "even.monkey",
        "let even = fn(n) { odd(n - 1) };\nlet odd = fn(n) { even(n - 1) };\neven(0)",
    );
    bench.file("f.monkey", "let f = fn(n) {\n  1 + f(n + 1) };\nf(0)");
    for engine in ["tree", "stack", "stack+all/tagged/tail/verified"] {
        let text = |file: &str| {
            let assert = bench.run(&format!("exec {file} --engine {engine}")).code(1);
            stderr(&assert)
        };
        insta::assert_snapshot!("overflow_of_one", text("f.monkey"));
        insta::assert_snapshot!("overflow_of_two", text("even.monkey"));
    }
    let assert = bench.run("exec even.monkey --json --max-depth 6").code(1);
    let json: serde_json::Value = serde_json::from_str(&stdout(&assert)).unwrap();
    let error = &json["errors"][0];
    assert_eq!(error["message"], "stack overflow");
    let inner = serde_json::json!({"function": "odd", "line": 1, "column": 20, "times": 1});
    assert_eq!(error["calls"][0], inner);
    assert_eq!(error["calls"].as_array().unwrap().len(), 5);
    assert_eq!(error["other_calls"], 1);
}

#[test]
fn json_has_all_of_it() {
    let bench = Bench::new();
    bench.file("good.monkey", "puts(\"a\"); 3");
    bench.file("bad.monkey", "puts(\"a\");\n1 / 0");
    bench.file("wrong.monkey", "x; y");
    let json = |arguments: &str, code| -> serde_json::Value {
        let assert = bench.run(arguments).code(code);
        assert_eq!(stderr(&assert), "");
        serde_json::from_str(&stdout(&assert)).unwrap()
    };
    let good = json("exec good.monkey --json --engine stack", 0);
    assert_eq!(good["notes"], serde_json::json!([]));
    assert_eq!(good["engine"], "stack");
    assert_eq!(
        (&good["value"], &good["output"]),
        (&"3".into(), &"a\n".into())
    );
    let bad = json("exec bad.monkey --json", 1);
    assert_eq!(bad["output"], "a\n");
    assert_eq!(bad["errors"][0]["message"], "division by zero");
    assert_eq!(
        (&bad["errors"][0]["line"], &bad["errors"][0]["column"]),
        (&2.into(), &1.into())
    );
    let wrong = json("exec wrong.monkey --json", 1);
    assert_eq!(wrong["errors"].as_array().unwrap().len(), 2);
}

/// A backslash is a character. What those who expect escapes get instead is said, and still given.
#[test]
fn what_would_be_an_escape_elsewhere_is_noted() {
    let bench = Bench::new();
    bench.file("p.monkey", "puts(\"two\\nlines\", len(\"\\t\"))");
    let assert = bench.run("exec p.monkey").success();
    assert_eq!(stdout(&assert), "two\\nlines\n2\nnull\n");
    let said = stderr(&assert);
    for part in [
        "note: `\\n` in a string is a backslash and `n`",
        "p.monkey:1:10",
        "  |          ^^\n",
        "help: a string may span lines",
        "note: `\\t` in a string is a backslash and `t`",
        "p.monkey:1:25",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }

    let assert = bench.run("exec p.monkey --json").success();
    assert_eq!(stderr(&assert), "");
    let json: serde_json::Value = serde_json::from_str(&stdout(&assert)).unwrap();
    assert_eq!(json["output"], "two\\nlines\n2\n");
    assert_eq!(json["errors"], serde_json::json!([]));
    let note = &json["notes"][1];
    assert_eq!(
        (&note["line"], &note["column"], &note["help"]),
        (
            &1.into(),
            &25.into(),
            &"put the tab itself into the string".into()
        )
    );

    // So it is wherever a program's text is taken.
    for command in [
        "profile ./p.monkey",
        "disasm p.monkey",
        "compile p.monkey -o p.mbc",
        "run --workloads ./p.monkey --dry-run",
    ] {
        let assert = bench.run(command).success();
        let said = stderr(&assert);
        assert!(said.contains("p.monkey:1:25"), "{command}: {said}");
    }
}

#[test]
fn what_is_no_program_is_said_in_one_line() {
    let bench = Bench::new();
    bench.file("latin1.monkey", b"\"caf\xe9\"");
    // A gigabyte, of which the disk has nothing.
    File::create(bench.path("huge.monkey"))
        .unwrap()
        .set_len(1 << 30)
        .unwrap();
    for (file, reason) in [
        ("missing.monkey", "can't read missing.monkey: no such file"),
        (".", "can't read .: is a directory"),
        (
            "latin1.monkey",
            "latin1.monkey is not UTF-8: invalid byte at offset 4",
        ),
        ("huge.monkey", "huge.monkey is larger than the limit of"),
    ] {
        let assert = bench.run(&format!("exec {file}")).code(1);
        let text = stderr(&assert);
        assert!(text.contains(reason), "{text}");
        assert_eq!(text.lines().count(), 1, "{text}");
        assert_eq!(stdout(&assert), "");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn an_endless_input_is_not_read_to_its_end() {
    let bench = Bench::new();
    let assert = bench.run("exec /dev/zero").code(1);
    assert!(
        stderr(&assert).contains("/dev/zero is larger"),
        "{}",
        stderr(&assert)
    );
}

/// Deep calls of a function that holds much: the stack of values takes more than the process may have,
/// which is the call's error, as too deep a call is.
#[cfg(target_os = "linux")]
#[test]
fn a_depth_that_the_system_has_no_memory_for_is_an_error_of_the_call() {
    let bench = Bench::new();
    let held = "1, ".repeat(100);
    let program = format!("let f = fn() {{ [{held}f()] }};\nf()");
    bench.file("p.monkey", &program);
    let path = assert_cmd::cargo::cargo_bin!("monkeybench");
    let (line, column) = (1, program.find("f()]").unwrap() + 1);
    let names = catalog::variants().iter().map(|variant| &*variant.name);
    let all = catalog::fully_optimized().name.as_str();
    for name in names.filter(|name| ["stack", all].contains(name) || name.contains('/')) {
        let exec = format!("{} exec p.monkey --json --engine {name}", path.display());
        let run = |line: &str| {
            let mut shell = std::process::Command::new("sh");
            let shell = shell.args(["-c", line]);
            let output = shell.current_dir(bench.directory.path()).output().unwrap();
            let status = output.status.code();
            (status, String::from_utf8(output.stdout).unwrap())
        };
        let (status, deep) = run(&exec);
        assert!(
            status == Some(1) && deep.contains("stack overflow"),
            "{name}: {deep}"
        );
        // In KiB of address space.
        let (status, refused) = run(&format!("ulimit -v 200000; {exec} --max-depth 1000000"));
        assert_eq!(status, Some(1), "{name}");
        let json: serde_json::Value = serde_json::from_str(&refused).unwrap();
        let error = &json["errors"][0];
        assert_eq!(error["message"], "out of memory", "{name}");
        assert_eq!(
            (&error["line"], &error["column"]),
            (&line.into(), &column.into())
        );
        let help = error["help"].as_str().unwrap();
        assert!(help.contains("the system has no more"), "{name}: {help}");
    }
}
