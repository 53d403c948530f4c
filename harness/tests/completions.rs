//! What shells are told: completions of what there is, and the manual.

mod common;

use std::process::Command;

use common::{Bench, stderr, stdout};

/// What the program offers for the last of these words.
fn offered(bench: &Bench, words: &[&str]) -> Vec<String> {
    let mut command = bench.command("--");
    command.arg("monkeybench").args(words);
    command
        .env("MONKEYBENCH_COMPLETE", "bash")
        .env("_CLAP_COMPLETE_INDEX", words.len().to_string())
        .env("_CLAP_IFS", "\n");
    let text = stdout(&command.assert().success());
    text.lines().map(str::to_owned).collect()
}

#[test]
fn names_of_this_build_are_offered() {
    let bench = Bench::new();
    bench.file("mine.monkey", "1");
    bench.file(
        "engines.toml",
        "[[external]]\nname = 'theirs'\ncommand = ['sh']",
    );
    let has = |words: &[&str], wanted: &str| {
        let offered = offered(&bench, words);
        assert!(
            offered.iter().any(|it| it == wanted),
            "{words:?}: {offered:?}"
        );
    };
    has(&["exec", "--engine", "tr"], "tree");
    has(&["exec", "--engine", "stack+a"], "stack+all");
    has(&["exec", "--engine", "stack/ta"], "stack/tagged");
    has(&["exec", "mi"], "mine.monkey");
    has(&["run", "prog"], "progression");
    has(&["run", "--engines", "tree,sta"], "tree,stack");
    has(&["run", "--engines", "tree,th"], "tree,theirs");
    has(&["run", "--workloads", "fib"], "fibonacci");
    has(
        &["run", "--workloads", "fibonacci,real"],
        "fibonacci,realistic",
    );
    has(&["run", "--size", "fib"], "fibonacci=");
    has(&["attribute", "--optimizations", "co,i"], "co,ic");
    has(&["man", "ex"], "exec");
    has(&["profile", "fib"], "fibonacci");
    has(&["profile", "mi"], "mine.monkey");
    has(&["list", "eng"], "engines");
    has(&["com"], "compare");
    has(&["exec", "--max-d"], "--max-depth");
}

#[test]
fn hidden_commands_are_neither_offered_nor_documented() {
    let bench = Bench::new();
    let hidden = ["worker", "counted", "session"];
    let offered = offered(&bench, &[""]);
    assert!(offered.iter().any(|it| it == "exec"), "{offered:?}");
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = stdout(&bench.run(&format!("completions {shell}")).success());
        assert!(script.contains("MONKEYBENCH_COMPLETE"), "{shell}: {script}");
        for command in hidden {
            assert!(!script.contains(command), "{shell}: {command}");
        }
    }
    let manual = stdout(&bench.run("man").success());
    assert!(manual.contains("monkeybench\\-exec(1)"), "{manual}");
    for command in hidden {
        assert!(!offered.iter().any(|it| it == command), "{command}");
        let page = format!("monkeybench\\-{command}(1)");
        assert!(!manual.contains(&page), "{command}");
    }
}

#[test]
fn the_manual_has_a_page_for_each_command() {
    let bench = Bench::new();
    bench.run("man --out pages").success();
    let mut pages: Vec<_> = std::fs::read_dir(bench.path("pages"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    pages.sort();
    for page in [
        "monkeybench.1",
        "monkeybench-exec.1",
        "monkeybench-run.1",
        "monkeybench-man.1",
    ] {
        assert!(pages.iter().any(|it| it == page), "{pages:?}");
    }
    assert!(
        !pages.iter().any(|it| it == "monkeybench-worker.1"),
        "{pages:?}"
    );
    let exec = stdout(&bench.run("man exec").success());
    assert_eq!(exec, bench.read("pages/monkeybench-exec.1"));
    assert!(exec.contains("max\\-depth"), "{exec}");
    let version = env!("CARGO_PKG_VERSION");
    for page in pages {
        let text = bench.read(&format!("pages/{page}"));
        // What groff warns of where nobody tells it the encoding.
        assert!(text.is_ascii(), "{page}");
        assert!(
            text.contains(&format!("\"monkeybench {version}\"")),
            "{page}"
        );
    }
    assert!(bench.read("pages/monkeybench-run.1").contains("ENGINE,..."));
    for wrong in ["exce", "worker"] {
        let assert = bench.run(&format!("man {wrong}")).code(2);
        assert!(
            stderr(&assert).contains("unknown command"),
            "{}",
            stderr(&assert)
        );
    }
}

/// The script, read by a bash that is asked as if somebody pressed the key.
#[test]
fn bash_completes_names_with_signs() {
    let bench = Bench::new();
    let program = assert_cmd::cargo::cargo_bin!("monkeybench");
    let ask = "source <(\"$0\" completions bash)
        COMP_TYPE=9
        ask() {
            COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1)); COMPREPLY=()
            _clap_complete_monkeybench monkeybench \"${COMP_WORDS[COMP_CWORD]}\" \"\" 2>&1
            (IFS=' '; echo \"${COMPREPLY[*]}\")
        }
        ask monkeybench exec --engine stack+all/tagged/th
        ask monkeybench exec --engine = stack+al
        ask monkeybench run --engines tree,stack+c
        ask monkeybench wor";
    let output = Command::new("bash")
        .args(["--norc", "-c", ask])
        .arg(program)
        .current_dir(bench.directory.path())
        .output();
    let Ok(output) = output else {
        eprintln!("there is no bash here");
        return;
    };
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let said = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<_> = text.split('\n').collect();
    assert_eq!(
        lines[0].trim(),
        "stack+all/tagged/thunk/verified",
        "{text} {said}"
    );
    assert!(
        lines[1].starts_with("stack+all stack+all/"),
        "{text} {said}"
    );
    assert!(lines[2].contains("tree,stack+co+si"), "{text} {said}");
    // The hidden `worker` is not among them.
    assert_eq!(lines[3].trim(), "worker-test", "{text} {said}");
}
