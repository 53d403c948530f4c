//! Counting machine instructions: this program runs itself under valgrind's callgrind, in the hidden
//! mode of [`counted`], and reads how many instructions one run of a program took, from making the
//! machine to its result.
//!
//! Counts are exact for one build on one machine. Nothing of the user's environment or settings
//! reaches the counted process, and its command line is always the same: what differs between two
//! counts is the engine and the program, which come by standard input.

pub(crate) mod counted;
pub(crate) mod executed;

use std::env;
use std::ffi::OsString;
use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{self, Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use crate::protocol::{Checked, decode_reply};
use crate::workers::{GRACE, describe, kill, own_executable, shortened};
use counted::Job;
use executed::Executed;

/// The program that counts.
const VALGRIND: &str = "valgrind";

/// The most that is read of what a counted process writes, in bytes.
const MOST_OUTPUT: u64 = 16 << 20;

/// How often a counted process is looked after: a count takes a second or so.
const PAUSE: Duration = Duration::from_millis(5);

/// Why there is no count.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CountError {
    /// There is no valgrind.
    #[error(
        "host instructions are counted by valgrind, and no `{VALGRIND}` is in PATH; it comes with \
         the system's package of that name"
    )]
    Missing,
    /// It doesn't say what it is.
    #[error("{} is no valgrind that works: {said}", .path.display())]
    Unusable {
        /// Its file.
        path: PathBuf,
        /// What it said or did.
        said: String,
    },
    /// The process can't be started or heard.
    #[error("valgrind can't be run: {0}")]
    Run(#[from] io::Error),
    /// The process failed, or the program in it.
    #[error("the counted process {0}")]
    Ended(String),
    /// The program gave an error.
    #[error("{0}")]
    Refused(String),
    /// What the program gave is missing.
    #[error("the counted process gave no result, but {0:?}")]
    NoResult(String),
    /// There is no total.
    #[error("valgrind told no number of instructions")]
    NoTotal,
    /// Nothing was counted, as happens without symbols in the executable.
    #[error(
        "valgrind counted no instruction: it has not found `{}` among the symbols of this \
         program, which may have been stripped, or replaced by another build meanwhile",
        catalog::COUNTED_REGION
    )]
    Zero,
    /// What was executed can't be told.
    #[error("valgrind's account of the machine code can't be read: {0}")]
    NoAccount(String),
    /// There is no need for it any more.
    #[error("counting was stopped")]
    Stopped,
}

/// Callgrind, as it is on this machine.
#[derive(Debug)]
pub(crate) struct Callgrind {
    valgrind: PathBuf,
    version: String,
}

/// What one run took and gave.
#[derive(Debug)]
pub(crate) struct Count {
    /// Instructions that the processor executed.
    pub(crate) instructions: u64,
    /// The value and the output.
    pub(crate) checked: Checked,
}

impl Callgrind {
    /// Finds it in `PATH`.
    ///
    /// # Errors
    /// If there is none, or none that works.
    pub(crate) fn find() -> Result<Self, CountError> {
        let path = env::var_os("PATH").unwrap_or_default();
        let valgrind = env::split_paths(&path)
            .map(|folder| folder.join(VALGRIND))
            .find(|file| file.is_file())
            .ok_or(CountError::Missing)?;
        let answer = Command::new(&valgrind)
            .arg("--version")
            .stdin(Stdio::null())
            .output();
        let unusable = |said: String| CountError::Unusable {
            path: valgrind.clone(),
            said,
        };
        let answer = answer.map_err(|error| unusable(error.to_string()))?;
        let text = String::from_utf8_lossy(&answer.stdout).into_owned();
        match text.trim().strip_prefix("valgrind-") {
            Some(version) if answer.status.success() => Ok(Self {
                version: version.to_owned(),
                valgrind,
            }),
            _ => Err(unusable(format!(
                "asked for its version, it {}{}",
                describe(answer.status),
                complaint(&String::from_utf8_lossy(&answer.stderr))
            ))),
        }
    }

    /// Its name and version: `valgrind 3.19.0`.
    pub(crate) fn name(&self) -> String {
        format!("{VALGRIND} {}", self.version)
    }

