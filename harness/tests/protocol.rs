//! The worker protocol as `PROTOCOL.md` tells it: its conversation is held with the program's own worker,
//! and `worker-test` finds nothing wrong with that, and what is wrong with others.

#![cfg(unix)]

mod common;

use std::fmt::Write as _;

use assert_cmd::cargo::cargo_bin;
use common::{Bench, no_panic, stderr, stdout};
use reports::schema::{Measure, Results};
use serde_json::Value;

const DOCUMENT: &str = include_str!("../PROTOCOL.md");

/// An answer without what differs from run to run: times and memory.
fn steady(line: &str) -> String {
    let mut words: Vec<&str> = line.split(' ').collect();
    if let ["ok", figure, ..] = &mut words[..]
        && figure.bytes().all(|byte| byte.is_ascii_digit())
    {
        *figure = "N";
    }
    words.join(" ")
}

#[test]
fn the_documented_conversation_is_what_is_said() {
    let (_, rest) = DOCUMENT.split_once("```conversation\n").unwrap();
    let (conversation, _) = rest.split_once("```").unwrap();
    let (mut sent, mut expected) = (String::new(), String::new());
    let mut lines = conversation.lines().peekable();
    while let Some(line) = lines.next() {
        if let Some(answer) = line.strip_prefix("← ") {
            writeln!(expected, "{}", steady(answer)).unwrap();
            continue;
        }
        let request = line.strip_prefix("→ ").unwrap();
        writeln!(sent, "{request}").unwrap();
        if let ["program", _, bytes] = request.split(' ').collect::<Vec<_>>()[..] {
            let mut text = String::new();
            while let Some(line) = lines.next_if(|line| line.starts_with("→ ")) {
                writeln!(text, "{}", line.strip_prefix("→ ").unwrap()).unwrap();
            }
            let bytes: usize = bytes.parse().unwrap();
            // All of it, but perhaps without its last line feed.
            assert!(text.len() - bytes <= 1, "{text:?} has not {bytes} bytes");
            sent.push_str(&text[..bytes]);
        }
    }
    let bench = Bench::new();
    let assert = bench
        .command("worker tree")
        .write_stdin(sent)
        .assert()
        .success();
    let got: String = stdout(&assert)
        .lines()
        .map(|it| steady(it) + "\n")
        .collect();
    let expected = expected.replace("\"memory\":true", memory());
    if cfg!(target_os = "linux") {
        assert_eq!(got, expected);
    }
}

fn memory() -> &'static str {
    match cfg!(target_os = "linux") {
        true => "\"memory\":true",
        false => "\"memory\":false",
    }
}

fn own_worker() -> String {
    format!("'{}' worker stack", cargo_bin!("monkeybench").display())
}

/// Tests a worker that is a shell script; gives the steps.
fn steps(script: &str, code: i32) -> Vec<Value> {
    let bench = Bench::new();
    let assert = bench
        .command("worker-test --json --timeout 20 sh -c")
        .arg(script)
        .assert();
    no_panic(&assert);
    let steps: Vec<Value> = serde_json::from_str(&stdout(&assert)).unwrap();
    assert_eq!(
        assert.get_output().status.code(),
        Some(code),
        "{steps:#?} {}",
        stderr(&assert)
    );
    steps
}

fn failed(steps: &[Value]) -> Vec<&Value> {
    steps.iter().filter(|step| step["ok"] == false).collect()
}

#[test]
fn the_programs_own_worker_passes_every_step() {
    let steps = steps(&format!("exec {}", own_worker()), 0);
    assert!(steps.len() > 35, "{steps:#?}");
    for request in [
        "hello 2",
        "program no%20line%20feed 17",
        "check limit-fuel fuel=10",
        "measure first timed 1",
        "memory",
        "counts timed",
        "frobnicate answer 7",
        "quit",
        "the end of the input",
    ] {
        assert!(
            steps.iter().any(|step| step["sent"] == request),
            "{request}"
        );
    }
}

