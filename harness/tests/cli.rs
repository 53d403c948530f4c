//! The command line: what it offers, what it refuses, and how it behaves when nobody reads it.

mod common;

use std::fs;

use common::{Bench, no_panic, stderr, stdout};

const COMMANDS: [&str; 13] = [
    "run",
    "report",
    "compare",
    "attribute",
    "profile",
    "list",
    "exec",
    "compile",
    "disasm",
    "check",
    "completions",
    "man",
    "worker-test",
];

#[test]
fn help_names_every_command_and_no_hidden_one() {
    let bench = Bench::new();
    let help = stdout(&bench.run("--help").success());
    for command in COMMANDS {
        assert!(
            help.contains(&format!("\n  {command} ")),
            "{command}\n{help}"
        );
        bench.run(&format!("{command} --help")).success();
    }
    assert!(!help.contains("\n  worker "), "{help}");
    assert!(help.contains("Exit status"), "{help}");
}

#[test]
fn help_names_the_engine_that_a_program_runs_on_by_default() {
    let bench = Bench::new();
    bench.file("p.monkey", "1");
    for command in ["exec", "compile", "disasm", "profile"] {
        let help = stdout(&bench.run(&format!("{command} --help")).success());
        assert!(help.contains("[default: stack+all"), "{help}");
    }
    for command in ["exec", "profile"] {
        let json = |flags| {
            let assert = bench.run(&format!("{command} p.monkey --json{flags}"));
            stdout(&assert.success())
        };
        assert_eq!(json(""), json(" --engine stack+all"), "{command}");
    }
    let listing = |flags| stdout(&bench.run(&format!("disasm p.monkey{flags}")).success());
    assert_eq!(listing(""), listing(" --engine stack+all"));
    bench.run("compile p.monkey").success();
    bench
        .run("compile p.monkey -o all.mbc --engine stack+all")
        .success();
    assert_eq!(
        fs::read(bench.path("p.mbc")).unwrap(),
        fs::read(bench.path("all.mbc")).unwrap()
    );
}

#[test]
fn the_version_says_how_it_was_built() {
    let bench = Bench::new();
    let version = stdout(&bench.run("--version").success());
    for part in [
        "monkeybench",
        "sources: ",
        "compiler: rustc",
        "target: ",
        "profile: ",
    ] {
        assert!(version.contains(part), "{version}");
    }
}

#[test]
fn wrong_usage_is_status_2_with_the_reason() {
    let bench = Bench::new();
    bench.file("p.monkey", "1");
    bench.file("bad.toml", "name = 1");
    bench.file("empty.toml", "name = 'x'\nquestion = '?'");
    for (arguments, reason) in [
        ("fly", "unrecognized subcommand"),
        ("run --rounds 0", "--rounds"),
        ("run --rounds many", "--rounds"),
        ("run --timeout 0", "more than 0"),
        ("run --timeout soon", "number of seconds"),
        ("run --seed -1", "from 0 to"),
        ("run --timeout -1", "more than 0"),
        ("run progresion", "did you mean progression?"),
        ("run qqqqqqqqqqqq", "there are: progression"),
        ("run missing/file.toml", "can't read missing/file.toml"),
        ("run bad.toml", "bad.toml is no experiment"),
        ("run empty.toml", "it has no variant"),
        ("run --engines stak", "stack"),
        ("run --engines stack,tree,stack", "twice"),
        ("run --workloads fibonaci", "did you mean fibonacci?"),
        ("run --size fibonacci", "WORKLOAD=SIZE"),
        ("run --size fibonacci=many", "whole number"),
        ("run --size fibonacci=-1", "from 0 up"),
        ("run --size fibonaci=3", "did you mean fibonacci?"),
        ("run --size fibonacci=1000000", "not between"),
        ("run --size integer-arithmetic=3", "has no size"),
        (
            "run --workloads fibonacci --size hash-access=3",
            "unknown workload",
        ),
        ("check --engines three", "tree"),
        ("check --engines-file mine.toml", "--engines <ENGINE"),
        (
            "worker-test no-such-one",
            "the program \"no-such-one\" is not on the PATH",
        ),
        ("exec p.monkey --engine stack+xx", "stack"),
        (
            "exec p.monkey --engine stack/thunk",
            "this combination is not built; did you mean stack",
        ),
        (
            "exec p.monkey --engine stack/thunk",
            "/tagged/thunk/verified",
        ),
        ("exec p.monkey --max-depth 0", "--max-depth"),
        ("exec p.monkey --max-depth 1000001", "--max-depth"),
        ("exec p.monkey --max-memory lots", "K, M or G"),
        ("exec p.monkey --fuel -1", "from 0 to"),
        ("exec p.monkey --max-memory -1", "K, M or G"),
        ("disasm p.monkey --engine tree", "no code to list"),
        ("list everything", "engines"),
        ("completions cmd.exe", "bash"),
        ("worker three", "tree"),
    ] {
        let assert = bench.run(arguments).code(2);
        let text = stderr(&assert);
        assert!(text.contains(reason), "{arguments}: {text}");
        assert!(text.starts_with("error: "), "{arguments}: {text}");
        assert_eq!(stdout(&assert), "", "{arguments}");
        no_panic(&assert);
    }
    assert!(!common::exists(bench.path("reports")), "nothing was begun");
}

