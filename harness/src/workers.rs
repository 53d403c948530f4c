//! The parent's side of the workers: starting them, asking them, and outliving their death, hangs
//! and nonsense.
//!
//! A worker here is a role rather than a process: when its process fails, the failure is reported
//! once and the next request starts another.

use std::collections::HashSet;
use std::env;
use std::io::{self, BufRead as _, BufReader, Read, Write as _};
use std::num::NonZeroU64;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use reports::schema::{Counts, Measure};

use crate::experiments::Engine;
use crate::protocol::{Answer, Checked, Measured, Request, split_reply};

/// The longest line that a worker may answer, in bytes.
const MAX_REPLY: u64 = 16 << 20;

/// How much of what a worker wrote last on standard error is kept, in bytes.
const KEPT_COMPLAINT: usize = 300;

/// How long a process may take to end after its input or output has ended.
pub(crate) const GRACE: Duration = Duration::from_millis(500);

/// What can go wrong with a worker.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    /// It can't be started.
    #[error("its worker can't be started: {0}")]
    Start(io::Error),
    /// Its process ended.
    #[error("its worker {0}")]
    Died(String),
    /// It didn't answer in time.
    #[error(
        "its worker gave no answer within {} s (a longer time can be set with --timeout)",
        .0.as_secs_f64()
    )]
    Hung(Duration),
    /// It answered something else than what the protocol asks for.
    #[error("its worker's answer is not in the protocol: {0:?}")]
    Garbage(String),
    /// It reported an error.
    #[error("{0}")]
    Refused(String),
}

/// A worker, its process running or not.
#[derive(Debug)]
pub(crate) struct Worker {
    engine: Engine,
    process: Option<Process>,
}

impl Worker {
    /// A worker whose process starts with the first request.
    pub(crate) fn new(engine: Engine) -> Self {
        Self {
            engine,
            process: None,
        }
    }

    /// Ends the process, so that the next request starts another.
    pub(crate) fn renew(&mut self) {
        self.process = None;
    }

    /// Runs a program once.
    ///
    /// # Errors
    /// Any [`Fault`]; so with all requests.
    pub(crate) fn check(&mut self, program: Named<'_>, limit: Duration) -> Result<Checked, Fault> {
        let name = program.name.to_owned();
        self.ask_about(program, &Request::Check { name }, limit)
    }

    /// Times something.
    pub(crate) fn measure(
        &mut self,
        program: Named<'_>,
        what: Measure,
        iterations: NonZeroU64,
        limit: Duration,
    ) -> Result<Measured, Fault> {
        let request = Request::Measure {
            what,
            name: program.name.to_owned(),
            iterations,
        };
        self.ask_about(program, &request, limit)
    }

    /// Runs a program once, counting.
    pub(crate) fn counts(&mut self, program: Named<'_>, limit: Duration) -> Result<Counts, Fault> {
        let name = program.name.to_owned();
        self.ask_about(program, &Request::Counts { name }, limit)
    }

    /// Asks about a program, after sending it if the process hasn't got it yet.
    fn ask_about<A: Answer>(
        &mut self,
        program: Named<'_>,
        request: &Request,
        limit: Duration,
    ) -> Result<A, Fault> {
        let known = |process: &Process| process.programs.contains(program.name);
        if !self.process.as_ref().is_some_and(known) {
            let send = Request::Program {
                name: program.name.to_owned(),
                source: program.source.to_owned(),
            };
            self.ask::<()>(&send, limit)?;
            if let Some(process) = &mut self.process {
                process.programs.insert(program.name.to_owned());
            }
        }
        self.ask(request, limit)
    }

