//! Workers that misbehave: each costs its cell, a variant on a workload, which the report names
//! with the reason; the others are measured, and so is the next workload by the same engine.
//!
//! The engines are external ones, shell scripts that speak the protocol until they don't.

#![cfg(unix)]

mod common;

use std::fs;

use common::{Bench, no_panic, stderr};
use reports::schema::{FailurePhase, Measure, Results};

/// A worker that knows two workloads by heart. What it does about a request on the first of them is
/// up to its argument, `REQUEST=FAULT`.
const WORKER: &str = r#"
fault() {
  case $1 in
    die) echo "no more memory" >&2; exit 7 ;;
    kill) kill -KILL $$ ;;
    hang) while :; do sleep 1; done ;;
    garbage) echo "hello" ;;
    binary) printf '\377\376\n' ;;
    close) exec >&-; sleep 5 ;;
    pass) ;;
    long) echo 'ok 1000000000000 "93105"' ;;
    short) sleep 0.02; echo 'ok 7 "93105"' ;;
    twice) echo "$3" | sed "s/VALUE/$value/"; echo 'ok 7 "93105"' ;;
    child) sleep 61 > /dev/null 2>&1 & echo "$3" | sed "s/VALUE/$value/" ;;
    key) echo 'ok {"calls":1,"spills":2}' ;;
    refuse) echo "error no such thing" ;;
    wrong) echo "$2" ;;
  esac
}
case $1 in
  early) echo 'ok 5 "93105"' ;;
esac
while read -r request a b c; do
  case $request in
    hello) name=integer-arithmetic; good='error unknown request'; wrong='ok 2' ;;
    program) head -c "$b" > /dev/null; name=$a; good='ok'; wrong='ok what?' ;;
    check) name=$a; good='ok "VALUE" ""'; wrong='ok "0.5" ""' ;;
    measure) sleep 0.01; name=$b; good='ok 10000000 "VALUE"'; wrong='ok 10000000 "0.5"'; request=$a ;;
    counts) name=$a; good='ok {"calls":1}'; wrong='ok {"calls":"one"}' ;;
    quit) exit 0 ;;
    *) name=none; good='error unknown request' ;;
  esac
  case $name in
    integer-arithmetic) value=93105 ;;
    nested-loops) value=0 ;;
  esac
  case "$name $1" in
    "integer-arithmetic $request="*) fault "${1#*=}" "$wrong" "$good" ;;
    *) echo "$good" | sed "s/VALUE/$value/" ;;
  esac
done
"#;

/// Runs an experiment of `tree` and the worker with this fault; gives its exit status, what it says
/// on standard error, and the results.
fn run(fault: &str) -> (Option<i32>, String, Results) {
    let bench = Bench::new();
    bench.file("worker.sh", WORKER);
    bench.file(
        "experiment.toml",
        format!(
            "name = 'external'\n\
             question = 'Does it work?'\n\
             reference = 'tree'\n\
             workloads = ['integer-arithmetic', 'nested-loops']\n\
             external = [{{ name = 'shell', command = ['sh', 'worker.sh', '{fault}'] }}]\n\
             [[variant]]\n\
             engine = 'tree'\n"
        ),
    );
    let assert = bench.run("run ./experiment.toml --rounds 1 --timeout 2 --out out --seed 1");
    no_panic(&assert);
    let results = Results::read(&bench.path("out/results.json")).unwrap();
    let report = bench.read("out/report.md");
    for cell in &results.cells {
        if let Some(failure) = &cell.failure {
            let start: String = failure
                .reason
                .chars()
                .take_while(|c| c.is_alphabetic() || *c == ' ')
                .collect();
            assert!(report.contains(&start), "the report names {failure:?}");
        }
    }
    (assert.get_output().status.code(), stderr(&assert), results)
}

