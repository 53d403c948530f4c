//! A worker's process, and the threads that serve it, so that a time limit holds whatever blocks: one
//! sends requests, one reads what is answered, one what is written on standard error.
//!
//! Answers are read as they come, asked for or not, and with the time: an answer that nobody asked for
//! is a fault, and how long a request took is told by this side's clock.

use std::collections::HashMap;
use std::env;
use std::io::{self, BufRead as _, BufReader, Read, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender, SyncSender};
use std::thread;
use std::time::{Duration, Instant};

use super::Placement;
use super::fault::FaultKind;
use super::group;
use crate::contenders::Engine;
use crate::cores;
use crate::protocol::{Loaded, Request};

/// The longest line that a worker may answer, in bytes.
const MAX_REPLY: u64 = 128 << 20;

/// How many answers are read ahead of being asked for: one that is too many is enough to know.
const READ_AHEAD: usize = 2;

/// How much of what a worker wrote last on standard error is kept, in bytes.
const KEPT_COMPLAINT: usize = 300;

/// A variable of the environment that is there to take room.
const PADDING: &str = "MONKEYBENCH_PADDING";

/// How long a process may take to end after its input or output has ended.
pub(crate) const GRACE: Duration = Duration::from_millis(500);

/// A running worker.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    requests: Sender<Vec<u8>>,
    answers: Receiver<Received>,
    complaint: Receiver<String>,
    /// What became of the programs that it was sent.
    pub(super) programs: HashMap<String, Loaded>,
    /// What it was asked last.
    asked: Option<String>,
    has_ended: bool,
}

/// A line of a worker, or why there are no more.
#[derive(Debug)]
struct Received {
    at: Instant,
    line: io::Result<String>,
}

/// A line that answers a request, and how long that took.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) line: String,
    pub(crate) took: Duration,
}

/// What starts a thread: its name, and what it does.
type Spawn = fn(&str, Box<dyn FnOnce() + Send>) -> io::Result<()>;

impl Process {
    /// Starts a worker.
    ///
    /// # Errors
    /// If it can't be started, or there can't be threads to serve it.
    pub(crate) fn start(engine: &Engine, placement: &Placement) -> io::Result<Self> {
        let process = Self::start_with(command(engine, placement)?, spawn)?;
        if let Some(core) = placement.core {
            cores::move_to(&process.child, core);
        }
        Ok(process)
    }

    fn start_with(mut command: Command, spawn: Spawn) -> io::Result<Self> {
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        group::separate(&mut command);
        let mut child = command.spawn()?;
        match attend(&mut child, spawn) {
            Ok((requests, answers, complaint)) => Ok(Self {
                child,
                requests,
                answers,
                complaint,
                programs: HashMap::new(),
                asked: None,
                has_ended: false,
            }),
            Err(error) => {
                group::kill(&mut child);
                child.wait().ok();
                Err(error)
            }
        }
    }

    /// Sends a request and waits for the line that answers it.
    pub(crate) fn exchange(
        &mut self,
        request: &Request,
        limit: Duration,
    ) -> Result<Reply, FaultKind> {
        if let Some(fault) = self.unasked() {
            return Err(fault);
        }
        self.asked = Some(request.line());
        let begun = Instant::now();
        let sent = self.requests.send(request.encode());
        let received = match sent {
            Ok(()) => self.answers.recv_timeout(limit),
            Err(_) => Err(RecvTimeoutError::Disconnected),
        };
        // Who was suspended for longer than the limit finds that it has passed: the answer may have
        // been there all the time, and the thread that reads it was suspended as well.
        let received = match received {
            Err(RecvTimeoutError::Timeout) => self.answers.recv_timeout(GRACE),
            received => received,
        };
        match received {
            Ok(Received { at, line: Ok(line) }) => Ok(Reply {
                line,
                took: at.saturating_duration_since(begun),
            }),
            Ok(Received {
                line: Err(error), ..
            }) => Err(self.no_line(&error)),
            Err(RecvTimeoutError::Disconnected) => Err(FaultKind::Died(self.post_mortem())),
            Err(RecvTimeoutError::Timeout) => Err(FaultKind::Hung(limit)),
        }
    }

