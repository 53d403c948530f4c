//! The folder that a run writes to: whose it is, what is left there, and whatever its path is.

#![cfg(unix)]

mod common;

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use assert_cmd::assert::Assert;
use common::{Bench, exists, no_panic, stderr};

/// A run of an instant: two variants on the smallest workload.
const TINY: &str =
    "run --engines tree,stack+all --workloads integer-arithmetic --seed 7 --rounds 6 --out out";

/// No run of a build without optimization is valid.
fn ran(assert: &Assert) {
    assert_eq!(
        assert.get_output().status.code(),
        Some(3),
        "{}",
        stderr(assert)
    );
    no_panic(assert);
}

/// What is in a folder, by name.
fn listed(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
}

/// A folder that another process has: this one, in the program's place.
fn in_use(bench: &Bench) -> fs::File {
    fs::create_dir_all(bench.path("out")).unwrap();
    let path = bench.file("out/.monkeybench.lock", "process 77, started yesterday\n");
    let lock = fs::File::open(path).unwrap();
    lock.lock().unwrap();
    lock
}

#[test]
fn two_runs_do_not_write_to_one_folder() {
    let bench = Bench::new();
    ran(&bench.run(TINY));
    let before = listed(&bench.path("out"));
    let results = bench.read("out/results.json");
    let lock = in_use(&bench);
    for command in [
        TINY,
        "run --resume --out out",
        "report out/results.json",
        "report out/results.json --out out",
        "attribute --optimizations co --workloads integer-arithmetic --out out",
    ] {
        let assert = bench.run(command).code(1);
        let text = stderr(&assert);
        assert!(
            text.contains("out is being written to by another monkeybench: process 77, started"),
            "{command}: {text}"
        );
        assert_eq!(bench.read("out/results.json"), results, "{command}");
    }
    drop(lock);

    // What is left of a lock whose process is gone keeps nobody out, and is no file of the run.
    ran(&bench.run(TINY));
    assert_eq!(listed(&bench.path("out")), before);
}

#[test]
fn a_new_run_leaves_nothing_of_an_older_one_and_all_of_the_users() {
    let bench = Bench::new();
    let comparison = listed_after(&bench, TINY);
    assert!(comparison.iter().any(|name| name == "speedups.svg"));
    bench.file("out/notes.md", "mine");
    let progression =
        TINY.replace("--engines tree,stack+all", "") + " --size fibonacci=5 --workloads fibonacci";
    let progression = progression.replace("--workloads integer-arithmetic", "");
    let after = listed_after(&bench, &progression);
    assert!(
        after.iter().any(|name| name == "progression.svg"),
        "{after:?}"
    );
    assert!(after.iter().all(|name| name != "speedups.svg"), "{after:?}");
    assert_eq!(bench.read("out/notes.md"), "mine");

    // An attribution by time is a run of its own.
    bench
        .run("attribute --by time --rounds 1 --optimizations co --workloads integer-arithmetic --out out");
    let after = listed(&bench.path("out"));
    assert!(
        after
            .iter()
            .all(|name| name != "report.md" && name != "samples.jsonl"),
        "{after:?}"
    );
    let after = listed_after(&bench, TINY);
    assert!(
        after.iter().all(|name| !name.starts_with("attribution")),
        "{after:?}"
    );
    assert!(exists(bench.path("out/notes.md")));
}

fn listed_after(bench: &Bench, command: &str) -> Vec<String> {
    ran(&bench.run(command));
    listed(&bench.path("out"))
}

#[test]
fn a_new_folder_may_be_named_in_any_way() {
    let bench = Bench::new();
    let published = Path::new(env!("CARGO_MANIFEST_DIR")).join("../reports/published/results.json");
    for (out, folder) in [
        ("one/.", "one"),
        ("./two/a//", "two/a"),
        ("one/../three/./", "three"),
    ] {
        let mut report = bench.command("report");
        let report = report.arg(&published).args(["--out", out]).assert();
        no_panic(&report.success());
        assert!(exists(bench.path(&format!("{folder}/report.md"))), "{out}");
    }
}

#[test]
fn a_folder_that_is_none_is_said_before_anything_is_measured() {
    let bench = Bench::new();
    bench.file("file", "");
    fs::create_dir_all(bench.path("taken/results.json")).unwrap();
    for (out, complaint) in [
        ("file", "can't write to file: it is a file, not a folder"),
        ("file/out", "can't write to file/out"),
        ("taken", "taken/results.json: it is a folder, not a file"),
    ] {
        let assert = bench
            .run(&TINY.replace("--out out", &format!("--out {out}")))
            .code(1);
        assert!(stderr(&assert).contains(complaint), "{}", stderr(&assert));
        no_panic(&assert);
    }
    let mut command = bench.command(&TINY.replace("--out out", ""));
    command.args(["--out", ""]).assert().code(2);
}

