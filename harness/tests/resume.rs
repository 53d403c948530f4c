//! Runs that are stopped, and go on: by `--resume`, which needs no more than the folder; and runs that
//! lose what they write to. No test here asserts a time.

#![cfg(target_os = "linux")]

mod common;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use common::{Bench, exists, no_panic, stderr, stdout};
use reports::schema::{FailurePhase, Measure, Results};

/// A run of an instant: two variants on the smallest workload.
const TINY: &str = "run --engines tree,stack --workloads integer-arithmetic --seed 7 --out out";

/// What goes on with any run in this folder.
const RESUME: &str = "run --resume --out out";

/// The status of a run without failures: whether it is to be trusted depends on the machine, and
/// a build without optimization never is.
fn good_or_invalid(assert: &assert_cmd::assert::Assert) {
    let code = assert.get_output().status.code();
    assert!(matches!(code, Some(0 | 3)), "{code:?}: {}", stderr(assert));
    no_panic(assert);
}

/// All files of the output folder, but for the lock of a process that was killed.
fn contents(bench: &Bench) -> BTreeMap<OsString, Vec<u8>> {
    let entries = fs::read_dir(bench.path("out")).unwrap();
    let content = |entry: fs::DirEntry| (entry.file_name(), fs::read(entry.path()).unwrap());
    let mut contents: BTreeMap<_, _> = entries.map(|entry| content(entry.unwrap())).collect();
    contents.remove(&OsString::from(".monkeybench.lock"));
    contents
}

/// Makes sure that a command is refused for a reason, and leaves every byte as it was.
fn refused(bench: &Bench, command: &str, reasons: &[&str]) {
    let before = contents(bench);
    let assert = bench.run(command).code(1);
    let text = stderr(&assert);
    for reason in reasons {
        assert!(text.contains(reason), "{command}: {text}");
    }
    no_panic(&assert);
    assert!(contents(bench) == before, "{command}: nothing is spoiled");
}

#[test]
fn only_the_same_run_is_resumed() {
    let bench = Bench::new();
    let assert = bench.run(&format!("{TINY} --resume")).code(1);
    assert!(
        stderr(&assert).contains("there is no run to resume in out"),
        "{}",
        stderr(&assert)
    );
    assert!(!exists(bench.path("out")));

    good_or_invalid(&bench.run(&format!("{TINY} --rounds 1")));
    let other = TINY.replace("tree,stack", "stack,tree");
    let seed = TINY.replace("--seed 7", "--seed 8");
    for (command, difference) in [
        (
            &*format!("{RESUME} --rounds 2"),
            "the rounds: 1 then, 2 now",
        ),
        (
            &format!("{RESUME} --quick"),
            "--quick: not given then, given now",
        ),
        (
            &format!("{other} --resume"),
            "the variants: tree,stack then, stack,tree now",
        ),
        (&format!("{seed} --resume"), "the seed: 7 then, 8 now"),
        (
            &format!("{RESUME} --timeout 3"),
            "--timeout: 10 s then, 3 s now",
        ),
        (
            &format!("{RESUME} --workloads nested-loops"),
            "integer-arithmetic then, nested-loops(500) now",
        ),
        (
            &format!("{RESUME} dispatch"),
            "the experiment: progression then, dispatch now",
        ),
    ] {
        refused(&bench, command, &[difference]);
    }

    let journal = bench.read("out/samples.jsonl");
    for (damaged, reason) in [
        ("{\"format\":\"x\"}\n".to_owned(), "not a monkeybench"),
        (String::new(), "truncated"),
        (
            journal.replacen("\"schema\":2", "\"schema\":1", 1),
            "version 1",
        ),
        (
            journal.replacen("\"iterations\"", "\"iteration\"", 1),
            "damaged",
        ),
        (
            journal.replacen("\"contenders\"", "\"variants\"", 1),
            "another build",
        ),
    ] {
        bench.file("out/samples.jsonl", damaged);
        refused(&bench, RESUME, &[reason]);
    }
}

