//! A copy of the checkout, as it stands in the working tree, to change and check. It is a repository
//! of its own, built with no optimization of the engines, so that each change is built quickly.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Mutex, MutexGuard, PoisonError};

use reports::counts::Host;
use reports::schema::Measure;
use serde_json::Value;

/// The copy. There is one, and one test at a time has it.
pub(crate) struct Checkout {
    root: PathBuf,
    target: PathBuf,
    _alone: MutexGuard<'static, ()>,
}

/// A change of a file: a text that stands there once, and what replaces it.
pub(crate) struct Patch<'p> {
    pub(crate) file: &'p str,
    pub(crate) from: &'p str,
    pub(crate) to: &'p str,
}

/// What a check said.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Check {
    pub(crate) status: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Check {
    /// The JSON that it printed.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error} in what {self:#?} printed"))
    }

    /// Makes sure of the exit status, and that the reason is told.
    #[track_caller]
    pub(crate) fn ends(&self, status: i32, reason: &str) {
        assert_eq!(self.status, Some(status), "{self:#?}");
        let said = format!("{}{}", self.stdout, self.stderr);
        // What is told may be broken into lines.
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains(reason), "no {reason:?} in {self:#?}");
    }
}

impl Checkout {
    /// The copy as the working tree is, with the baselines that belong to how it is built.
    pub(crate) fn new() -> Self {
        static ALONE: Mutex<()> = Mutex::new(());
        // A test that failed leaves nothing that the next one doesn't set right.
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let valgrind = Command::new("valgrind").arg("--version").output();
        assert!(
            valgrind.is_ok_and(|it| it.status.success()),
            "these tests count with valgrind, and there is none: apt-get install valgrind"
        );
        let workshop = Path::new(env!("CARGO_TARGET_TMPDIR")).join("gate");
        let checkout = Self {
            root: workshop.join("checkout"),
            target: workshop.join("target"),
            _alone: alone,
        };
        checkout.share_runner();
        checkout.restore();
        let baseline = checkout.root.join("ci/baselines/portable.json");
        if !baseline.exists() {
            checkout.check(&["--update"]).ends(0, "recorded");
        }
        checkout
    }

    /// Lets the copy use, and install, the runner where this project has it.
    fn share_runner(&self) {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("..");
        let shared = target.join("ci/runner");
        let own = self.target.join("ci");
        fs::create_dir_all(&shared).unwrap();
        fs::create_dir_all(&own).unwrap();
        let link = own.join("runner");
        if !link.exists() {
            let shared = shared.canonicalize().unwrap();
            std::os::unix::fs::symlink(shared, link).unwrap();
        }
    }

    /// Makes the copy equal to the working tree, and commits it. A file that is equal already isn't
    /// touched, so that Cargo doesn't build what didn't change. If anything did, the baselines go.
    fn restore(&self) {
        let original = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let files = Self::files(&original);
        let mut has_changed = false;
        for file in &files {
            has_changed |= write(
                &self.root.join(file),
                &fs::read(original.join(file)).unwrap(),
            );
        }
        if !self.root.join(".git").exists() {
            self.git(&["init", "--quiet"]);
            has_changed = true;
        }
        for stale in Self::files(&self.root).difference(&files) {
            fs::remove_file(self.root.join(stale)).unwrap();
            has_changed = true;
        }
        self.git(&["add", "--all"]);
        self.git(&[
            "commit",
            "--quiet",
            "--allow-empty",
            "--message",
            "The tree under test",
        ]);
        // Patches are undone by writing, too: only a commit that differs from the last is a change.
        let sources = [".", ":(exclude)ci/baselines"];
        let changed = self.git(
            &[
                &["diff", "--name-only", "HEAD~1", "HEAD", "--"][..],
                &sources,
            ]
            .concat(),
        );
        let is_first = !changed.status.success();
        if has_changed && (is_first || !changed.stdout.is_empty()) {
            fs::remove_dir_all(self.root.join("ci/baselines")).ok();
        }
    }

