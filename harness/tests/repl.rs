//! `exec` without a file: a session on a terminal, driven through a pseudo-terminal.
#![cfg(unix)]

mod common;

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use common::{Bench, stderr, stdout};
use nix::pty::openpty;
use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;

/// A session, and the terminal that somebody sits at.
struct Session {
    child: Child,
    terminal: File,
    pieces: Receiver<Vec<u8>>,
    /// What has been shown and not been waited for.
    shown: String,
}

/// Longer than any answer takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

impl Session {
    /// One that has shown its prompt.
    fn new(bench: &Bench, arguments: &str) -> Self {
        let mut session = Self::start(bench, arguments);
        session.wait_for("1> ");
        session
    }

    fn start(bench: &Bench, arguments: &str) -> Self {
        let pty = openpty(None, None).unwrap();
        let side = || Stdio::from(pty.slave.try_clone().unwrap());
        let child = Command::new(assert_cmd::cargo::cargo_bin!("monkeybench"))
            .arg("exec")
            .args(arguments.split_whitespace())
            .current_dir(bench.directory.path())
            .env("XDG_STATE_HOME", bench.path("state"))
            .env("HOME", bench.directory.path())
            .env("TERM", "xterm")
            .env("NO_COLOR", "1")
            .process_group(0)
            .stdin(side())
            .stdout(side())
            .stderr(side())
            .spawn()
            .unwrap();
        drop(pty.slave);
        let terminal = File::from(pty.master);
        let mut reader = terminal.try_clone().unwrap();
        let (sender, pieces) = channel();
        thread::spawn(move || {
            let mut piece = [0; 4096];
            while let Ok(length @ 1..) = reader.read(&mut piece) {
                if sender.send(piece[..length].to_vec()).is_err() {
                    break;
                }
            }
        });
        Self {
            child,
            terminal,
            pieces,
            shown: String::new(),
        }
    }

    fn type_in(&mut self, keys: &str) {
        self.terminal.write_all(keys.as_bytes()).unwrap();
    }

    /// Waits until a text is shown; gives what was shown before, and forgets both.
    fn wait_for(&mut self, text: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some((before, rest)) = self.shown.split_once(text) {
                let (before, rest) = (before.to_owned(), rest.to_owned());
                self.shown = rest;
                return before;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            let piece = self.pieces.recv_timeout(left);
            let piece = piece.unwrap_or_else(|_| panic!("{text:?} isn't in {:?}", self.shown));
            self.shown += &String::from_utf8_lossy(&piece);
        }
    }

    /// Types a line; gives what is shown between it and the next prompt.
    fn enter(&mut self, line: &str, prompt: &str) -> String {
        self.type_in(&format!("{line}\r"));
        // The line is shown as it is typed; what comes behind its end is the answer.
        self.wait_for(prompt)
    }