#[test]
fn a_finished_run_has_nothing_left_to_resume() {
    let bench = Bench::new();
    good_or_invalid(&bench.run(&format!("{TINY} --rounds 2")));
    let before = contents(&bench);
    let assert = bench.run(RESUME);
    good_or_invalid(&assert);
    assert!(stderr(&assert).contains("nothing is left to measure"));
    assert!(stdout(&assert).contains("integer-arithmetic"));
    assert!(contents(&bench) == before);

    // Its results are lost, but not its samples.
    fs::remove_file(bench.path("out/results.json")).unwrap();
    good_or_invalid(&bench.run(RESUME));
    let results = Results::read(&bench.path("out/results.json")).unwrap();
    assert_eq!((results.rounds_done, results.interrupted), (2, false));
    assert!(
        results
            .command
            .starts_with("monkeybench run --engines tree,stack ")
    );
}

/// Long enough to be interrupted, short enough to be finished.
const LONGER: &str =
    "run --engines tree,stack --workloads integer-arithmetic --rounds 30 --seed 7 --out out";

/// Starts a run.
fn spawned(bench: &Bench, command: &str) -> Child {
    Command::new(assert_cmd::cargo::cargo_bin!("monkeybench"))
        .current_dir(bench.directory.path())
        .args(command.split_whitespace())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Starts a run, and waits until it has completed a round.
fn started(bench: &Bench, command: &str) -> Child {
    let mut run = spawned(bench, command);
    wait_until("a round is complete", || {
        assert_eq!(run.try_wait().unwrap(), None, "the run ended too soon");
        fs::read_to_string(bench.path("out/samples.jsonl")).is_ok_and(|log| log.lines().count() > 1)
    });
    run
}

fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < Duration::from_secs(60), "never: {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// The processes whose parent is this one.
fn children(parent: u32) -> Vec<u32> {
    let stat = |pid: u32| fs::read_to_string(format!("/proc/{pid}/stat")).ok();
    fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().to_str()?.parse().ok())
        .filter(|&pid| {
            stat(pid).is_some_and(|stat| {
                let (_, fields) = stat.rsplit_once(')').unwrap();
                fields.split_whitespace().nth(1) == Some(&parent.to_string())
            })
        })
        .collect()
}

/// The workers of a run. Each round has its own, so there is a moment between two without any.
fn workers(run: &Child) -> Vec<u32> {
    let mut workers = Vec::new();
    wait_until("a worker serves the run", || {
        workers = children(run.id());
        !workers.is_empty()
    });
    workers
}

fn signal(pid: u32, signal: &str) {
    let sent = Command::new("kill")
        .args([signal, &pid.to_string()])
        .status();
    assert!(sent.unwrap().success());
}

/// Kills a process that may have ended meanwhile.
fn kill(pid: u32) {
    let mut kill = Command::new("kill");
    kill.args(["-KILL", &pid.to_string()]).stderr(Stdio::null());
    kill.status().unwrap();
}

fn serves_stack(pid: u32) -> bool {
    fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|line| line.ends_with(b"\0stack\0"))
}

fn is_running(pid: u32) -> bool {
    // A child that nobody has waited for yet has ended all the same.
    fs::read_to_string(format!("/proc/{pid}/stat"))
        .is_ok_and(|stat| !stat.rsplit_once(')').unwrap().1.starts_with(" Z"))
}

#[test]
fn ctrl_c_keeps_what_was_measured_and_the_run_can_be_resumed() {
    for interrupt in ["-INT", "-TERM"] {
        let bench = Bench::new();
        let run = started(&bench, LONGER);
        let workers = workers(&run);
        signal(run.id(), interrupt);
        let output = run.wait_with_output().unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{text}");
        assert!(
            text.contains("`monkeybench run --resume --out out` goes on"),
            "{text}"
        );
        assert!(
            String::from_utf8(output.stdout)
                .unwrap()
                .contains("integer-arithmetic")
        );
        assert!(workers.into_iter().all(|worker| !is_running(worker)));
        let results = Results::read(&bench.path("out/results.json")).unwrap();
        assert!(results.interrupted);
        assert!((1..30).contains(&results.rounds_done));

        good_or_invalid(&bench.run(RESUME));
        complete(&bench.path("out"));
    }
}

