//! What can go wrong with a worker, told so that the author of one finds the place: what it was asked,
//! what was expected, what came, and the command that started it.

use std::fmt;
use std::io;
use std::time::Duration;

use crate::contenders::Engine;
use crate::protocol::{Hello, Request};

/// A failure of a worker.
#[derive(Debug)]
pub(crate) struct Fault {
    /// What happened.
    pub(crate) kind: FaultKind,
    /// The request that it happened upon, where there was one.
    request: Option<String>,
    /// The command that started the worker.
    command: String,
}

/// What can happen.
#[derive(Debug)]
pub(crate) enum FaultKind {
    /// It can't be started.
    Start(io::Error),
    /// Its process ended.
    Died(String),
    /// It didn't answer in time.
    Hung(Duration),
    /// It answered something else than what the protocol asks for.
    Unexpected {
        /// What such an answer looks like.
        expected: &'static str,
        /// What came instead.
        got: String,
    },
    /// It answered what it wasn't asked: a second time, or too early.
    Unasked {
        /// The line.
        line: String,
        /// The request before it, if there was any.
        after: Option<String>,
    },
    /// It says to be another engine than an earlier process of the same command.
    Changed {
        /// What it said first.
        before: Box<Hello>,
        /// What it says now.
        now: Box<Hello>,
    },
    /// It speaks a version of the protocol that this program doesn't.
    Version(u32),
    /// It reported an error.
    Refused(String),
    /// Its answer is one of the protocol, but can't be right.
    Wrong(String),
}

impl Fault {
    pub(super) fn new(kind: FaultKind, request: Option<&Request>, engine: &Engine) -> Self {
        Self::about(kind, request.map(Request::line).as_deref(), engine)
    }

    /// A fault upon a request of this line.
    pub(super) fn about(kind: FaultKind, request: Option<&str>, engine: &Engine) -> Self {
        Self {
            kind,
            request: request.map(shortened),
            command: shortened(&command_of(engine)),
        }
    }

    /// Whether the worker couldn't be started because the system has no processes, threads, memory or
    /// open files left, which is no fault of its engine.
    pub(crate) fn is_shortage(&self) -> bool {
        let FaultKind::Start(error) = &self.kind else {
            return false;
        };
        let is_short =
            |kind| matches!(kind, io::ErrorKind::WouldBlock | io::ErrorKind::OutOfMemory);
        is_short(error.kind()) || has_no_files_left(error)
    }

    /// Whether the worker reported that it doesn't take a program.
    pub(crate) fn refuses_a_program(&self) -> bool {
        let is_program = |request: &String| request.starts_with("program ");
        self.refusal().is_some() && self.request.as_ref().is_some_and(is_program)
    }

    /// The error that the worker reported, if that is what happened: it is well and can be asked again.
    pub(crate) fn refusal(&self) -> Option<&str> {
        match &self.kind {
            FaultKind::Refused(text) => Some(text),
            _ => None,
        }
    }
}

/// Whether there can't be more open files, for which the library has no kind.
fn has_no_files_left(error: &io::Error) -> bool {
    #[cfg(unix)]
    if let Some(code) = error.raw_os_error() {
        use nix::errno::Errno;
        return matches!(Errno::from_raw(code), Errno::EMFILE | Errno::ENFILE);
    }
    let _ = error;
    false
}

/// The command that starts a worker, as people write it.
fn command_of(engine: &Engine) -> String {
    match engine {
        Engine::Builtin(name) => format!("monkeybench worker {name}"),
        Engine::External(command) => command.words.join(" "),
    }
}

impl std::error::Error for Fault {}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.kind)?;
        match &self.request {
            Some(request) => write!(f, " (asked: {request}; command: {})", self.command),
            None => write!(f, " (command: {})", self.command),
        }
    }
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Start(error) => write!(f, "its worker can't be started: {error}"),
            Self::Died(how) => write!(f, "its worker {how}"),
            Self::Hung(limit) => write!(
                f,
                "its worker gave no answer within {} s (a longer time can be set with --timeout)",
                limit.as_secs_f64()
            ),
            Self::Unexpected { expected, got } => write!(
                f,
                "its worker's answer is not in the protocol: {:?}, where {expected:?} or an error \
                 was expected",
                shortened(got)
            ),
            Self::Unasked { line, after: None } => write!(
                f,
                "its worker answered before it was asked anything: {:?}",
                shortened(line)
            ),
            Self::Unasked {
                line,
                after: Some(after),
            } => write!(
                f,
                "its worker answered without being asked: after its answer to {:?} came {:?}",
                shortened(after),
                shortened(line)
            ),
            Self::Changed { before, now } => write!(
                f,
                "its worker said to be {} before, and now says to be {}",
                name_of(before),
                name_of(now)
            ),
            Self::Version(version) => write!(
                f,
                "its worker speaks version {version} of the protocol; this program speaks 1 and {}",
                crate::protocol::VERSION
            ),
            Self::Refused(text) => write!(f, "its worker answered with an error: {text}"),
            Self::Wrong(text) => f.write_str(text),
        }
    }
}

/// An engine by name, version and what it has.
fn name_of(hello: &Hello) -> String {
    let version = hello.version.as_deref().unwrap_or("of no version");
    format!(
        "{} {version} (protocol {}, phases: {})",
        hello.engine,
        hello.protocol,
        hello.phases.join(", ")
    )
}

/// As much of a text as fits a line of a report.
pub(crate) fn shortened(text: &str) -> String {
    const MOST: usize = 200;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