    fn ends(mut self) {
        let deadline = Instant::now() + PATIENCE;
        while self.child.try_wait().unwrap().is_none() {
            assert!(Instant::now() < deadline, "the session goes on");
            thread::sleep(Duration::from_millis(20));
        }
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

#[test]
fn a_session_remembers_what_was_bound_and_shows_it_once() {
    let bench = Bench::new();
    let mut session = Session::new(&bench, "");
    let answer = session.enter(
        "let f = fn(x) { puts(\"seen\"); x * 2 }; let six = f(3);",
        "2> ",
    );
    assert!(answer.contains("seen\r\n"), "{answer:?}");
    let answer = session.enter("f(six) + 100", "3> ");
    assert_eq!(answer.matches("seen\r\n").count(), 1, "{answer:?}");
    assert!(answer.contains("112\r\n"), "{answer:?}");

    // An error is in the line that was typed, the calls where they were written.
    let answer = session.enter("let g = fn(n) { 1 / n };", "4> ");
    assert!(!answer.contains("seen\r\n"), "{answer:?}");
    let answer = session.enter("1 + g(0)", "5> ");
    assert!(answer.contains("division by zero"), "{answer:?}");
    assert!(answer.contains("<3>:1:17"), "{answer:?}");
    assert!(answer.contains("g, called at <4>:1:5"), "{answer:?}");
    let answer = session.enter("six + tru", "6> ");
    assert!(answer.contains("<5>:1:7"), "{answer:?}");
    // What failed has bound nothing.
    session.enter("let lost = 1; 1 / 0", "7> ");
    let answer = session.enter("lost", "8> ");
    assert!(answer.contains("identifier not found: lost"), "{answer:?}");
    session.type_in("\x04");
    session.ends();
}

#[test]
fn unfinished_input_goes_on_and_ctrl_c_abandons_it() {
    let bench = Bench::new();
    let mut session = Session::new(&bench, "");
    session.type_in("let f = fn(a) {\r");
    session.type_in("a + 1 };\r");
    session.wait_for("2> ");
    session.type_in("f(\x03");
    session.wait_for("2> ");
    let answer = session.enter("f(40) + 1", "3> ");
    assert!(answer.contains("42\r\n"), "{answer:?}");
    session.type_in(":quit\r");
    session.ends();
}

#[test]
fn commands_pick_the_engine_and_show_code() {
    let bench = Bench::new();
    let mut session = Session::new(&bench, "--engine stack");
    let answer = session.enter(":engine", "1> ");
    assert!(answer.contains("\nstack\r\n"), "{answer:?}");
    let answer = session.enter(":engine stak", "1> ");
    assert!(answer.contains("did you mean stack"), "{answer:?}");
    let answer = session.enter(":disasm", "1> ");
    assert!(answer.contains("there is no input yet"), "{answer:?}");
    let answer = session.enter(":disasm 20 + 22", "1> ");
    assert!(answer.contains("Add"), "{answer:?}");
    session.enter("let a = 20", "2> ");
    session.enter("a - 1", "3> ");
    let answer = session.enter(":disasm", "3> ");
    assert!(answer.contains("Sub"), "{answer:?}");
    session.enter(":engine tree", "3> ");
    let answer = session.enter("a * 2", "4> ");
    assert!(answer.contains("40\r\n"), "{answer:?}");
    let answer = session.enter(":disasm", "4> ");
    assert!(answer.contains("tree has no code to list"), "{answer:?}");
    let answer = session.enter(":hlep", "4> ");
    assert!(answer.contains("did you mean help?"), "{answer:?}");
    let answer = session.enter(":help", "4> ");
    assert!(answer.contains("evaluated again"), "{answer:?}");
    session.type_in(":q\r");
    session.ends();
}

#[test]
fn limits_hold_and_what_runs_can_be_interrupted() {
    let bench = Bench::new();
    let mut session = Session::new(&bench, "--max-depth 50");
    let answer = session.enter("let f = fn(n) { f(n + 1) }; f(0)", "2> ");
    assert!(answer.contains("stack overflow"), "{answer:?}");
    assert!(
        answer.contains("the limit is 50 nested calls; --max-depth"),
        "{answer:?}"
    );
    // Two to the 45th calls take longer than anybody waits.
    let endless = "let g = fn(n) { if (n > 0) { g(n - 1); g(n - 1) } }; puts(\"go\"); g(45)";
    session.type_in(&format!("{endless}\r"));
    session.wait_for("go\r\n");
    let group = Pid::from_raw(i32::try_from(session.child.id()).unwrap());
    killpg(group, Signal::SIGINT).unwrap();
    session.wait_for("interrupted");
    session.wait_for("3> ");
    let answer = session.enter("6 * 7", "4> ");
    assert!(answer.contains("42\r\n"), "{answer:?}");
    session.type_in("\x04");
    session.ends();

    let mut session = Session::new(&bench, "--max-memory 1K");
    let large = format!("[{}0]", "0, ".repeat(100));
    let answer = session.enter(&large, "2> ");
    assert!(
        answer.contains("to parse and compile") && answer.contains("--max-memory"),
        "{answer:?}"
    );
    session.type_in("\x04");
    session.ends();
}

#[test]
fn an_escape_that_is_none_is_noted_and_the_input_runs() {
    let bench = Bench::new();
    let mut session = Session::new(&bench, "");
    let answer = session.enter("let tab = \"\\t\";", "2> ");
    assert!(answer.contains("<1>:1:12"), "{answer:?}");
    let answer = session.enter("len(tab)", "3> ");
    assert!(answer.contains("2\r\n"), "{answer:?}");
    assert!(!answer.contains("note"), "{answer:?}");
    session.type_in("\x04");
    session.ends();
}

/// However a session ends, what runs in it ends too: nothing holds its terminal then.
#[test]
fn what_runs_ends_with_the_session() {
    for signal in [Signal::SIGTERM, Signal::SIGKILL] {
        let bench = Bench::new();
        let mut session = Session::new(&bench, "");
        session.enter(
            "let g = fn(n) { if (n > 0) { g(n - 1); g(n - 1) } };",
            "2> ",
        );
        session.type_in("puts(\"go\"); g(45)\r");
        session.wait_for("go\r\n");
        let process = Pid::from_raw(i32::try_from(session.child.id()).unwrap());
        kill(process, signal).unwrap();
        session.child.wait().unwrap();
        let deadline = Instant::now() + PATIENCE;
        let ended = loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match session.pieces.recv_timeout(left) {
                Ok(_) => {}
                Err(error) => break error,
            }
        };
        assert_eq!(ended, RecvTimeoutError::Disconnected, "{signal}");
    }
}

#[test]
fn what_a_value_holds_does_nothing_to_the_terminal() {
    let bench = Bench::new();
    bench.file("evil.monkey", "\"a\u{9b}31mb\u{202e}\"");
    let mut terminal = Session::start(&bench, "evil.monkey");
    terminal.wait_for("a\u{fffd}31mb\u{fffd}\r\n");
    terminal.ends();
    // Nor do the line that an error shows, a name, or a file's.
    bench.file("wrong\u{9b}.monkey", "puts(\"\u{9b}31m\u{202e}\") + 1");
    let mut terminal = Session::start(&bench, "wrong\u{9b}.monkey");
    terminal.wait_for("type mismatch");
    let shown = terminal.wait_for("+ 1");
    assert!(!shown.contains(['\u{9b}', '\u{202e}']), "{shown:?}");
    assert!(shown.contains("wrong\u{fffd}.monkey"), "{shown:?}");
    let assert = bench.run("exec gone\u{9b}.monkey").code(1);
    assert!(stderr(&assert).contains("can't read gone\u{fffd}.monkey"));
    // In a pipe a value is what it is.
    let assert = bench.run("exec evil.monkey").success();
    assert_eq!(stdout(&assert), "a\u{9b}31mb\u{202e}\n");
}

#[test]
fn the_history_is_kept_for_the_next_session() {
    let bench = Bench::new();
    let mut session = Session::new(&bench, "");
    session.enter("1234 * 2", "2> ");
    session.enter(" 99 * 2", "3> ");
    session.type_in("\x04");
    session.ends();
    let file = bench.path("state").join("monkeybench").join("history");
    if cfg!(target_os = "linux") {
        let history = std::fs::read_to_string(file).unwrap();
        assert!(
            history.contains("1234 * 2") && !history.contains("99"),
            "{history}"
        );
    }
    let mut session = Session::new(&bench, "");
    // The line before.
    session.type_in("\x1b[A\r");
    assert!(session.wait_for("2> ").contains("2468\r\n"));
    session.type_in("\x04");
    session.ends();
}

#[test]
fn without_a_terminal_the_program_is_on_standard_input() {
    let bench = Bench::new();
    let assert = bench
        .command("exec")
        .write_stdin("6 * 7")
        .assert()
        .success();
    assert_eq!(stdout(&assert), "42\n");
    let assert = bench
        .command("exec --json")
        .write_stdin("1 / 0")
        .assert()
        .code(1);
    assert!(stdout(&assert).contains("division by zero") && stderr(&assert).is_empty());
}
