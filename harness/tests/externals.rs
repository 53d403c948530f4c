//! Engines that are other programs, as experiments and `engines.toml` files declare them: what is
//! refused before anything is measured, and what is found where. A worker's faults are the business of
//! `faults.rs`.

mod common;

use std::fs;

use assert_cmd::assert::Assert;
use common::{Bench, exists, no_panic, stderr, stdout};
use reports::schema::Results;

/// An experiment on the smallest workload, with more keys.
fn experiment(more: &str) -> String {
    format!(
        "name = 'test'\nquestion = 'Does it work?'\nworkloads = ['integer-arithmetic']\n{more}\n"
    )
}

/// An external engine that is this program's own worker.
fn external(name: &str, engine: &str) -> String {
    let program = assert_cmd::cargo::cargo_bin!("monkeybench");
    format!(
        "[[external]]\nname = '{name}'\ncommand = ['{}', 'worker', '{engine}']\n",
        program.display()
    )
}

/// Makes sure that a command was refused as wrong usage, in these words, and left nothing.
fn refused(bench: &Bench, assert: Assert, words: &str) {
    let assert = assert.code(2);
    no_panic(&assert);
    let stderr = stderr(&assert);
    assert!(stderr.contains(words), "{words}: {stderr}");
    assert!(!exists(bench.path("out")), "{words}: it left something");
}

#[test]
fn what_can_take_no_part_is_refused_before_anything_is_measured() {
    let bench = Bench::new();
    let (a, x) = (external("a", "tree"), external("x", "stack"));
    for (more, words) in [
        (
            format!("reference = 'a'\n{a}{x}{x}"),
            "engine x is there twice",
        ),
        (
            format!("{a}[[external]]\nname = \"b\\n2\"\ncommand = ['sh']"),
            "the external engine's name has a control character: \"b\\n2\"",
        ),
        (
            format!("{a}[[external]]\nname = ''\ncommand = ['sh']"),
            "the external engine's name is empty",
        ),
        (
            format!("{a}[[external]]\nname = 'b'\ncommand = []"),
            "external engine \"b\" has no command",
        ),
        (
            format!("{a}[[external]]\nname = 'b'\ncommand = ['no-such-program', '1']"),
            "can't start external engine b: the program \"no-such-program\" is not on the PATH",
        ),
        (
            format!("{a}[[external]]\nname = 'b'\ncommand = ['./no-such-program']"),
            "there is no program ./no-such-program in ",
        ),
        (
            format!("{a}[[external]]\nname = 'b'\ncommand = ['sh']\ncwd = 'lost'"),
            "which it is to start in",
        ),
        (
            format!("reference = 'alpha'\n{}", external("alhpa", "tree")),
            "unknown reference \"alpha\"; did you mean alhpa?",
        ),
        // A reference that there is, but not here.
        (
            format!("reference = 'stack'\n{a}{x}"),
            "unknown reference \"stack\"; there are: a, x",
        ),
        (
            format!("headline = 'integer-arithmetics'\n{a}"),
            "unknown headline \"integer-arithmetics\"; did you mean integer-arithmetic?",
        ),
        (
            format!("{a}{x}[[variant]]\nengine = 'tree'\ncounterpart = 'stack'"),
            "unknown counterpart \"stack\"; there are: tree, a, x",
        ),
        (
            format!("{a}[[variant]]\nengine = 'tree'\ncounterpart = 'three'"),
            "unknown engine \"three\"; did you mean tree?",
        ),
        (
            format!("{a}[[variant]]\nengine = 'tree'\nlabel = \"a\\u0085b\""),
            "the label of tree has a control character",
        ),
        (
            format!("{a}[[variant]]\nengine = 'tree'\nlabel = ''"),
            "the label of tree is empty",
        ),
    ] {
        bench.file("x.toml", experiment(&more));
        refused(&bench, bench.run("run x.toml --quick --out out"), words);
    }
    for (file, words) in [
        (
            "name = ''\nquestion = '?'",
            "the experiment's name is empty",
        ),
        (
            "name = \"a\\nb\"\nquestion = '?'",
            "the experiment's name has a control character",
        ),
        (
            "name = 'a'\nquestion = \"\\u001b[31m\"",
            "the experiment's question has a control character",
        ),
    ] {
        bench.file("x.toml", format!("{file}\n{a}"));
        refused(&bench, bench.run("run x.toml --quick --out out"), words);
    }
}

/// With the file, the line and a mark.
#[test]
fn an_unknown_key_is_shown_where_it_stands() {
    let bench = Bench::new();
    for file in [
        experiment("[[external]]\nname = 'a'\ncomand = ['sh']"),
        experiment("[[variant]]\nengine = 'tree'\nlable = 'x'"),
        experiment("refrence = 'tree'"),
    ] {
        bench.file("x.toml", &file);
        let assert = bench.run("run x.toml --out out");
        let text = stderr(&assert);
        assert!(text.contains("x.toml is no experiment"), "{text}");
        assert!(text.contains("unknown field"), "{text}");
        assert!(text.contains("line ") && text.contains("^^^^^"), "{text}");
        refused(&bench, assert, "TOML parse error");
    }
}