#[test]
fn a_spliced_file_keeps_its_place_its_permissions_and_its_line_ends() {
    let bench = Bench::new();
    ran(&bench.run(TINY));
    fs::create_dir_all(bench.path("docs")).unwrap();
    let markers = "before\r\n<!-- monkeybench:begin progression -->\r\n\
                   <!-- monkeybench:end progression -->\r\nafter\r\n";
    let real = bench.file("docs/real.md", markers);
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
    symlink("docs/real.md", bench.path("README.md")).unwrap();
    bench
        .run("report out/results.json --splice README.md")
        .code(3);
    assert!(bench.path("README.md").is_symlink());
    let text = fs::read_to_string(&real).unwrap();
    assert!(text.contains("](../out/speedups.svg)"), "{text}");
    assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&real), 0o640);

    // Read-only files are left alone, by whoever could write them all the same.
    fs::set_permissions(&real, fs::Permissions::from_mode(0o440)).unwrap();
    fs::write(bench.path("docs/other.md"), markers).unwrap();
    let changed = bench.path("docs/other.md");
    fs::set_permissions(&changed, fs::Permissions::from_mode(0o440)).unwrap();
    let assert = bench
        .run("report out/results.json --splice docs/other.md")
        .code(1);
    assert!(
        stderr(&assert).contains("docs/other.md: cannot be written: the file is read-only"),
        "{}",
        stderr(&assert)
    );
    assert_eq!(fs::read_to_string(&changed).unwrap(), markers);
    assert_eq!(listed(&bench.path("docs")), ["other.md", "real.md"]);
}

/// Either it works, or it is refused as wrong usage; a panic is neither.
#[test]
fn paths_need_not_be_text() {
    // Some systems have no such names.
    let bench = Bench::new();
    let odd = OsStr::from_bytes(b"od\xffd");
    if fs::create_dir(bench.directory.path().join(odd)).is_err() {
        return;
    }
    let folder = bench.directory.path().join(odd);
    let mut command = bench.command(&TINY.replace(" --out out", ""));
    let assert = command.arg("--json").arg("--out").arg(odd).assert();
    ran(&assert);
    let results = fs::read_to_string(folder.join("results.json")).unwrap();
    assert!(
        results.contains(r"--out $'od\\377d'"),
        "the command can be typed again"
    );

    let markers = "<!-- monkeybench:begin progression -->\n<!-- monkeybench:end progression -->\n";
    fs::write(folder.join("README.md"), markers).unwrap();
    bench.file("program.monkey", "1 + 1");
    fs::copy(bench.path("program.monkey"), folder.join("program.monkey")).unwrap();
    fs::write(folder.join("experiment.toml"), "name = 'x'").unwrap();
    let join = |name: &str| Path::new(odd).join(name).into_os_string();
    let results = join("results.json");
    let (program, experiment) = (join("program.monkey"), join("experiment.toml"));
    let readme = join("README.md");
    let cases: [&[&OsStr]; 14] = [
        &[
            OsStr::new("report"),
            &results,
            OsStr::new("--splice"),
            &readme,
        ],
        &[OsStr::new("report"), &readme],
        &[OsStr::new("report"), &results, OsStr::new("--out"), odd],
        &[OsStr::new("compare"), &results, &results],
        &[OsStr::new("exec"), &program],
        &[OsStr::new("disasm"), &program],
        &[OsStr::new("profile"), &program],
        &[OsStr::new("compile"), &program, OsStr::new("-o"), odd],
        &[OsStr::new("compile"), &program],
        &[OsStr::new("run"), &experiment],
        &[OsStr::new("run"), OsStr::new("--host-counts"), odd],
        &[OsStr::new("attribute"), OsStr::new("--from"), &results],
        &[OsStr::new("check"), OsStr::new("--workloads"), odd],
        &[odd],
    ];
    for arguments in cases {
        let assert = bench.command("").args(arguments).assert();
        no_panic(&assert);
        let code = assert.get_output().status.code();
        assert!(matches!(code, Some(0..=3)), "{arguments:?}: {code:?}");
        let is_failure = matches!(code, Some(1 | 2));
        assert!(!is_failure || !stderr(&assert).is_empty(), "{arguments:?}");
    }
}