#[test]
fn what_is_wrong_with_a_worker_is_found() {
    let worker = own_worker();
    for (script, step, came) in [
        // Times in microseconds, values of its own, places off by one, and lost words.
        (
            format!("{worker} | sed -u -E 's/^(ok [0-9]*)[0-9]{{3}} (null|\")/\\1 \\2/'"),
            "it times",
            "ok ",
        ),
        (
            format!("{worker} | sed -u 's/\"42\"/\"43\"/'"),
            "a program and its value: run",
            "43",
        ),
        (
            format!("{worker} | sed -u 's/ 2 1 / 2 2 /'"),
            "a program that fails: run",
            " 2 2 ",
        ),
        (
            format!("{worker} | sed -u 's/^error/errr/'"),
            "a program that it hasn't got",
            "errr",
        ),
        (
            format!("{worker} | sed -u 's/\\\"engine\\\":\\\"stack\\\",//'"),
            "it says what it is",
            "protocol",
        ),
    ] {
        let steps = steps(&script, 1);
        let failed = failed(&steps);
        let is_there = |failure: &&Value| {
            failure["step"].as_str().unwrap().starts_with(step)
                && failure["came"].as_str().unwrap().contains(came)
        };
        assert!(failed.iter().any(is_there), "{script}: {failed:#?}");
    }
}

#[test]
fn a_worker_that_does_not_end_or_answers_twice_is_found() {
    let worker = own_worker();
    let steps_of_lingering = steps(&format!("{worker}; sleep 30 & exit 0"), 1);
    let lingering = failed(&steps_of_lingering);
    assert!(
        lingering
            .iter()
            .all(|it| it["step"].as_str().unwrap().starts_with("it ends"))
    );
    let steps = steps(&format!("{worker} | sed -u 's/^ok$/ok\\nok/'"), 1);
    let twice = failed(&steps);
    let said = |it: &&Value| it["came"].as_str().unwrap().contains("without being asked");
    assert!(twice.iter().any(said), "{twice:#?}");
}

/// A worker of protocol 1 is tested for what that has.
#[test]
fn protocol_1_is_tested_too() {
    let script = "
        while read -r request a b c; do case $request in
          program) head -c \"$b\" > program; echo ok ;;
          check) case $a in
              answer) echo 'ok \"42\" \"\"' ;; nobody) echo error ;;
              no%*) printf '%s\\n' 'ok \"3\" \"1\\ntwo\\n\"' ;; empty) echo 'ok \"null\" \"\"' ;;
              *) printf '%s\\n' 'ok \"grün ✓日本\" \"grün ✓\\n\"' ;;
            esac ;;
          measure) sleep 0.0$c 2> /dev/null || sleep 1; echo 'ok 1 \"144\"' ;;
          quit) exit ;;
          *) echo 'error what?' ;;
        esac; done";
    let steps = steps(script, 1);
    // All but its times are fine.
    for failure in failed(&steps) {
        assert!(
            failure["sent"].as_str().unwrap().starts_with("measure"),
            "{failure:#?}"
        );
    }
    assert!(steps.iter().any(|step| step["came"] == "error what?"));
    assert!(steps.iter().all(|step| step["sent"] != "memory"));
}

