//! Records how the binary is built: the compiler, the target, the commit and its parts, for results
//! files and for finding the counts that describe this build.

use std::env;
use std::path::Path;
use std::process::Command;

/// What decides how the engines behave: a change of anything else doesn't make a build dirty.
const SOURCES: [&str; 7] = [
    "engines",
    "harness",
    "reports/src",
    "workloads",
    "Cargo.toml",
    "Cargo.lock",
    "rust-toolchain.toml",
];

/// What stands in the place of a hash where the tree differs from the commit.
const DIRTY: &str = "dirty";

fn main() {
    let root = Path::new("..");
    for source in SOURCES {
        println!("cargo::rerun-if-changed={}", root.join(source).display());
    }
    // Appended to by each commit and checkout.
    if let Some(log) = git(&["rev-parse", "--git-path", "logs/HEAD"]) {
        println!("cargo::rerun-if-changed={log}");
    }

    set("RUSTC_VERSION", &rustc_version());
    set("TARGET", &variable("TARGET"));
    set("PROFILE", &variable("PROFILE"));
    // Outside a repository, both are empty.
    let commit = git(&["rev-parse", "--short=12", "HEAD"]).unwrap_or_default();
    set("COMMIT", &commit);
    let states = SOURCES.map(|source| (source, state(source)));
    let dirty = states.iter().any(|(_, state)| state == DIRTY);
    set("DIRTY", if dirty { DIRTY } else { "" });
    let states = states.map(|(source, state)| format!("{source}={state}"));
    set("SOURCES", &states.join(" "));
    // Other flags make other machine code of the same sources.
    let flags = env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    set("RUSTFLAGS", &flags.replace('\u{1f}', " "));
}

/// Git's hash of what stands at a path from the repository's root, or that it was changed since;
/// empty outside a repository.
fn state(source: &str) -> String {
    let path = format!(":/{source}");
    let status = ["--no-optional-locks", "status", "--porcelain", "--", &path];
    if git(&status).is_some_and(|changes| !changes.is_empty()) {
        return DIRTY.to_owned();
    }
    git(&["rev-parse", &format!("HEAD:{source}")]).unwrap_or_default()
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