    /// Its version: `3.19.0`.
    pub(crate) fn version(&self) -> &str {
        &self.version
    }

    /// Counts one run of a program by an engine of the catalog. Looks every now and then whether to
    /// stop.
    ///
    /// # Errors
    /// [`CountError`]; the process is no more then.
    pub(crate) fn count(
        &self,
        engine: &str,
        source: &str,
        stop: impl Fn() -> bool,
    ) -> Result<Count, CountError> {
        self.run(engine, source, stop, None)
    }

    /// Counts as [`Self::count`] does, and also how often each machine instruction of this program was
    /// executed. The total is the same.
    ///
    /// # Errors
    /// [`CountError`]; the process is no more then.
    pub(crate) fn account(
        &self,
        engine: &str,
        source: &str,
        stop: impl Fn() -> bool,
    ) -> Result<(Count, Executed), CountError> {
        let account = tempfile::NamedTempFile::new()?;
        let count = self.run(engine, source, stop, Some(account.path()))?;
        let executed = Executed::read(account.path()).map_err(CountError::NoAccount)?;
        Ok((count, executed))
    }

    fn run(
        &self,
        engine: &str,
        source: &str,
        stop: impl Fn() -> bool,
        account: Option<&Path>,
    ) -> Result<Count, CountError> {
        let job = Job {
            parent: process::id(),
            engine: engine.to_owned(),
            source: source.to_owned(),
        };
        let job = serde_json::to_vec(&job).map_err(io::Error::from)?;
        let ended = Running::start(self.command(account)?, job)?.wait(stop)?;
        if !ended.status.success() {
            return Err(CountError::Ended(format!(
                "{}{}",
                describe(ended.status),
                complaint(&ended.stderr)
            )));
        }
        let no_result = || CountError::NoResult(shortened(&ended.stdout));
        let checked = match decode_reply::<Checked>(ended.stdout.trim_end_matches('\n')) {
            Some(Ok(checked)) => checked,
            Some(Err(error)) => return Err(CountError::Refused(shortened(error))),
            None => return Err(no_result()),
        };
        match total(&ended.stderr).ok_or(CountError::NoTotal)? {
            0 => Err(CountError::Zero),
            instructions => Ok(Count {
                instructions,
                checked,
            }),
        }
    }

    fn command(&self, account: Option<&Path>) -> io::Result<Command> {
        let mut command = Command::new(&self.valgrind);
        command
            // No settings from elsewhere, no cache of this machine's size, no files left behind.
            .args(["--command-line-only=yes", "--vgdb=no", "--tool=callgrind"])
            .arg("--cache-sim=no");
        let mut out = OsString::from("--callgrind-out-file=");
        match account {
            Some(file) => {
                command.args(executed::OPTIONS);
                // A percent sign is valgrind's own.
                out.push(file.to_string_lossy().replace('%', "%%"));
            }
            None => out.push("/dev/null"),
        }
        command
            .arg(out)
            .arg("--collect-atstart=no")
            .arg(format!("--toggle-collect={}", catalog::COUNTED_REGION))
            .arg(executable()?)
            .arg(counted::COMMAND)
            .env_clear()
            .current_dir("/");
        // In a process group of its own, it isn't sent the terminal's Ctrl-C: it is killed by
        // whoever waits for it, or by the system if nobody does.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        Ok(command)
    }
}

/// This very program, under a name that means the same to other processes.
pub(crate) fn executable() -> io::Result<PathBuf> {
    let own = own_executable()?;
    if own.starts_with("/proc/self") {
        return Ok(PathBuf::from(format!("/proc/{}/exe", process::id())));
    }
    Ok(own)
}

/// A counted process. When it is dropped, it is no more.
struct Running {
    child: Child,
    stdout: Receiver<String>,
    stderr: Receiver<String>,
}

/// A counted process that has ended.
struct Ended {
    status: ExitStatus,
    stdout: String,
    stderr: String,
}