/// Makes sure that a fault costs the external engine its first workload and nothing else.
fn costs_one_cell(fault: &str, phase: FailurePhase, reason: &str) {
    let (code, stderr, results) = run(fault);
    assert_eq!(code, Some(1), "{fault}: {stderr}");
    assert!(
        stderr.contains("shell failed on integer-arithmetic"),
        "{fault}: {stderr}"
    );
    let failed: Vec<_> = results
        .cells
        .iter()
        .filter_map(|cell| Some((cell.variant.0, cell.workload.0, cell.failure.as_ref()?)))
        .collect();
    let [(1, 0, failure)] = failed[..] else {
        panic!("{fault}: {failed:?}");
    };
    assert!(failure.reason.contains(reason), "{fault}: {failure:?}");
    assert_eq!(failure.phase, phase, "{fault}");
    let measured = |variant, workload| {
        results.samples.iter().any(|sample| {
            (sample.variant.0, sample.workload.0) == (variant, workload)
                && sample.measure == Measure::Run
        })
    };
    assert!(
        measured(0, 0) && measured(0, 1) && measured(1, 1),
        "{fault}"
    );
    assert!(!measured(1, 0), "{fault}");
}

#[test]
fn an_engine_of_any_kind_can_take_part() {
    let (code, stderr, results) = run("none");
    // A single round is too few for an interval, so the result is INVALID.
    assert_eq!(code, Some(3), "{stderr}");
    assert_eq!(results.variants[1].name, "shell");
    assert!(results.cells.iter().all(|cell| cell.failure.is_none()));
    let counts = results.cells[1].counts.unwrap();
    assert_eq!((counts.calls, counts.dispatched), (Some(1), None));
}

#[test]
fn phases_and_counts_that_an_engine_has_not_got_are_left_out() {
    let (code, stderr, results) = run("compile=refuse");
    assert_eq!(code, Some(3), "{stderr}");
    let compiled = |variant| {
        results
            .samples
            .iter()
            .filter(|it| it.measure == Measure::Compile && it.variant.0 == variant)
            .count()
    };
    assert_eq!((compiled(0), compiled(1)), (2, 1));
    let (code, stderr, results) = run("counts=refuse");
    assert_eq!(code, Some(3), "{stderr}");
    assert_eq!(results.cells[1].counts, None);
}

#[test]
fn a_worker_that_dies() {
    costs_one_cell(
        "check=die",
        FailurePhase::Check,
        "exit status 7: no more memory",
    );
    costs_one_cell("run=kill", FailurePhase::Calibration, "killed by signal 9");
    costs_one_cell("counts=die", FailurePhase::Check, "exit status 7");
}

#[test]
fn a_worker_that_hangs() {
    costs_one_cell(
        "run=hang",
        FailurePhase::Calibration,
        "no answer within 2 s",
    );
}

#[test]
fn a_worker_that_closes_its_output() {
    costs_one_cell("check=close", FailurePhase::Check, "closed its output");
}

#[test]
fn a_worker_that_talks_nonsense() {
    costs_one_cell("program=wrong", FailurePhase::Check, "not in the protocol");
    costs_one_cell("check=garbage", FailurePhase::Check, "\"hello\"");
    costs_one_cell("check=binary", FailurePhase::Check, "not UTF-8");
    costs_one_cell("counts=wrong", FailurePhase::Check, "not in the protocol");
}

#[test]
fn a_worker_that_is_wrong() {
    costs_one_cell(
        "check=wrong",
        FailurePhase::Check,
        "the value is \"0.5\", but should be \"93105\"",
    );
    costs_one_cell(
        "run=wrong",
        FailurePhase::Calibration,
        "the value is \"0.5\"",
    );
    costs_one_cell(
        "total=wrong",
        FailurePhase::Calibration,
        "the value is \"0.5\"",
    );
    costs_one_cell("check=refuse", FailurePhase::Check, "no such thing");
    costs_one_cell("run=refuse", FailurePhase::Calibration, "no such thing");
}

