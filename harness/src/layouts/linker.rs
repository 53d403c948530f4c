//! Linking the program again: the linker's command is asked of the compiler once, and run again in
//! another order of sections.
//!
//! All code is in libraries beside the binary, whose own is a call. That the libraries are those of
//! the program that is running is not believed but seen: linked in the usual order, they must give
//! its machine code byte for byte.
//!
//! Linux and LLD only, which is the compiler's default there; LLD alone orders sections by a seed.

use std::ffi::OsString;
use std::fs;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use anyhow::{Context as _, bail, ensure};
use object::{Object as _, ObjectSection as _};

use crate::tool;

/// The compiler that built this program.
const COMPILER: &str = env!("MONKEYBENCH_RUSTC");

/// The binary's own source.
const MAIN: &str = include_str!("../main.rs");

/// The source of a binary that is a worker and nothing else.
const WORKER: &str = "fn main() -> std::process::ExitCode { harness::worker() }";

/// What the profile says of the binary (`Cargo.toml`).
const OPTIONS: [&str; 4] = [
    "-Copt-level=3",
    "-Ccodegen-units=16",
    "-Cembed-bitcode=no",
    "-Cpanic=unwind",
];

/// So many libraries of other builds may stand beside this one's.
const MOST_LIBRARIES: usize = 4;

/// A command that links the program.
#[derive(Debug)]
pub(super) struct Linker {
    environment: Vec<(String, String)>,
    program: String,
    /// What stands before the output's name, and after it.
    arguments: (Vec<String>, Vec<String>),
    bytes: u64,
}

impl Linker {
    /// A linker of the program that is `running`, of the libraries `beside` its file. Keeps what it
    /// needs in a folder.
    ///
    /// # Errors
    /// If the program can't be linked anew here.
    pub(super) fn new(running: &Path, beside: &Path, folder: &Path) -> anyhow::Result<Self> {
        let profile = tool::tool().profile;
        ensure!(
            profile == "release",
            "this is a {profile} build, whose times count for nothing"
        );
        let libraries = libraries(&beside.join("deps"));
        ensure!(
            !libraries.is_empty(),
            "what it is linked from is not in {}",
            beside.display()
        );
        ensure_same_compiler(beside)?;
        let own = text(&fs::read(running)?)?;
        for library in libraries.iter().take(MOST_LIBRARIES) {
            let whole = folder.join("whole");
            linked(MAIN, library, beside, &whole)?;
            if text(&fs::read(&whole)?)? != own {
                continue;
            }
            let worker = folder.join("worker");
            let mut linker = Self::of_command(&linked(WORKER, library, beside, &worker)?)?;
            linker.link(NonZeroU32::MIN, &worker)?;
            linker.bytes = fs::metadata(&worker)?.len();
            return Ok(linker);
        }
        bail!(
            "none of the libraries beside it gives its machine code: they have been built anew since, or its main is \
             another one"
        );
    }

    /// Takes the linker's command apart, as the compiler prints it.
    fn of_command(command: &str) -> anyhow::Result<Self> {
        let unknown = || format!("the linker's command is not understood: {command}");
        let words = shlex::split(command.trim()).with_context(unknown)?;
        let is_variable = |word: &&String| word.contains('=') && !word.starts_with(['-', '/']);
        let variables = words.iter().take_while(is_variable).count();
        let environment = words[..variables]
            .iter()
            .filter_map(|word| word.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let [program, arguments @ ..] = &words[variables..] else {
            bail!(unknown());
        };
        let output = arguments.iter().position(|word| word == "-o");
        let output = output.with_context(unknown)? + 1;
        ensure!(
            arguments.iter().any(|word| word == "-fuse-ld=lld"),
            "the linker is not LLD, which alone can shuffle"
        );
        Ok(Self {
            environment,
            program: program.clone(),
            arguments: (
                arguments[..output].to_vec(),
                arguments.get(output + 1..).unwrap_or_default().to_vec(),
            ),
            bytes: 0,
        })
    }

    /// Links the program in the order of a seed.
    ///
    /// # Errors
    /// If that fails.
    pub(super) fn link(&self, seed: NonZeroU32, file: &Path) -> anyhow::Result<()> {
        let (before, after) = &self.arguments;
        let output = Command::new(&self.program)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .args(before)
            .arg(file)
            .args(after)
            .args([
                // Nobody reads its symbols, and without them it is linked faster.
                "-Wl,--strip-all".to_owned(),
                format!("-Wl,--shuffle-sections=.text*={seed}"),
                format!("-Wl,--shuffle-sections=.rodata*={seed}"),
                format!("-Wl,--randomize-section-padding={seed}"),
            ])
            .output()
            .with_context(|| format!("can't start the linker, {}", self.program))?;
        ensure!(
            output.status.success(),
            "the linker fails: {}",
            first_line(&output.stderr)
        );
        Ok(())
    }

    /// The size of a program that it has linked, in bytes.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }
}

/// Compiles a source to a program of this library, and gives the linker's command.
fn linked(source: &str, library: &Path, beside: &Path, file: &Path) -> anyhow::Result<String> {
    let path = file.with_extension("rs");
    fs::write(&path, source)?;
    let with = |option: &str, path: &Path| {
        let mut option = OsString::from(option);
        option.push(path);
        option
    };
    let output = Command::new(COMPILER)
        .current_dir(beside)
        .args([
            "--edition=2024",
            "--crate-type=bin",
            "--crate-name=monkeybench",
        ])
        .args(OPTIONS)
        .args(env!("MONKEYBENCH_RUSTFLAGS").split_whitespace())
        // What the linker is given stays there, to be given to it again.
        .args(["-Csave-temps", "--print=link-args"])
        .arg(with("-Ldependency=", &beside.join("deps")))
        .arg(with("--extern=harness=", library))
        .arg("-o")
        .args([file, &path])
        .output()
        .with_context(|| format!("can't start the compiler, {COMPILER}"))?;
    ensure!(
        output.status.success(),
        "the compiler fails: {}",
        first_line(&output.stderr)
    );
    Ok(String::from_utf8(output.stdout)?)
}

/// The libraries that a binary may be linked from, the newest first.
fn libraries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found: Vec<(SystemTime, PathBuf)> = entries
        .filter(|entry| {
            let name = entry.file_name();
            let name = name.to_str().unwrap_or_default();
            name.starts_with("libharness-") && name.ends_with(".rlib")
        })
        .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
        .collect();
    found.sort();
    found.into_iter().rev().map(|(_, path)| path).collect()
}

