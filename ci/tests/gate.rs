//! The gate catches what it is for, and never measures nothing: each test changes a copy of the
//! checkout, or what it finds around it, and runs the gate there.
//!
//! They build and count, so they take minutes; `.ci/run` runs them, `cargo test` doesn't.

#![cfg(target_os = "linux")]

mod checkout;

use std::env;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Command;

use checkout::{Check, Checkout, Patch};
use reports::schema::Measure;
use serde_json::Value;
use tempfile::TempDir;

/// The least that can be counted of the host layer: two benches.
const SHORT: [&str; 6] = [
    "--layer",
    "host",
    "--engines",
    "stack",
    "--workloads",
    "integer-arithmetic",
];

/// The rows of a layer that changed.
fn rows(check: &Check) -> Vec<Value> {
    let layers = check.json()["layers"].clone();
    let rows = layers
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["rows"].clone());
    rows.flat_map(|rows| rows.as_array().unwrap().clone())
        .collect()
}

/// What needs no change of the code is one test, so that it is built once.
#[test]
fn unchanged_code_passes_unless_it_cannot_be_counted_or_compared() {
    let checkout = Checkout::new();
    it_passes_with_the_same_table_each_time(&checkout);
    a_valgrind_that_dies_fails_whatever_it_printed(&checkout);
    without_valgrind_the_host_layer_is_invalid(&checkout);
    settings_that_the_key_does_not_tell_of_are_invalid(&checkout);
    a_baseline_of_other_settings_is_not_compared(&checkout);
    without_a_baseline_of_the_key_the_check_is_invalid(&checkout);
    a_baseline_is_made_from_a_clean_tree_alone(&checkout);
    an_executable_without_symbols_fails(&checkout);
}

fn it_passes_with_the_same_table_each_time(checkout: &Checkout) {
    // With all counts, so equal means to the last instruction, not within the tolerance.
    let first = checkout.check(&["--all"]);
    first.ends(0, "ok: portable counts");
    first.ends(0, "ok: host instructions");
    assert_eq!(checkout.check(&["--all"]).stdout, first.stdout);
    let short = checkout.check(&SHORT);
    short.ends(0, "ok: host instructions");
    assert!(!short.stdout.contains("verdict"), "{}", short.stdout);
}

#[test]
fn one_more_dispatch_per_run_is_caught_and_explained() {
    let checkout = Checkout::new();
    checkout.patch(&Patch {
        file: "engines/stack/src/compiler.rs",
        from: "            self.last_block(function.body, function.span);\n",
        to: "            if self.id == FunctionId::MAIN {
                let next = self.emitter.label();
                self.emitter.emit(Opcode::Jump, [next.0], function.span);
                self.emitter.place(next);
            }
            self.last_block(function.body, function.span);\n",
    });
    // Engines off the documented path have the same code: two are enough to tell which one changed.
    let check = checkout.check(&["--layer", "counts", "--engines", "tree,stack", "--json"]);
    check.ends(1, "regressed");
    let rows = rows(&check);
    let dispatches: Vec<&Value> = rows
        .iter()
        .filter(|row| row["quantity"] == "dispatches")
        .collect();
    assert_eq!(dispatches.len(), workloads::documented().len());
    for row in dispatches {
        let (old, new) = (row["old"].as_u64().unwrap(), row["new"].as_u64().unwrap());
        assert_eq!((new, &row["variant"]), (old + 1, &"stack".into()), "{row}");
        assert_eq!(row["causes"][0]["name"], "Jump", "{row}");
        assert_eq!(row["causes"].as_array().unwrap().len(), 1, "{row}");
    }
}