/// What the protocol has beyond what the built-in engines can: a machine that executes again.
#[test]
fn a_warm_machine_is_measured_where_there_is_one() {
    let bench = Bench::new();
    bench.file(
        "worker.sh",
        "while read -r request a b c; do case $request in\n\
         hello) echo 'ok {\"protocol\":2,\"engine\":\"shell\",\"version\":\"5\",\"phases\":[\"run\",\"warm\",\"later\"]}' ;;\n\
         program) head -c \"$b\" > /dev/null; echo ok ;;\n\
         check) echo 'ok \"93105\" \"\"' ;;\n\
         measure) sleep 0.01; echo \"$a\" >> asked; echo 'ok 10000000 \"93105\"' ;;\n\
         quit) exit ;;\n\
         *) echo \"$request\" >> asked; echo error ;;\n\
         esac; done",
    );
    bench.file(
        "experiment.toml",
        "name = 'warm'\nquestion = '?'\nreference = 'shell'\n\
         workloads = ['integer-arithmetic']\n\
         external = [{ name = 'shell', command = ['sh', 'worker.sh'] }]\n\
         [[variant]]\nengine = 'tree'\n",
    );
    let assert = bench
        .run("run experiment.toml --rounds 1 --out out")
        .code(3);
    let results = Results::read(&bench.path("out/results.json")).unwrap();
    let shell = results.variant_named("shell").unwrap();
    let identity = results.variant(shell).identity.as_ref().unwrap();
    assert_eq!(
        identity.engine.as_deref(),
        Some("shell"),
        "{}",
        stderr(&assert)
    );
    // In the order of the schema, and without what is not known here.
    assert_eq!(identity.phases, [Measure::Run, Measure::Warm]);
    let of_shell = results.samples.iter().filter(|it| it.variant == shell);
    let mut measures: Vec<_> = of_shell.map(|it| it.measure).collect();
    measures.sort();
    measures.dedup();
    assert_eq!(measures, [Measure::Run, Measure::Warm]);
    // What a worker doesn't list is not asked for.
    let asked = bench.read("asked");
    assert!(
        asked.lines().all(|it| it == "run" || it == "warm"),
        "{asked}"
    );
    let report = bench.read("out/report.md");
    assert!(
        report.contains("## Engines") && report.contains("run, warm"),
        "{report}"
    );
    let tree = results.variant_named("tree").unwrap();
    let parsed = |variant| {
        results
            .samples
            .iter()
            .any(|it| it.variant == variant && it.measure == Measure::Parse)
    };
    assert_eq!((parsed(tree), parsed(shell)), (true, false));
}

/// A worker that has the phases and the time of its arguments, and can't tell of its memory though it
/// says that it can.
const PARTIAL: &str = r#"
while read -r request a b c; do case $request in
  hello) echo "ok {\"protocol\":2,\"engine\":\"shell\",\"memory\":true,\"phases\":[$1]}" ;;
  program) head -c "$b" > /dev/null; echo ok ;;
  check) echo 'ok "93105" ""' ;;
  measure) sleep 0.01; echo "ok $2 \"93105\"" ;;
  quit) exit ;;
  *) echo "error can't say" ;;
esac; done"#;

fn partial(bench: &Bench, phases: &str, time: &str) {
    bench.file("worker.sh", PARTIAL);
    bench.file(
        "partial.toml",
        format!(
            "name = 'partial'\nquestion = '?'\nworkloads = ['integer-arithmetic']\n\
             external = [{{ name = 'shell', command = ['sh', 'worker.sh', '{phases}', '{time}'] }}]\n\
             [[variant]]\nengine = 'tree'\n"
        ),
    );
}

#[test]
fn memory_that_a_worker_cannot_say_costs_nothing_else() {
    let bench = Bench::new();
    partial(&bench, "\"run\"", "10000000");
    bench.run("run partial.toml --rounds 1 --out out").code(3);
    let results = Results::read(&bench.path("out/results.json")).unwrap();
    let shell = results.variant_named("shell").unwrap();
    let cell = results.cells.iter().find(|it| it.variant == shell).unwrap();
    assert_eq!((&cell.failure, cell.peak_memory_bytes), (&None, None));
    assert!(results.samples.iter().any(|it| it.variant == shell));
}

/// A run and its forecast know of it alike, and of times that can't be.
#[test]
fn a_worker_without_run_or_with_impossible_times_fails_and_is_foretold() {
    for (phases, time, said) in [
        (
            "\"total\"",
            "10000000",
            "its worker says that it has no phase `run`",
        ),
        ("", "10000000", "its worker says that it has no phase `run`"),
        ("\"run\"", "18446744073709551615", "by the harness's clock"),
    ] {
        let bench = Bench::new();
        partial(&bench, phases, time);
        let assert = bench.run("run partial.toml --rounds 1 --dry-run --json");
        no_panic(&assert);
        let told: Value = serde_json::from_str(&stdout(&assert)).unwrap();
        let reason = told["failures"][0]["reason"].as_str().unwrap();
        assert!(reason.contains(said), "{reason}");
        let assert = bench.run("run partial.toml --rounds 1 --out out").code(1);
        assert!(stderr(&assert).contains(said), "{}", stderr(&assert));
    }
}
