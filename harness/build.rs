//! Records how the binary is built: the compiler, the target and the commit, for results files.

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
    let mut status = vec!["--no-optional-locks", "status", "--porcelain", "--"];
    let paths = SOURCES.map(|source| format!(":/{source}"));
    status.extend(paths.iter().map(String::as_str));
    let dirty = git(&status).is_some_and(|changes| !changes.is_empty());
    set("DIRTY", if dirty { "dirty" } else { "" });
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