/// A program that isn't there is refused before; one that is there may be none all the same.
#[test]
fn a_worker_that_cannot_be_started_fails_everywhere() {
    use std::os::unix::fs::PermissionsExt as _;

    let bench = Bench::new();
    let ghost = bench.file("ghost", "#!/no/such/interpreter\n");
    fs::set_permissions(ghost, fs::Permissions::from_mode(0o755)).unwrap();
    bench.file(
        "experiment.toml",
        "name = 'external'\nquestion = '?'\nreference = 'tree'\n\
         workloads = ['integer-arithmetic', 'nested-loops']\n\
         external = [{ name = 'ghost', command = ['./ghost'] }]\n\
         [[variant]]\nengine = 'tree'\n",
    );
    let assert = bench
        .run("run experiment.toml --rounds 1 --out out")
        .code(1);
    assert!(
        stderr(&assert).contains("ghost failed on nested-loops"),
        "{}",
        stderr(&assert)
    );
    let results = Results::read(&bench.path("out/results.json")).unwrap();
    let failures = results
        .cells
        .iter()
        .filter_map(|cell| cell.failure.as_ref());
    let phases: Vec<_> = failures.map(|failure| failure.phase).collect();
    assert_eq!(phases, [FailurePhase::Start, FailurePhase::Start]);
}

/// Whatever a worker of protocol 1 does about a request that it doesn't know, it is measured.
#[test]
fn a_worker_that_knows_no_greeting() {
    for fault in [
        "none",
        "hello=die",
        "hello=garbage",
        "hello=close",
        "hello=pass",
    ] {
        let (code, stderr, results) = run(fault);
        assert_eq!(code, Some(3), "{fault}: {stderr}");
        assert!(results.cells.iter().all(|cell| cell.failure.is_none()));
        let identity = results.variants[1].identity.as_ref().unwrap();
        assert_eq!((identity.protocol, &identity.engine), (1, &None), "{fault}");
        // As was found by asking.
        let found = [
            Measure::Parse,
            Measure::Compile,
            Measure::Instantiate,
            Measure::Run,
            Measure::Total,
        ];
        assert_eq!(identity.phases, found, "{fault}");
        let tree = results.variants[0].identity.as_ref().unwrap();
        assert_eq!((tree.protocol, tree.engine.as_deref()), (2, Some("tree")));
    }
}

#[test]
fn a_worker_that_says_hello_in_vain() {
    let (code, stderr, results) = run("hello=wrong");
    assert_eq!(code, Some(1), "{stderr}");
    let failures: Vec<_> = results
        .cells
        .iter()
        .filter_map(|cell| cell.failure.as_ref())
        .collect();
    assert_eq!(failures.len(), 2, "{failures:?}");
    for part in [
        "\"ok 2\"",
        "asked: hello 2",
        "command: sh worker.sh hello=wrong",
    ] {
        assert!(failures[0].reason.contains(part), "{failures:?}");
    }
}

/// What a failure says: what was asked, what was expected, what came, and of whom.
#[test]
fn an_error_names_both_sides() {
    for (fault, said, asked) in [
        (
            "check=garbage",
            "\"hello\", where \"ok RESULT OUTPUT",
            "check integer-arithmetic;",
        ),
        (
            "check=wrong",
            "the value is \"0.5\"",
            "check integer-arithmetic;",
        ),
        (
            "run=long",
            "by the harness's clock",
            "measure run integer-arithmetic 1;",
        ),
    ] {
        let (_, stderr, _) = run(fault);
        let asked = format!("(asked: {asked} command: sh worker.sh {fault})");
        assert!(stderr.contains(said) && stderr.contains(&asked), "{stderr}");
    }
}