#[test]
fn lists_are_for_people_and_for_machines() {
    let bench = Bench::new();
    let text = stdout(&bench.run("list").success());
    for line in [
        "axes\n",
        "\n values         boxed (default) ",
        "engines\n",
        "\n tree ",
        "\n stack/tagged/thunk/verified   all",
        "documented workloads\n",
        "realistic workloads\n",
        "\n fibonacci ",
        "experiments\n",
        "\n progression ",
    ] {
        assert!(text.contains(line), "{text}");
    }
    let engines = stdout(&bench.run("list engines").success());
    assert!(engines.contains("combinations") && !engines.contains("workloads\n"));

    let json = stdout(&bench.run("list --json").success());
    let listing: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(
        listing["engines"].as_array().unwrap().len(),
        catalog::variants().len()
    );
    let axes = listing["axes"].as_array().unwrap();
    assert_eq!(axes.len(), 5);
    assert_eq!(axes[3]["default"], "match");
    assert_eq!(axes[3]["values"][2]["name"], "tail");
    assert!(axes[0]["default"].is_null() && axes[1]["default"].is_null());
    assert_eq!(listing["workloads"][0]["name"], "fibonacci");
    assert_eq!(listing["experiments"][0]["reference"], "tree");
    let json = stdout(&bench.run("list workloads --json").success());
    let listing: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert!(listing.get("engines").is_none());
}

#[test]
fn a_listing_has_the_code_and_its_meaning() {
    let bench = Bench::new();
    bench.file("p.monkey", "let f = fn(n) { n - 1 }; f(4)");
    let plain = stdout(&bench.run("disasm p.monkey --engine stack").success());
    assert!(plain.contains("Call"), "{plain}");
    let explained = stdout(
        &bench
            .run("disasm p.monkey --engine stack --explain")
            .success(),
    );
    assert!(explained.len() > plain.len(), "{explained}");
    bench.run("disasm missing.monkey").code(1);
    bench.file("wrong.monkey", "let");
    let assert = bench.run("disasm wrong.monkey").code(1);
    assert!(stderr(&assert).contains("wrong.monkey:1:"));
}

#[cfg(all(feature = "constant-operands", feature = "superinstructions"))]
#[test]
fn optimizations_may_be_named_in_any_order() {
    let bench = Bench::new();
    bench.file("p.monkey", "let f = fn(n) { n - 1 }; f(4)");
    let listing = |engine| {
        let assert = bench.run(&format!("disasm p.monkey --engine {engine}"));
        stdout(&assert.success())
    };
    assert_eq!(listing("stack+si+co"), listing("stack+co+si"));
    assert_ne!(listing("stack+co+si"), listing("stack"));
    let assert = bench.run("run --engines stack+co+si,stack+si+co").code(2);
    assert!(stderr(&assert).contains("twice"), "{}", stderr(&assert));
}

/// On the workloads that take no time without much optimization; a release build checks every engine on
/// all of them in `.ci/run`.
#[test]
fn engines_agree_with_the_cases_and_the_oracle() {
    let bench = Bench::new();
    let assert = bench
        .run("check --engines tree,stack --workloads documented --cases o")
        .success();
    let text = stdout(&assert);
    assert_eq!(text.lines().count(), 2, "{text}");
    assert!(text.lines().all(|line| line.starts_with("ok ")), "{text}");
    let assert = bench
        .run(
            "check --engines stack --size fibonacci=10 --workloads fibonacci --cases scope/ --json",
        )
        .success();
    let verdicts: serde_json::Value = serde_json::from_str(&stdout(&assert)).unwrap();
    assert_eq!(verdicts[0]["engine"], "stack");
    assert_eq!(verdicts[0]["disagreements"].as_array().unwrap().len(), 0);
}

/// No colours where nobody sees them.
#[test]
fn what_is_no_terminal_gets_no_colours() {
    let bench = Bench::new();
    bench.file("p.monkey", "1 + true");
    for arguments in ["--help", "list", "exec p.monkey", "fly", "exec missing"] {
        let output = bench.command(arguments).output().unwrap();
        let escapes = [output.stdout, output.stderr].concat();
        assert!(!escapes.contains(&0x1b), "{arguments}");
    }
}

#[cfg(target_os = "linux")]
mod nobody_reads {
    use std::fs::File;
    use std::process::{Command, Stdio};

    use super::*;

    fn command(bench: &Bench, arguments: &str) -> Command {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("monkeybench"));
        command
            .current_dir(bench.directory.path())
            .args(arguments.split_whitespace());
        command
    }

    /// Commands that print much, little, and as they go.
    const PRINTING: [&str; 7] = [
        "--help",
        "--version",
        "list",
        "completions bash",
        "exec endless.monkey",
        "exec value.monkey",
        "disasm value.monkey",
    ];

    fn with_programs() -> Bench {
        let bench = Bench::new();
        bench.file("value.monkey", "42");
        bench.file(
            "endless.monkey",
            "let f = fn(n) { puts(n); f(n + 1) }; f(0)",
        );
        bench
    }

    #[test]
    fn a_full_device_is_an_error() {
        let bench = with_programs();
        for arguments in PRINTING {
            let full = File::options().write(true).open("/dev/full").unwrap();
            let output = command(&bench, arguments).stdout(full).output().unwrap();
            let stderr = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(1), "{arguments}: {stderr}");
            assert!(
                stderr.starts_with("error: can't write"),
                "{arguments}: {stderr}"
            );
            assert!(!stderr.contains("panicked"), "{arguments}: {stderr}");
        }
    }

    #[test]
    fn a_reader_that_has_gone_ends_it_quietly() {
        let bench = with_programs();
        for arguments in PRINTING {
            let mut child = command(&bench, arguments)
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            drop(child.stdout.take());
            let output = child.wait_with_output().unwrap();
            let stderr = String::from_utf8(output.stderr).unwrap();
            assert_eq!(stderr, "", "{arguments}");
            assert_eq!(output.status.code(), Some(0), "{arguments}");
        }
    }
}