#[test]
fn a_killed_run_leaves_no_worker_and_can_be_resumed() {
    let bench = Bench::new();
    let mut run = started(&bench, LONGER);
    let workers = workers(&run);
    run.kill().unwrap();
    run.wait().unwrap();
    wait_until("the workers end", || {
        !workers.iter().any(|&it| is_running(it))
    });

    // As if the kill had come within a write.
    let mut log = bench.read("out/samples.jsonl");
    let before = log.clone();
    log.push_str("{\"round\":9,\"workl");
    bench.file("out/samples.jsonl", log);
    good_or_invalid(&bench.run(RESUME));
    assert!(
        bench.read("out/samples.jsonl").starts_with(&before),
        "nothing is lost"
    );
    complete(&bench.path("out"));
}

/// Whether a run is whole, each sample there once.
fn complete(out: &Path) {
    let results = Results::read(&out.join("results.json")).unwrap();
    assert_eq!((results.rounds_done, results.interrupted), (30, false));
    let runs = results
        .samples
        .iter()
        .filter(|it| it.measure == Measure::Run);
    let mut keys: Vec<_> = runs.map(|it| (it.round, it.variant, it.control)).collect();
    assert_eq!(keys.len(), 30 * 3);
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), 30 * 3);
}

#[test]
fn a_worker_that_is_killed_costs_its_cell_and_no_more() {
    let bench = Bench::new();
    let mut run = started(&bench, LONGER);
    // Each round has workers of its own, so one may have ended by itself when the signal comes.
    // Once a signal has cost the cell, there is no such worker any more.
    while run.try_wait().unwrap().is_none() {
        let workers = children(run.id()).into_iter();
        workers.filter(|&pid| serves_stack(pid)).for_each(kill);
        thread::sleep(Duration::from_millis(5));
    }
    let output = run.wait_with_output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(
        text.contains("stack failed on integer-arithmetic"),
        "{text}"
    );
    assert!(text.contains("killed by signal 9"), "{text}");
    let results = Results::read(&bench.path("out/results.json")).unwrap();
    assert_eq!((results.rounds_done, results.interrupted), (30, false));
    let failures = results.cells.iter().filter(|cell| cell.failure.is_some());
    assert_eq!(failures.count(), 1);
    assert!(bench.read("out/report.md").contains("killed by signal 9"));
}

/// An experiment of `tree` and an external engine, which is this program under another name.
fn with_external(bench: &Bench, argument: &str) {
    let program = assert_cmd::cargo::cargo_bin!("monkeybench")
        .display()
        .to_string();
    bench.file("engine.sh", format!("exec '{program}' worker \"$1\"\n"));
    bench.file(
        "mine.toml",
        format!(
            "name = 'mine'\nquestion = '?'\nreference = 'tree'\n\
             workloads = ['integer-arithmetic']\n\
             external = [{{ name = 'ours', command = ['sh', 'engine.sh', '{argument}'] }}]\n\
             [[variant]]\nengine = 'tree'\n"
        ),
    );
}

const MINE: &str = "run mine.toml --rounds 30 --seed 7 --timeout 30 --out out";

/// A run of the experiment above that was killed after some rounds.
fn killed(bench: &Bench) {
    let mut run = started(bench, MINE);
    run.kill().unwrap();
    run.wait().unwrap();
}

#[test]
fn a_resumed_run_needs_no_word_of_what_it_is() {
    let bench = Bench::new();
    with_external(&bench, "stack");
    killed(&bench);
    // All that counts of the file is in the journal.
    fs::remove_file(bench.path("mine.toml")).unwrap();
    good_or_invalid(&bench.run(RESUME));
    complete(&bench.path("out"));
    let results = Results::read(&bench.path("out/results.json")).unwrap();
    assert_eq!(results.experiment.name, "mine");
    assert_eq!(results.command, format!("monkeybench {MINE}"));
}