/// Makes sure that the compiler is the one that built this program.
fn ensure_same_compiler(folder: &Path) -> anyhow::Result<()> {
    let version = Command::new(COMPILER)
        .arg("--version")
        .current_dir(folder)
        .output();
    let version = version.with_context(|| format!("can't start the compiler, {COMPILER}"))?;
    let version = String::from_utf8_lossy(&version.stdout).trim().to_owned();
    let built_by = tool::tool().rustc;
    ensure!(
        version == built_by,
        "the compiler is {version:?}, but {built_by:?} built this program"
    );
    Ok(())
}

/// The machine code of a program.
fn text(program: &[u8]) -> anyhow::Result<Vec<u8>> {
    let file = object::File::parse(program).context("the program is no object file")?;
    let section = file.section_by_name(".text").context("it has no code")?;
    Ok(section.data()?.to_vec())
}

/// What a program says first on standard error.
fn first_line(stderr: &[u8]) -> String {
    let text = String::from_utf8_lossy(stderr);
    let line = text.lines().find(|line| !line.trim().is_empty());
    catalog::syntax::printable(line.unwrap_or("it does not say why"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_linkers_command_is_taken_apart() {
        let linker = Linker::of_command(
            "LC_ALL=\"C\" PATH=\"/a b:/c\" \"cc\" \"-m64\" \"/x y/symbols.o\" \"-fuse-ld=lld\" \"-o\" \
             \"/x y/unchanged\" \"-Wl,--gc-sections\" \"-pie\"\n",
        )
        .unwrap();
        let named = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            linker.environment,
            [named("LC_ALL", "C"), named("PATH", "/a b:/c")]
        );
        assert_eq!(linker.program, "cc");
        let (before, after) = linker.arguments;
        assert_eq!(before, ["-m64", "/x y/symbols.o", "-fuse-ld=lld", "-o"]);
        assert_eq!(after, ["-Wl,--gc-sections", "-pie"]);
    }

    #[test]
    fn other_linkers_are_told_so() {
        for (command, wanted) in [
            ("\"cc\" \"-o\" \"x\"", "not LLD"),
            ("\"cc\" \"-fuse-ld=lld\"", "not understood"),
            ("\"cc", "not understood"),
            ("", "not understood"),
        ] {
            let error = Linker::of_command(command).unwrap_err().to_string();
            assert!(error.contains(wanted), "{command}: {error}");
        }
    }

    #[test]
    fn the_newest_library_comes_first() {
        let folder = tempfile::tempdir().unwrap();
        let old = SystemTime::now() - std::time::Duration::from_secs(60);
        for (name, time) in [
            ("libharness-b.rlib", Some(old)),
            ("libharness-a.rlib", None),
            ("libharness-a.rmeta", None),
            ("libother-a.rlib", None),
        ] {
            let file = fs::File::create(folder.path().join(name)).unwrap();
            if let Some(time) = time {
                file.set_modified(time).unwrap();
            }
        }
        let wanted = ["libharness-a.rlib", "libharness-b.rlib"];
        let wanted = wanted.map(|name| folder.path().join(name));
        assert_eq!(libraries(folder.path()), wanted);
        assert!(libraries(&folder.path().join("none")).is_empty());
    }

    #[test]
    fn machine_code_is_read_of_programs_only() {
        let own = fs::read(std::env::current_exe().unwrap()).unwrap();
        assert!(text(b"no program").is_err());
        if cfg!(target_os = "linux") {
            assert!(text(&own).unwrap().len() > 100_000);
        }
    }
}