/// Before it is asked anything: then nobody could say which request its answers are for.
#[test]
fn a_worker_that_answers_too_early() {
    let (code, stderr, results) = run("early");
    assert_eq!(code, Some(1), "{stderr}");
    let failures = results.cells.iter().filter_map(|it| it.failure.as_ref());
    let reasons: Vec<_> = failures.map(|it| &*it.reason).collect();
    assert_eq!(reasons.len(), 2, "{reasons:?}");
    for reason in reasons {
        assert!(reason.contains(r#""ok 5 \"93105\"""#), "{reason}");
        assert!(reason.contains("command: sh worker.sh early"), "{reason}");
    }
}

/// The system's limits are no fault of an engine: the run stops there, and is gone on with later.
#[test]
fn a_worker_that_has_no_room_stops_the_run() {
    let bench = Bench::new();
    bench.file(
        "experiment.toml",
        format!(
            "name = 'crowded'\nquestion = '?'\nworkloads = ['integer-arithmetic']\n{}",
            [
                "tree",
                "stack",
                "stack+co",
                "stack+co+si",
                "stack+all",
                "stack/tagged"
            ]
            .map(|engine| format!("[[variant]]\nengine = '{engine}'\n"))
            .concat()
        ),
    );
    let program = assert_cmd::cargo::cargo_bin!("monkeybench");
    let crowded = std::process::Command::new("sh")
        .current_dir(bench.path("."))
        .args(["-c", "ulimit -n 22; exec \"$@\"", "sh"])
        .arg(program)
        .args("run experiment.toml --rounds 1 --out out".split(' '))
        .output()
        .unwrap();
    let stderr = String::from_utf8(crowded.stderr).unwrap();
    assert_eq!(crowded.status.code(), Some(1), "{stderr}");
    for part in [
        "Too many open files",
        "the run stops here",
        "`monkeybench run --resume --out out` begins it again",
    ] {
        assert!(stderr.contains(part), "{stderr}");
    }
    assert!(!stderr.contains("failed on"), "{stderr}");

    bench.run("run --resume --out out").code(3);
    let results = Results::read(&bench.path("out/results.json")).unwrap();
    assert!(results.cells.iter().all(|cell| cell.failure.is_none()));
}

#[test]
fn a_worker_whose_times_cannot_be() {
    costs_one_cell(
        "run=long",
        FailurePhase::Calibration,
        "1 iteration took 1000000000000 ns (1000.000 s), but the request took",
    );
    costs_one_cell(
        "run=short",
        FailurePhase::Sampling,
        "took 7 ns, but the request took",
    );
}

#[test]
fn a_worker_that_answers_twice() {
    let (code, stderr, results) = run("run=twice");
    assert_eq!(code, Some(1), "{stderr}");
    assert!(
        stderr.contains("shell failed on integer-arithmetic"),
        "{stderr}"
    );
    let failed: Vec<_> = results
        .cells
        .iter()
        .filter(|it| it.failure.is_some())
        .collect();
    assert_eq!(failed.len(), 1, "{failed:?}");
    // It is told of once.
    assert_eq!(stderr.matches("failed on").count(), 1, "{stderr}");
}

#[test]
fn a_count_that_is_not_known_costs_itself() {
    let (code, stderr, results) = run("counts=key");
    assert_eq!(code, Some(3), "{stderr}");
    assert_eq!(results.cells[1].counts.unwrap().calls, Some(1));
    assert_eq!(
        stderr
            .matches("shell: its worker counts what is not known here: spills")
            .count(),
        1,
        "{stderr}"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn what_a_worker_leaves_behind_is_ended_and_named() {
    let (code, stderr, _) = run("check=child");
    assert_eq!(code, Some(3), "{stderr}");
    let remark = "shell: its worker left sleep behind, which was ended";
    assert_eq!(stderr.matches(remark).count(), 1, "{stderr}");
}

/// The worker suspends the harness for longer than it may take itself, and has answered when the
/// harness wakes up.
#[test]
fn a_harness_that_was_suspended_looks_once_more_for_the_answer() {
    let bench = Bench::new();
    let suspend = "kill -STOP $PPID; sleep 2; echo 'ok \"93105\" \"\"'; kill -CONT $PPID";
    bench.file(
        "worker.sh",
        format!(
            "while read -r request a b c; do case $request in\n\
             program) head -c \"$b\" > /dev/null; echo ok ;;\n\
             check) {suspend} ;;\n\
             measure) sleep 0.01; echo 'ok 10000000 \"93105\"' ;;\n\
             quit) exit ;;\n\
             *) echo error ;;\n\
             esac; done"
        ),
    );
    bench.file(
        "experiment.toml",
        "name = 'suspended'\nquestion = '?'\nreference = 'shell'\n\
         workloads = ['integer-arithmetic']\n\
         external = [{ name = 'shell', command = ['sh', 'worker.sh'] }]\n",
    );
    let assert = bench
        .run("run experiment.toml --rounds 1 --timeout 1 --out out")
        .code(3);
    assert!(!stderr(&assert).contains("failed"), "{}", stderr(&assert));
}