    /// Sends a request and waits for its answer. After any fault but a refusal the process is no
    /// more: nobody could say which request its next line would answer.
    fn ask<A: Answer>(&mut self, request: &Request, limit: Duration) -> Result<A, Fault> {
        let mut process = match self.process.take() {
            Some(process) => process,
            None => Process::start(&self.engine).map_err(Fault::Start)?,
        };
        let line = process.exchange(request, limit)?;
        let answer = match split_reply(&line) {
            Some(Ok(text)) => A::decode(text).ok_or_else(|| garbage(&line))?,
            Some(Err(text)) => {
                self.process = Some(process);
                return Err(Fault::Refused(shortened(text)));
            }
            None => return Err(garbage(&line)),
        };
        self.process = Some(process);
        Ok(answer)
    }
}

/// A program under the name by which it is asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Named<'p> {
    /// The name.
    pub(crate) name: &'p str,
    /// The text.
    pub(crate) source: &'p str,
}

fn garbage(line: &str) -> Fault {
    Fault::Garbage(shortened(line))
}

/// As much of a text as fits a line of a report.
pub(crate) fn shortened(text: &str) -> String {
    const MOST: usize = 200;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// A worker's process. Two threads serve it, so that a time limit holds whatever blocks: one
/// sends requests and reads replies, one reads what it writes on standard error.
#[derive(Debug)]
struct Process {
    child: Child,
    requests: Sender<Vec<u8>>,
    replies: Receiver<io::Result<String>>,
    complaint: Receiver<String>,
    programs: HashSet<String>,
}

impl Process {
    fn start(engine: &Engine) -> io::Result<Self> {
        let mut command = command(engine)?;
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        // In a process group of its own, a worker isn't sent the terminal's Ctrl-C: whether to stop
        // is the parent's decision.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command.spawn()?;
        let missing = || io::Error::other("a pipe is missing");
        let stdin = child.stdin.take().ok_or_else(missing)?;
        let stdout = child.stdout.take().ok_or_else(missing)?;
        let stderr = child.stderr.take().ok_or_else(missing)?;
        let (requests, pending) = mpsc::channel();
        let (answered, replies) = mpsc::channel();
        let (complained, complaint) = mpsc::channel();
        thread::spawn(move || serve(stdin, stdout, &pending, &answered));
        thread::spawn(move || complained.send(last_words(stderr)));
        Ok(Self {
            child,
            requests,
            replies,
            complaint,
            programs: HashSet::new(),
        })
    }

    /// Sends a request and waits for the line that answers it.
    fn exchange(&mut self, request: &Request, limit: Duration) -> Result<String, Fault> {
        let sent = self.requests.send(request.encode());
        let reply = match sent {
            Ok(()) => self.replies.recv_timeout(limit),
            Err(_) => Err(RecvTimeoutError::Disconnected),
        };
        match reply {
            Ok(Ok(line)) => Ok(line),
            Ok(Err(error)) if error.kind() == io::ErrorKind::InvalidData => {
                Err(Fault::Garbage(error.to_string()))
            }
            Ok(Err(_)) | Err(RecvTimeoutError::Disconnected) => {
                Err(Fault::Died(self.post_mortem()))
            }
            Err(RecvTimeoutError::Timeout) => Err(Fault::Hung(limit)),
        }
    }

    /// How the process ended, and what it said last.
    fn post_mortem(&mut self) -> String {
        let ended = match end_within(&mut self.child, GRACE) {
            Some(status) => describe(status),
            None => "closed its output".to_owned(),
        };
        match self.complaint.recv_timeout(GRACE) {
            Ok(words) if !words.is_empty() => format!("{ended}: {words}"),
            _ => ended,
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Ends a worker that listens; one that doesn't is killed. The threads end with the last
        // process that holds its pipes; nobody waits for them.
        self.requests.send(Request::Quit.encode()).ok();
        if end_within(&mut self.child, GRACE).is_none() {
            kill(&mut self.child);
            self.child.wait().ok();
        }
    }
}

/// Kills a worker that hasn't been waited for, and whatever it has started in its process group: a
/// wrapper's engine must not go on while others are measured.
pub(crate) fn kill(child: &mut Child) {
    #[cfg(unix)]
    if let Ok(group) = i32::try_from(child.id()) {
        use nix::sys::signal::{Signal, killpg};
        killpg(nix::unistd::Pid::from_raw(group), Signal::SIGKILL).ok();
    }
    child.kill().ok();
}

/// The command that starts a worker of an engine.
fn command(engine: &Engine) -> io::Result<Command> {
    match engine {
        Engine::Builtin(variant) => {
            let mut command = Command::new(own_executable()?);
            command.arg("worker").arg(variant);
            Ok(command)
        }
        Engine::External(external) => {
            let program = external.program().map_err(io::Error::other)?;
            let mut command = Command::new(program);
            command.args(external.words.iter().skip(1));
            if let Some(directory) = &external.directory {
                command.current_dir(directory);
            }
            Ok(command)
        }
    }
}

/// This very program. On Linux that is the file that is running, even if its name has been given
/// to another since: a worker that is started anew must not be another build.
pub(crate) fn own_executable() -> io::Result<PathBuf> {
    let running = PathBuf::from("/proc/self/exe");
    if cfg!(target_os = "linux") && running.exists() {
        Ok(running)
    } else {
        env::current_exe()
    }
}

/// Sends each request and passes on the line that answers it, until either side is gone.
fn serve(
    mut stdin: ChildStdin,
    stdout: impl Read,
    requests: &Receiver<Vec<u8>>,
    replies: &Sender<io::Result<String>>,
) {
    let mut stdout = BufReader::new(stdout);
    for request in requests {
        let reply = stdin
            .write_all(&request)
            .and_then(|()| stdin.flush())
            .and_then(|()| read_line(&mut stdout));
        let failed = reply.is_err();
        if replies.send(reply).is_err() || failed {
            return;
        }
    }
}

/// The next line, without its end. A line that isn't text, has no end or is too long is invalid
/// data, as against the end of the stream.
fn read_line(input: &mut impl io::BufRead) -> io::Result<String> {
    let invalid = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what);
    let mut line = Vec::new();
    input.take(MAX_REPLY).read_until(b'\n', &mut line)?;
    match line.pop() {
        Some(b'\n') => String::from_utf8(line).map_err(|_| invalid("a line that is not UTF-8")),
        Some(_) if line.len() as u64 + 1 == MAX_REPLY => Err(invalid("a line without end")),
        _ => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}

/// Reads all that a worker writes on standard error, so that it never blocks, and keeps the last
/// line that says something.
fn last_words(stderr: impl Read) -> String {
    let mut last = String::new();
    let mut stderr = BufReader::new(stderr);
    let mut line = Vec::new();
    while let Ok(1..) = (&mut stderr)
        .take(KEPT_COMPLAINT as u64)
        .read_until(b'\n', &mut line)
    {
        let text = String::from_utf8_lossy(&line).replace(char::is_control, " ");
        if !text.trim().is_empty() {
            last = text.trim().to_owned();
        }
        line.clear();
    }
    last
}

/// Waits until a process has ended by itself; none if it hasn't within the limit.
fn end_within(child: &mut Child, limit: Duration) -> Option<ExitStatus> {
    let start = Instant::now();
    let mut pause = Duration::from_micros(200);
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) if start.elapsed() < limit => thread::sleep(pause),
            Ok(None) | Err(_) => return None,
        }
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}

/// How a process ended, as the rest of a sentence about it.
pub(crate) fn describe(status: ExitStatus) -> String {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return match signal {
            4 => "was killed by signal 4 (illegal instruction)".to_owned(),
            6 => "was killed by signal 6 (abort)".to_owned(),
            9 => "was killed by signal 9 (kill)".to_owned(),
            11 => "was killed by signal 11 (segmentation fault)".to_owned(),
            15 => "was killed by signal 15 (terminate)".to_owned(),
            other => format!("was killed by signal {other}"),
        };
    }
    match status.code() {
        Some(code) => format!("ended with exit status {code}"),
        None => "ended".to_owned(),
    }
}