#[test]
fn two_per_mille_more_instructions_are_caught_and_explained() {
    const PER_TURN: u64 = 4;
    const SELECTION: [&str; 4] = ["--engines", "stack", "--workloads", "fibonacci"];
    let checkout = Checkout::new();
    let old = checkout.baseline(Measure::Run, "stack", "fibonacci");
    let turns = old / 500 / PER_TURN;
    checkout.patch(&Patch {
        file: "engines/kit/engine/src/erased.rs",
        from: "    fn run_once(&self, limits: &Limits, output: &mut Vec<u8>) -> Result<E::Value, RuntimeError> {\n",
        to: &format!(
            "    fn run_once(&self, limits: &Limits, output: &mut Vec<u8>) -> Result<E::Value, RuntimeError> {{
                #[inline(never)]
                fn waste() {{
                    for turn in 0..{turns}_u64 {{
                        black_box(turn);
                    }}
                }}
                waste();\n"
        ),
    });
    let check = checkout.check(&[&SELECTION[..], &["--json"]].concat());
    check.ends(1, "regressed");
    let rows = rows(&check);
    assert_eq!(rows.len(), 1, "the portable layer is as it was: {rows:#?}");
    let (new, cause) = (rows[0]["new"].as_u64().unwrap(), &rows[0]["causes"][0]);
    let percent = (new as f64 / old as f64 - 1.0) * 100.0;
    assert!((0.15..0.25).contains(&percent), "{percent} %");
    assert!(
        cause["name"].as_str().unwrap().ends_with("::waste"),
        "{cause}"
    );
    // And a person is shown the same.
    let table = checkout.check(&SELECTION);
    table.ends(1, "FAILED: host instructions");
    table.ends(1, "::waste");
}

#[test]
fn a_region_that_is_never_entered_fails() {
    let checkout = Checkout::new();
    checkout.patch(&Patch {
        file: "engines/kit/engine/src/erased.rs",
        from: "\"engine::erased::counted_region*\"",
        to: "\"engine::erased::another_region*\"",
    });
    checkout.check(&SHORT).ends(1, "counts 0 instructions");
}

fn an_executable_without_symbols_fails(checkout: &Checkout) {
    let benches: Vec<_> = fs::read_dir(checkout.target().join("release/deps"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            let name = path.file_name().unwrap().to_str().unwrap();
            name.starts_with("instructions-") && path.extension().is_none()
        })
        .collect();
    for bench in &benches {
        assert!(Command::new("strip").arg(bench).status().unwrap().success());
    }
    checkout
        .check(&SHORT)
        .ends(1, "an executable without symbols");
    for bench in &benches {
        fs::remove_file(bench).unwrap();
    }
}

#[test]
fn a_missing_bench_fails() {
    let checkout = Checkout::new();
    checkout.patch(&Patch {
        file: "ci/benches/instructions.rs",
        from: "iter = cells::of(Measure::Run)",
        to: "iter = cells::of(Measure::Run).into_iter().skip(1)",
    });
    let check = checkout.check(&["--layer", "host"]);
    check.ends(
        1,
        "the bench \"run of stack on integer-arithmetic\" was not run",
    );
}

#[test]
fn a_filter_that_matches_nothing_fails() {
    let checkout = Checkout::new();
    for (from, to) in [
        ("name = phases,", "name = others,"),
        ("groups = phases)", "groups = others)"),
    ] {
        let file = "ci/benches/instructions.rs";
        checkout.patch(&Patch { file, from, to });
    }
    // The runner itself calls this "Ok".
    let reason = "the bench \"run of stack on integer-arithmetic\" was not run";
    checkout.check(&SHORT).ends(1, reason);
}

#[test]
fn a_wrong_result_fails() {
    let checkout = Checkout::new();
    checkout.patch(&Patch {
        file: "workloads/documented.toml",
        from: "value = \"93105\"",
        to: "value = \"93106\"",
    });
    let reason = "wrong result: stack on integer-arithmetic: value \"93105\", expected \"93106\"";
    checkout.check(&SHORT).ends(1, reason);
    let reason = "wrong result: tree on integer-arithmetic";
    checkout.check(&["--layer", "counts"]).ends(1, reason);
}

#[test]
fn a_program_that_ends_otherwise_fails() {
    let checkout = Checkout::new();
    checkout.patch(&Patch {
        file: "ci/benches/instructions.rs",
        from: "    (observed, subject)\n}",
        to: "    if cell.bench == Measure::Run { std::process::exit(7) }\n    (observed, subject)\n}",
    });
    checkout.check(&SHORT).ends(1, "can't count");
}

