//! What a narrow terminal shows: lines that fit, however little room there is, and words that are whole.
#![cfg(unix)]

mod common;

use std::fs::File;
use std::io::Read as _;
use std::process::{Command, Stdio};
use std::thread;

use common::Bench;
use nix::pty::{Winsize, openpty};

/// What a command writes to a terminal that is so wide, in columns.
fn shown(bench: &Bench, columns: u16, arguments: &str) -> String {
    let size = Winsize {
        ws_row: 50,
        ws_col: columns,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    let pty = openpty(&size, None).unwrap();
    let mut terminal = File::from(pty.master);
    let reader = thread::spawn(move || {
        let mut shown = Vec::new();
        // When nobody holds its other side any more, there is an error in the place of an end.
        drop(terminal.read_to_end(&mut shown));
        shown
    });
    let status = Command::new(assert_cmd::cargo::cargo_bin!("monkeybench"))
        .args(arguments.split_whitespace())
        .current_dir(bench.directory.path())
        .env("NO_COLOR", "1")
        .env("TERM", "xterm")
        .stdin(Stdio::null())
        .stdout(pty.slave)
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success(), "{arguments}");
    let shown = reader.join().unwrap();
    String::from_utf8(shown).unwrap().replace("\r\n", "\n")
}

#[test]
fn lines_fit_a_narrow_terminal() {
    let bench = Bench::new();
    for columns in [40, 60, 80] {
        for arguments in [
            "list",
            "run --engines tree --workloads integer-arithmetic --dry-run",
            "run --help",
            "help",
        ] {
            let text = shown(&bench, columns, arguments);
            assert!(text.lines().count() > 5, "{arguments}: {text}");
            for line in text.lines() {
                let fits = line.chars().count() <= columns.into();
                // What is typed is never broken: a name, an option and its value, the usage.
                let is_typed = |it: &str| it.starts_with("--") || it.starts_with("Usage: ");
                let is_whole = is_typed(line.trim()) || !line.trim().contains(' ');
                assert!(fits || is_whole, "{columns}, {arguments}: {line}\n{text}");
            }
        }
    }
}