impl Running {
    fn start(mut command: Command, input: Vec<u8>) -> io::Result<Self> {
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn()?;
        match attend(&mut child, input) {
            Ok((stdout, stderr)) => Ok(Self {
                child,
                stdout,
                stderr,
            }),
            Err(error) => {
                kill(&mut child);
                child.wait().ok();
                Err(error)
            }
        }
    }

    fn wait(mut self, stop: impl Fn() -> bool) -> Result<Ended, CountError> {
        loop {
            if let Some(status) = self.child.try_wait()? {
                // The threads end with the pipes, which nobody else should hold.
                let text = |pipe: &Receiver<String>| pipe.recv_timeout(GRACE).unwrap_or_default();
                return Ok(Ended {
                    status,
                    stdout: text(&self.stdout),
                    stderr: text(&self.stderr),
                });
            }
            if stop() {
                return Err(CountError::Stopped);
            }
            thread::sleep(PAUSE);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            kill(&mut self.child);
            self.child.wait().ok();
        }
    }
}

/// Gives a process its input and reads what it says: on standard output, and on standard error.
fn attend(child: &mut Child, input: Vec<u8>) -> io::Result<(Receiver<String>, Receiver<String>)> {
    let stdout = in_background("output", child.stdout.take().map(text_of))?;
    let stderr = in_background("complaints", child.stderr.take().map(text_of))?;
    // One that doesn't read has ended or soon will; how is known then.
    let give = |mut stdin: ChildStdin| move || stdin.write_all(&input);
    in_background("input", child.stdin.take().map(give))?;
    Ok((stdout, stderr))
}

/// What a thread of its own comes up with, if there is anything to do.
fn in_background<T: Send + 'static>(
    name: &str,
    work: Option<impl FnOnce() -> T + Send + 'static>,
) -> io::Result<Receiver<T>> {
    let (sender, receiver) = mpsc::channel();
    if let Some(work) = work {
        let thread = thread::Builder::new().name(name.to_owned());
        let started = thread.spawn(move || sender.send(work()));
        started.map_err(|error| {
            let text = format!("there can't be a thread for its {name}: {error}");
            io::Error::new(error.kind(), text)
        })?;
    }
    Ok(receiver)
}

/// Reads all of a pipe that is text, up to a limit.
fn text_of(pipe: impl Read + Send + 'static) -> impl FnOnce() -> String + Send + 'static {
    move || {
        let mut bytes = Vec::new();
        pipe.take(MOST_OUTPUT).read_to_end(&mut bytes).ok();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

/// The total that callgrind tells at its end: `==7== Collected : 793056`, before those of other events.
fn total(stderr: &str) -> Option<u64> {
    let told = stderr.lines().rev().find_map(|line| {
        let (_, told) = line.strip_prefix("==")?.split_once("== Collected :")?;
        Some(told)
    });
    told?.split_whitespace().next()?.parse().ok()
}

/// The last that a process complained of, as the end of a sentence: what isn't valgrind's own
/// account goes before that.
fn complaint(stderr: &str) -> String {
    let lines = || {
        stderr
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
    };
    let foreign = |line: &&str| !line.starts_with("==");
    match lines().rfind(foreign).or_else(|| lines().next_back()) {
        Some(line) => format!(": {}", shortened(line)),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_total_is_read_from_what_valgrind_says() {
        let said = "==12== Command: ./x\n==12== \n==12== Events    : Ir\n==12== Collected : 793056\n\
                    ==12== \n==12== I   refs:      793,056\n";
        assert_eq!(total(said), Some(793_056));
        assert_eq!(total("==1== Collected : 0\n"), Some(0));
        assert_eq!(total("==1== Collected : 41 9 1 8 8\n"), Some(41));
        for none in [
            "",
            "Collected : 7",
            "==1== Collected :",
            "==1== Collected : -1",
        ] {
            assert_eq!(total(none), None, "{none}");
        }
    }

    #[test]
    fn a_complaint_is_the_programs_before_valgrinds() {
        assert_eq!(complaint(""), "");
        assert_eq!(complaint("==1== Warning: x\n==1== \n"), ": ==1==");
        assert_eq!(
            complaint("==1== a\nerror: no such engine\n==1== b\n"),
            ": error: no such engine"
        );
    }
}
