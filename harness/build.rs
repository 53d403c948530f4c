//! Records how the binary is built: the compiler, the target, the commit and its parts, for results
//! files and for finding the counts that describe this build.

use std::env;
use std::path::Path;
use std::process::Command;

use code::State;

#[path = "../reports/src/counts/code.rs"]
#[expect(unreachable_pub, reason = "it is a module of a library, too")]
mod code;

/// What decides how the program behaves, besides what decides what engines execute.
const FURTHER: [&str; 2] = ["harness", "reports/src"];

/// What stands in the place of a hash where the code differs from the commit.
const DIRTY: &str = "dirty";

fn main() {
    let root = Path::new("..");
    let sources = || code::PATHS.into_iter().chain(FURTHER);
    for source in sources() {
        println!("cargo::rerun-if-changed={}", root.join(source).display());
    }
    // Appended to by each commit and checkout.
    if let Some(log) = git(&["rev-parse", "--git-path", "logs/HEAD"]) {
        println!("cargo::rerun-if-changed={log}");
    }

    set("RUSTC", &variable("RUSTC"));
    set("RUSTC_VERSION", &rustc_version());
    set("TARGET", &variable("TARGET"));
    set("PROFILE", &variable("PROFILE"));
    // Outside a repository, both are empty.
    let commit = git(&["rev-parse", "--short=12", "HEAD"]).unwrap_or_default();
    set("COMMIT", &commit);
    let states: Vec<(&str, String)> = sources()
        .map(|source| (source, state(root, source)))
        .collect();
    let dirty = states.iter().any(|(_, state)| state == DIRTY);
    set("DIRTY", if dirty { DIRTY } else { "" });
    let states = states
        .iter()
        .map(|(source, state)| format!("{source}={state}"));
    set("SOURCES", &states.collect::<Vec<_>>().join(" "));
    // Other flags make other machine code of the same sources.
    let flags = env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    set("RUSTFLAGS", &flags.replace('\u{1f}', " "));
}

/// A hash of the code at a path, or that it was changed; empty where git can't tell.
fn state(root: &Path, source: &str) -> String {
    match State::of(root, source) {
        State::Committed(hash) => hash,
        State::Changed => DIRTY.to_owned(),
        State::Unknown => String::new(),
    }
}

/// Hands a value to the crate, as `env!("MONKEYBENCH_…")`.
fn set(name: &str, value: &str) {
    println!("cargo::rustc-env=MONKEYBENCH_{name}={value}");
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| "unknown".to_owned())
}

fn rustc_version() -> String {
    run(&variable("RUSTC"), &["--version"]).unwrap_or_else(|| "unknown".to_owned())
}

/// What git prints; none if there is no git or no repository.
fn git(arguments: &[&str]) -> Option<String> {
    run("git", arguments)
}

fn run(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}