#[test]
fn what_has_changed_since_is_refused() {
    let bench = Bench::new();
    with_external(&bench, "stack");
    killed(&bench);
    // Another command under the same name, if it is asked for.
    with_external(&bench, "stack+co");
    refused(
        &bench,
        &format!("{MINE} --resume"),
        &["the command of ours: `sh engine.sh stack` then, `sh engine.sh stack+co` now"],
    );
    // Another file under the same command.
    let engine = bench.read("engine.sh");
    bench.file("engine.sh", engine.clone() + "# changed\n");
    refused(&bench, RESUME, &["the hash of engine.sh: "]);
    fs::remove_file(bench.path("engine.sh")).unwrap();
    refused(
        &bench,
        RESUME,
        &["the hash of engine.sh: ", "no such file now"],
    );
    // As it was.
    bench.file("engine.sh", engine);
    good_or_invalid(&bench.run(RESUME));
    complete(&bench.path("out"));
}

#[test]
fn a_program_of_ones_own_is_kept_with_the_run() {
    let bench = Bench::new();
    bench.file("mine.monkey", "1 + 1");
    let command = "run --engines tree,stack --workloads ./mine.monkey --rounds 30 --out out";
    let mut run = started(&bench, command);
    run.kill().unwrap();
    run.wait().unwrap();
    bench.file("mine.monkey", "1 + 2");
    refused(&bench, RESUME, &["the hash of ./mine.monkey: "]);
    fs::remove_file(bench.path("mine.monkey")).unwrap();
    good_or_invalid(&bench.run(RESUME));
    complete(&bench.path("out"));
}

#[test]
fn a_run_that_is_stopped_in_its_first_round_says_how_to_begin_it_again() {
    let bench = Bench::new();
    let long = "run --engines tree,stack --workloads fibonacci --rounds 1 --seed 7 --out out";
    let stopped = || {
        let run = spawned(&bench, long);
        workers(&run);
        signal(run.id(), "-INT");
        let output = run.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        String::from_utf8(output.stderr).unwrap()
    };
    let text = stopped();
    assert!(
        text.contains("`monkeybench run --resume --out out` begins it again"),
        "{text}"
    );
    good_or_invalid(&bench.run(RESUME));
    let results = Results::read(&bench.path("out/results.json")).unwrap();
    assert_eq!((results.seed, results.rounds_done), (7, 1));
    assert_eq!(results.workloads[0].title, "fibonacci(25)");
    assert!(!results.resumed, "there was nothing to go on with");

    // What an earlier run left is worth more than a run that has measured nothing.
    let before = contents(&bench);
    let text = stopped();
    assert!(text.contains("the same command begins again"), "{text}");
    assert!(contents(&bench) == before);
}

#[test]
fn a_worker_that_could_not_be_started_is_tried_again() {
    let bench = Bench::new();
    with_external(&bench, "stack");
    // A program of its own, so that it can be missing for a while.
    let program = bench.read("engine.sh");
    bench.file("engine", format!("#!/bin/sh\n{program}"));
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(bench.path("engine"), executable).unwrap();
    let experiment = bench
        .read("mine.toml")
        .replace("'sh', 'engine.sh'", "'./engine'");
    bench.file("mine.toml", experiment);
    let run = started(&bench, &MINE.replace("--rounds 30", "--rounds 200"));
    fs::rename(bench.path("engine"), bench.path("away")).unwrap();
    wait_until("the cell is given up", || {
        bench.read("out/samples.jsonl").contains("\"failed\"")
    });
    signal(run.id(), "-TERM");
    run.wait_with_output().unwrap();
    let results = Results::read(&bench.path("out/results.json")).unwrap();
    let failure = results.cells.iter().find_map(|cell| cell.failure.as_ref());
    assert_eq!(failure.unwrap().phase, FailurePhase::Start);
    let done = results.rounds_done;

    fs::rename(bench.path("away"), bench.path("engine")).unwrap();
    let resumed = started(&bench, RESUME);
    wait_until("some rounds more are complete", || {
        let journal = bench.read("out/samples.jsonl");
        journal.contains(&format!("{{\"complete\":{}", done + 2))
    });
    signal(resumed.id(), "-HUP");
    resumed.wait_with_output().unwrap();
    let results = Results::read(&bench.path("out/results.json")).unwrap();
    assert!(results.cells.iter().all(|cell| cell.failure.is_none()));
    let again = results
        .samples
        .iter()
        .filter(|it| it.measure == Measure::Run && it.variant.0 == 1 && it.round >= done);
    assert!(again.count() > 1);
}