    /// What it was asked last.
    pub(super) fn asked(&self) -> Option<&str> {
        self.asked.as_deref()
    }

    /// What the worker has said without being asked.
    pub(crate) fn unasked(&mut self) -> Option<FaultKind> {
        match self.answers.try_recv().ok()?.line {
            Ok(line) => Some(FaultKind::Unasked {
                line,
                after: self.asked.clone(),
            }),
            Err(error) => Some(self.no_line(&error)),
        }
    }

    fn no_line(&mut self, error: &io::Error) -> FaultKind {
        match error.kind() {
            io::ErrorKind::InvalidData => FaultKind::Unexpected {
                expected: "a line of text",
                got: error.to_string(),
            },
            _ => FaultKind::Died(self.post_mortem()),
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

    /// Lets the worker see the end of its input, after `quit` or without a word. Gives how it ended, if
    /// it did within the limit, and the names of what it has left behind.
    pub(crate) fn close(
        mut self,
        quit: bool,
        limit: Duration,
    ) -> (Option<ExitStatus>, Vec<String>) {
        if quit {
            self.requests.send(Request::Quit.encode()).ok();
        }
        // The thread that sends ends with the last sender, and closes the pipe.
        self.requests = mpsc::channel().0;
        let ended = end_within(&mut self.child, limit);
        if ended.is_none() {
            return (None, Vec::new());
        }
        self.has_ended = true;
        (ended, group::end_rest(self.child.id()))
    }

    /// Ends a worker that listens, and kills one that doesn't. Gives the names of what it has left
    /// behind, which is ended too. The threads end with the last process that holds its pipes; nobody
    /// waits for them.
    pub(super) fn end(&mut self) -> Vec<String> {
        if self.has_ended {
            return Vec::new();
        }
        self.has_ended = true;
        self.requests.send(Request::Quit.encode()).ok();
        if end_within(&mut self.child, GRACE).is_none() {
            group::kill(&mut self.child);
            self.child.wait().ok();
            return Vec::new();
        }
        group::end_rest(self.child.id())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}

/// The ends of a worker's pipes, as the parent holds them.
type Ends = (Sender<Vec<u8>>, Receiver<Received>, Receiver<String>);

/// Starts the threads that serve a worker.
fn attend(child: &mut Child, spawn: Spawn) -> io::Result<Ends> {
    let missing = || io::Error::other("a pipe is missing");
    let stdin = child.stdin.take().ok_or_else(missing)?;
    let stdout = child.stdout.take().ok_or_else(missing)?;
    let stderr = child.stderr.take().ok_or_else(missing)?;
    let (requests, pending) = mpsc::channel();
    let (received, answers) = mpsc::sync_channel(READ_AHEAD);
    let (complained, complaint) = mpsc::channel();
    let failed = received.clone();
    let thread = |name: &str, work: Box<dyn FnOnce() + Send>| {
        spawn(name, work).map_err(|error| {
            let text = format!("there can't be a thread for its {name}: {error}");
            io::Error::new(error.kind(), text)
        })
    };
    thread("requests", Box::new(move || send(stdin, &pending, &failed)))?;
    thread("answers", Box::new(move || receive(stdout, &received)))?;
    thread(
        "complaints",
        Box::new(move || {
            complained.send(last_words(stderr)).ok();
        }),
    )?;
    Ok((requests, answers, complaint))
}

fn spawn(name: &str, work: Box<dyn FnOnce() + Send>) -> io::Result<()> {
    thread::Builder::new().name(name.to_owned()).spawn(work)?;
    Ok(())
}

/// Sends requests until either side is gone.
fn send(mut stdin: ChildStdin, requests: &Receiver<Vec<u8>>, failed: &SyncSender<Received>) {
    for request in requests {
        let sent = stdin.write_all(&request).and_then(|()| stdin.flush());
        if let Err(error) = sent {
            // Where there is no room for it, there are answers, which say more.
            failed
                .try_send(Received {
                    at: Instant::now(),
                    line: Err(error),
                })
                .ok();
            return;
        }
    }
}

/// Passes on lines until either side is gone.
fn receive(stdout: impl Read, answers: &SyncSender<Received>) {
    let mut stdout = BufReader::new(stdout);
    loop {
        let line = read_line(&mut stdout, MAX_REPLY);
        let is_last = line.is_err();
        let at = Instant::now();
        if answers.send(Received { at, line }).is_err() || is_last {
            return;
        }
    }
}

/// The next line, without its end. A line that isn't text, or is longer than `most` bytes, its end
/// included, is invalid data, as against the end of the stream.
fn read_line(input: &mut impl io::BufRead, most: u64) -> io::Result<String> {
    let invalid = |what: String| io::Error::new(io::ErrorKind::InvalidData, what);
    let mut line = Vec::new();
    input.take(most).read_until(b'\n', &mut line)?;
    match line.pop() {
        Some(b'\n') => {
            String::from_utf8(line).map_err(|_| invalid("a line that is not UTF-8".to_owned()))
        }
        Some(_) if line.len() as u64 + 1 == most => {
            Err(invalid(format!("a line of more than {most} bytes")))
        }
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
        let text = catalog::syntax::printable(String::from_utf8_lossy(&line).trim_end());
        if !text.trim().is_empty() {
            last = text.trim().to_owned();
        }
        line.clear();
    }
    last
}

/// The command that starts a worker of an engine.
fn command(engine: &Engine, placement: &Placement) -> io::Result<Command> {
    let mut command = match engine {
        Engine::Builtin(variant) => {
            let executable = match &placement.executable {
                Some(linked) => linked.clone(),
                None => own_executable()?,
            };
            let mut command = Command::new(executable);
            command.arg("worker").arg(variant);
            command
        }
        Engine::External(external) => {
            let program = match &placement.executable {
                Some(linked) => linked.clone(),
                None => external.program().map_err(io::Error::other)?,
            };
            let mut command = Command::new(program);
            command.args(external.words.iter().skip(1));
            if let Some(directory) = &external.directory {
                command.current_dir(directory);
            }
            command
        }
    };
    command.env(PADDING, ".".repeat(placement.padding));
    Ok(command)
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

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_thread_that_cannot_be_started_is_an_error_with_a_name() {
        let refuse: Spawn = |name, work| match name {
            "complaints" => Err(io::ErrorKind::WouldBlock.into()),
            _ => spawn(name, work),
        };
        let error = Process::start_with(Command::new("cat"), refuse).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
        let text = error.to_string();
        assert!(
            text.starts_with("there can't be a thread for its complaints"),
            "{text}"
        );
    }

    #[test]
    fn a_line_is_read_up_to_a_limit_and_no_further() {
        let read = |input: &mut &[u8]| read_line(input, 8).map_err(|error| error.to_string());
        let mut input = &b"seven 7\nok\n"[..];
        assert_eq!(read(&mut input).as_deref(), Ok("seven 7"));
        assert_eq!(read(&mut input).as_deref(), Ok("ok"));
        assert!(read(&mut &b"cut off"[..]).is_err());

        let mut input = &b"eight, 8\n"[..];
        let said = read(&mut input).unwrap_err();
        assert_eq!(said, "a line of more than 8 bytes");
        assert_eq!(input, b"\n");
    }

    #[test]
    fn a_worker_that_never_ends_its_line_is_told_so() {
        let mut command = Command::new("sh");
        command.args(["-c", "read request; yes | tr -d '\\n'"]);
        let mut process = Process::start_with(command, spawn).unwrap();
        let fault = process.exchange(&Request::Memory, Duration::from_secs(60));
        let Err(FaultKind::Unexpected { got, .. }) = fault else {
            panic!("{fault:?}");
        };
        assert_eq!(got, format!("a line of more than {MAX_REPLY} bytes"));
    }

    #[test]
    fn last_words_do_nothing_to_a_terminal() {
        let said = "first\nlast \u{9b}31m\x1b[2J\u{202e}\r\n\n".as_bytes();
        assert_eq!(last_words(said), "last \u{fffd}31m␛[2J\u{fffd}");
    }
}
