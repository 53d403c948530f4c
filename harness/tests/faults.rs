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
    refuse) echo "error no such thing" ;;
    wrong) echo "$2" ;;
  esac
}
while read -r request a b c; do
  case $request in
    program) head -c "$b" > /dev/null; name=$a; good='ok'; wrong='ok what?' ;;
    check) name=$a; good='ok "VALUE" ""'; wrong='ok "0.5" ""' ;;
    measure) name=$b; good="ok $((c * 1000)) \"VALUE\""; wrong="ok $((c * 1000)) \"0.5\""; request=$a ;;
    counts) name=$a; good='ok {"calls":1}'; wrong='ok {"calls":"one"}' ;;
    quit) exit 0 ;;
  esac
  case $name in
    integer-arithmetic) value=93105 ;;
    nested-loops) value=0 ;;
  esac
  case "$name $1" in
    "integer-arithmetic $request="*) fault "${1#*=}" "$wrong" ;;
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