#[test]
fn engines_that_are_declared_once_take_part_by_name() {
    let bench = Bench::new();
    fs::create_dir(bench.path("lab")).unwrap();
    bench.file(
        "lab/engines.toml",
        external("walker", "tree") + &external("machine", "stack+all"),
    );
    bench.file(
        "lab/x.toml",
        experiment(
            "[[variant]]\nengine = 'stack'\n[[variant]]\nengine = 'walker'\nlabel = 'a walker'",
        ),
    );
    // Beside the experiment, whatever the current directory; those that it doesn't name stay away.
    bench.run("run lab/x.toml --rounds 1 --out beside").code(3);
    let names = |file: &str| {
        let results = Results::read(&bench.path(file)).unwrap();
        let variants = results.variants.into_iter();
        variants.map(|it| (it.name, it.label)).collect::<Vec<_>>()
    };
    let pair = |name: &str, label: &str| (name.to_owned(), label.to_owned());
    assert_eq!(
        names("beside/results.json"),
        [pair("stack", "stack"), pair("walker", "a walker")]
    );
    // Or one that is named on the command line, also beside the project's engines.
    bench
        .run(
            "run --engines-file lab/engines.toml --engines stack,machine --workloads \
             integer-arithmetic --rounds 1 --out other",
        )
        .code(3);
    let others = names("other/results.json");
    let others: Vec<_> = others.iter().map(|it| &*it.0).collect();
    assert_eq!(others, ["stack", "machine"]);
    let assert = bench.run("run lab/x.toml --engines stack,wakler --out out");
    refused(&bench, assert.code(2), "did you mean walker?");
    let assert = bench.run("run --engines walker --out none").code(2);
    assert!(stderr(&assert).contains("unknown engine \"walker\""));

    // In the current directory, for the project's experiments and the list.
    fs::copy(bench.path("lab/engines.toml"), bench.path("engines.toml")).unwrap();
    let assert = bench.run("list engines").success();
    assert!(stdout(&assert).contains("walker"), "{}", stdout(&assert));
    let assert = bench.run("list engines --json").success();
    let list: serde_json::Value = serde_json::from_str(&stdout(&assert)).unwrap();
    assert_eq!(list["externals"][1]["name"], "machine");
    assert_eq!(list["externals"][1]["command"][1], "worker");
}

/// It may be some other tool's, and nothing asked for it.
#[test]
fn a_file_of_engines_that_nobody_named_spoils_nothing() {
    let bench = Bench::new();
    bench.file("engines.toml", "[[engine]]\nname = 'x'\n");
    let assert = bench.run("list").success();
    assert!(stderr(&assert).contains("engines.toml is no file of engines"));
    let assert = bench.run("list --engines-file engines.toml").code(2);
    assert!(stderr(&assert).contains("unknown field `engine`"));
    let assert = bench.run("run --engines x --out out");
    refused(&bench, assert, "unknown field `engine`");
    let assert = bench.run("run --engines-file lost.toml --out out");
    refused(&bench, assert, "can't read lost.toml: no such file");
}

#[test]
fn an_engine_has_one_declaration() {
    let bench = Bench::new();
    bench.file("engines.toml", external("walker", "tree"));
    bench.file("x.toml", experiment(&external("walker", "stack")));
    let assert = bench.run("run x.toml --out out");
    refused(
        &bench,
        assert,
        "engine walker is there twice: as its own [[external]] and in the engines file",
    );
}

/// Commands of an `engines.toml` start in its folder, so that it can be used from anywhere; those of an
/// experiment where the user is, unless it says otherwise.
#[cfg(unix)]
#[test]
fn a_command_finds_its_files() {
    let bench = Bench::new();
    fs::create_dir(bench.path("lab")).unwrap();
    let program = assert_cmd::cargo::cargo_bin!("monkeybench");
    let script = format!("exec '{}' worker \"$1\"\n", program.display());
    bench.file("lab/worker.sh", script);
    let external = "[[external]]\nname = 'walker'\ncommand = ['sh', 'worker.sh', 'tree']\n";
    bench.file("lab/engines.toml", external);
    bench.file(
        "lab/by-name.toml",
        experiment("[[variant]]\nengine = 'walker'"),
    );
    bench.file(
        "lab/own.toml",
        experiment(&format!("{}cwd = '.'\n", external.replace("walker", "w"))),
    );
    bench.file(
        "lab/lost.toml",
        experiment(&external.replace("walker", "w")),
    );
    for (file, failed) in [("by-name", false), ("own", false), ("lost", true)] {
        bench.run(&format!("run lab/{file}.toml --rounds 1 --out {file}"));
        let results = Results::read(&bench.path(&format!("{file}/results.json"))).unwrap();
        assert_eq!(results.cells[0].failure.is_some(), failed, "{file}");
    }
}