#[test]
fn a_folder_that_is_deleted_in_mid_run_is_made_anew() {
    let bench = Bench::new();
    let run = started(&bench, LONGER);
    fs::rename(bench.path("out"), bench.path("gone")).unwrap();
    let output = run.wait_with_output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(matches!(output.status.code(), Some(0 | 3)), "{text}");
    assert!(
        text.contains("out was deleted meanwhile; it is made anew"),
        "{text}"
    );
    complete(&bench.path("out"));
    let ends = bench
        .read("out/samples.jsonl")
        .matches("{\"complete\":")
        .count();
    assert_eq!(ends, 30, "the journal is whole");
    assert!(exists(bench.path("out/report.md")));
}

/// Runs a shell command in which `$B` is the program.
fn shell(bench: &Bench, script: &str) -> std::process::Output {
    Command::new("sh")
        .args(["-c", script])
        .env("B", assert_cmd::cargo::cargo_bin!("monkeybench"))
        .current_dir(bench.directory.path())
        .output()
        .unwrap()
}

#[test]
fn a_disk_that_is_full_at_the_end_keeps_nobody_from_the_tables() {
    // With many variants, the results are larger than the journal; with few, the report is larger
    // than both.
    let many = TINY.replace(
        "tree,stack",
        "tree,stack,stack+co,stack+si,stack+cf,stack+ic,stack+ts,stack+co+si,stack+co+cf,stack+all",
    );
    full_at_the_end(&many, &["samples.jsonl"], "results.json");
    full_at_the_end(TINY, &["samples.jsonl", "results.json"], "report.md");
}

/// A run whose files may be as large as these, which `unwritten` isn't.
fn full_at_the_end(command: &str, written: &[&str], unwritten: &str) {
    let bench = Bench::new();
    let command = format!("{command} --rounds 1");
    good_or_invalid(&bench.run(&command));
    let size = |name: &str| {
        let file = fs::metadata(bench.path("out").join(name));
        file.unwrap().len()
    };
    // In the shell's unit.
    let limit = written.iter().map(|it| size(it).div_ceil(512)).max();
    let limit = limit.unwrap();
    assert!(limit < size(unwritten) / 512, "{limit}: {unwritten}");
    let output = shell(&bench, &format!("ulimit -f {limit}; exec \"$B\" {command}"));
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}");
    for said in [
        &*format!("out/{unwritten}: cannot be written"),
        "all rounds are measured; once it can be written, `monkeybench run --resume --out out` finishes",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
    let tables = String::from_utf8(output.stdout).unwrap();
    assert!(tables.contains("integer-arithmetic"), "{tables}");
    assert!(!tables.contains("The whole report"), "{tables}");
    let kept = |name: &&OsString| *name != "results.json.old";
    let left = contents(&bench);
    let mut left: Vec<_> = left.keys().filter(kept).collect();
    left.sort_by_key(|name| *name != "samples.jsonl");
    assert_eq!(left, written, "no report of another run");

    good_or_invalid(&bench.run(RESUME));
    let results = Results::read(&bench.path("out/results.json")).unwrap();
    assert_eq!((results.rounds_done, results.interrupted), (1, false));
    assert!(exists(bench.path("out/report.md")));
    assert!(!exists(bench.path("out/results.json.old")));
}

#[test]
fn a_reader_that_leaves_early_loses_nothing() {
    let bench = Bench::new();
    let output = shell(&bench, &format!("\"$B\" {LONGER} | head -n 1"));
    assert_eq!(output.stdout.iter().filter(|&&it| it == b'\n').count(), 1);
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(
        !text.contains("panicked") && !text.contains("error"),
        "{text}"
    );
    complete(&bench.path("out"));
    assert!(exists(bench.path("out/report.md")));
}