fn a_valgrind_that_dies_fails_whatever_it_printed(checkout: &Checkout) {
    let folder = TempDir::new().unwrap();
    let valgrind = folder.path().join("valgrind");
    let version = Command::new("valgrind").arg("--version").output().unwrap();
    let version = String::from_utf8(version.stdout).unwrap();
    let script = format!(
        "#!/bin/sh\n\
         case \"$1\" in --version) echo {version} ;;\n\
         *) echo '==1== Collected : 12345' >&2; exit 132 ;; esac\n",
        version = version.trim()
    );
    fs::write(&valgrind, script).unwrap();
    fs::set_permissions(&valgrind, fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", folder.path().display(), env::var("PATH").unwrap());
    checkout
        .check_with(("PATH", &path), &SHORT)
        .ends(1, "can't count");
}

fn without_valgrind_the_host_layer_is_invalid(checkout: &Checkout) {
    let folder = TempDir::new().unwrap();
    for program in ["cargo", "rustc", "git", "getconf"] {
        symlink(which(program), folder.path().join(program)).unwrap();
    }
    let path = folder.path().to_str().unwrap();
    let check = checkout.check_with(("PATH", path), &[]);
    check.ends(3, "ok: portable counts");
    check.ends(3, "INVALID: no valgrind");
    check.ends(3, "apt-get install valgrind");
    checkout
        .check_with(("PATH", path), &["--layer", "counts"])
        .ends(0, "ok: portable counts");
}

/// The program that a command's name stands for.
fn which(program: &str) -> std::path::PathBuf {
    let path = env::var_os("PATH").unwrap();
    env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|path| path.is_file())
        .unwrap_or_else(|| panic!("there is no {program}"))
}

fn settings_that_the_key_does_not_tell_of_are_invalid(checkout: &Checkout) {
    let baselines = checkout.baselines();
    let update = ["--layer", "host", "--update"];
    for (variable, value) in [
        ("RUSTFLAGS", "-C target-cpu=native"),
        ("CARGO_INCREMENTAL", "1"),
        ("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1"),
    ] {
        for arguments in [&SHORT[..], &update] {
            let reason = format!("INVALID: the environment sets {variable}");
            checkout
                .check_with((variable, value), arguments)
                .ends(3, &reason);
        }
    }
    // Cargo's configuration may be that of a folder above, and tell little of itself.
    let above = checkout.path("..").join(".cargo");
    fs::create_dir_all(&above).unwrap();
    fs::write(above.join("config.toml"), "include = ['profile.toml']").unwrap();
    fs::write(above.join("profile.toml"), "").unwrap();
    let include = checkout.check_with(("TERM", "dumb"), &update);
    fs::remove_dir_all(above).unwrap();
    include.ends(3, "sets include");
    assert!(checkout.baselines() == baselines, "nothing was recorded");
}

fn a_baseline_of_other_settings_is_not_compared(checkout: &Checkout) {
    let baselines = checkout.baselines();
    for (path, text) in &baselines {
        fs::write(path, text.replace("opt-level=3", "opt-level=1")).unwrap();
    }
    let check = checkout.check_with(("TERM", "dumb"), &SHORT);
    for (path, text) in &baselines {
        fs::write(path, text).unwrap();
    }
    check.ends(
        3,
        "INVALID: the baseline was counted with the compiler settings opt-level=1",
    );
    check.ends(3, "this build has opt-level=3");
}

fn without_a_baseline_of_the_key_the_check_is_invalid(checkout: &Checkout) {
    let folder = checkout.path("ci/baselines");
    let others = |name: &str| name != "portable.json";
    let moved = move_to(&folder, ".other-key", others);
    let check = checkout.check(&[]);
    check.ends(3, "INVALID: there is no baseline of the key");
    check.ends(3, "ci/check --update");
    moved();
    let moved = move_to(&folder, ".away", |name| !others(name));
    let check = checkout.check(&["--layer", "counts"]);
    check.ends(3, "INVALID: there is no baseline of the portable layer");
    moved();
}

/// Gives the files of these names another ending, and what gives them their own back.
fn move_to(folder: &Path, ending: &str, is_meant: impl Fn(&str) -> bool) -> impl FnOnce() {
    let files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| is_meant(path.file_name().unwrap().to_str().unwrap()))
        .map(|path| {
            let moved = format!("{}{ending}", path.display());
            (path, moved)
        })
        .collect();
    assert!(!files.is_empty());
    for (path, moved) in &files {
        fs::rename(path, moved).unwrap();
    }
    move || {
        for (path, moved) in files {
            fs::rename(moved, path).unwrap();
        }
    }
}

fn a_baseline_is_made_from_a_clean_tree_alone(checkout: &Checkout) {
    let stray = checkout.path("stray.txt");
    fs::write(&stray, "not committed").unwrap();
    let check = checkout.check(&["--update"]);
    fs::remove_file(stray).unwrap();
    check.ends(1, "?? stray.txt");
}