    /// The files that are in the repository or could be, but for the baselines.
    fn files(root: &Path) -> BTreeSet<PathBuf> {
        let output = Command::new("git")
            .args([
                "ls-files",
                "--cached",
                "--others",
                "--exclude-standard",
                "-z",
            ])
            .current_dir(root)
            .output()
            .unwrap();
        let names = String::from_utf8(output.stdout).unwrap();
        names
            .split_terminator('\0')
            .map(PathBuf::from)
            .filter(|file| !file.starts_with("ci/baselines") && root.join(file).is_file())
            .collect()
    }

    fn git(&self, arguments: &[&str]) -> Output {
        fs::create_dir_all(&self.root).unwrap();
        Command::new("git")
            .args(["-c", "user.name=test", "-c", "user.email=test@localhost"])
            .args(arguments)
            .current_dir(&self.root)
            .output()
            .unwrap()
    }

    /// The machine instructions of a bench that the copy's baseline has.
    pub(crate) fn baseline(&self, bench: Measure, variant: &str, workload: &str) -> u64 {
        let files = fs::read_dir(self.path("ci/baselines")).unwrap();
        let host = files.filter_map(|file| Host::read(&file.unwrap().path()).ok());
        let cells: Vec<u64> = host
            .filter_map(|host| Some(host.cell(bench, variant, workload)?.instructions))
            .collect();
        assert_eq!(cells.len(), 1, "one baseline of one key");
        cells[0]
    }

    /// The copy's baselines, each with its text.
    pub(crate) fn baselines(&self) -> BTreeMap<PathBuf, String> {
        let files = fs::read_dir(self.path("ci/baselines")).unwrap();
        let files = files.map(|file| file.unwrap().path());
        files
            .map(|path| (path.clone(), fs::read_to_string(path).unwrap()))
            .collect()
    }

    /// A file of the copy.
    pub(crate) fn path(&self, file: &str) -> PathBuf {
        self.root.join(file)
    }

    /// Where the copy is built.
    pub(crate) fn target(&self) -> &Path {
        &self.target
    }

    /// Changes a file of the copy.
    pub(crate) fn patch(&self, Patch { file, from, to }: &Patch<'_>) {
        let path = self.path(file);
        let text = fs::read_to_string(&path).unwrap();
        let times = text.matches(from).count();
        assert_eq!(times, 1, "this test changes {file} where it says:\n{from}");
        write(&path, text.replace(from, to).as_bytes());
    }

    /// Builds the copy's gate, and runs it.
    pub(crate) fn check(&self, arguments: &[&str]) -> Check {
        let mut cargo = Command::new(env!("CARGO"));
        cargo
            .args([
                "run",
                "--quiet",
                "--release",
                "--package",
                "ci",
                "--bin",
                "ci",
            ])
            .args(["--no-default-features", "--"])
            .args(arguments)
            .current_dir(&self.root)
            .env("CARGO_TARGET_DIR", &self.target);
        finish(cargo)
    }

    /// Runs the copy's gate, which has been built, in a changed environment.
    pub(crate) fn check_with(&self, variable: (&str, &str), arguments: &[&str]) -> Check {
        let mut gate = Command::new(self.target.join("release/ci"));
        gate.args(arguments)
            .current_dir(&self.root)
            .env("CARGO_MANIFEST_DIR", self.root.join("ci"))
            .env("CARGO_TARGET_DIR", &self.target)
            .env(variable.0, variable.1);
        finish(gate)
    }
}

fn finish(mut command: Command) -> Check {
    command.env_remove("GITHUB_STEP_SUMMARY");
    let output = command.output().unwrap();
    Check {
        status: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Writes a file, unless it has this content already, and says whether it did.
fn write(path: &Path, content: &[u8]) -> bool {
    let is_equal = fs::read(path).is_ok_and(|old| old == content);
    if !is_equal {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        let mode = if path.ends_with("ci/check") {
            0o755
        } else {
            0o644
        };
        fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
    }
    !is_equal
}
