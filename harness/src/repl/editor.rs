//! The line editor, and its history.

use std::borrow::Cow;
use std::fs;
use std::path::PathBuf;

use anyhow::Context as _;
use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::FileHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Config, Editor as Rustyline, Helper};

use super::is_finished;

/// What the user did.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Typed {
    /// Typed an input, of one line or several.
    Input(String),
    /// Abandoned one.
    Abandoned,
    /// Ended the session.
    End,
}

/// Reads inputs from the terminal.
pub(crate) struct Editor {
    rustyline: Rustyline<Unfinished, FileHistory>,
    /// Where the history is kept; nowhere if there is no place for it.
    history: Option<PathBuf>,
}

impl Editor {
    /// With the history of earlier sessions, where there is one. An input is given so many bytes of memory.
    pub(crate) fn new(memory: u64) -> anyhow::Result<Self> {
        let config = Config::builder()
            .history_ignore_space(true)
            .history_ignore_dups(true)?
            .build();
        let mut rustyline = Rustyline::with_config(config).context("can't use the terminal")?;
        rustyline.set_helper(Some(Unfinished { memory }));
        let history = history_file();
        if let Some(file) = &history {
            // There is none the first time.
            rustyline.load_history(file).ok();
        }
        Ok(Self { rustyline, history })
    }

    /// Reads one input.
    pub(crate) fn read(&mut self, prompt: &str) -> anyhow::Result<Typed> {
        match self.rustyline.readline(prompt) {
            Ok(input) => {
                self.rustyline.add_history_entry(&*input).ok();
                if let Some(file) = &self.history {
                    // A session without history is better than none.
                    self.rustyline.append_history(file).ok();
                }
                Ok(Typed::Input(input))
            }
            Err(ReadlineError::Interrupted) => Ok(Typed::Abandoned),
            Err(ReadlineError::Eof) => Ok(Typed::End),
            Err(error) => Err(error).context("can't read from the terminal"),
        }
    }
}

/// The file of the history, in a folder that is there.
fn history_file() -> Option<PathBuf> {
    let folder = dirs::state_dir().or_else(dirs::data_local_dir)?;
    let folder = folder.join("monkeybench");
    fs::create_dir_all(&folder).ok()?;
    Some(folder.join("history"))
}

/// Lets an input go on that isn't finished. The other helps of an editor are as they are by default.
struct Unfinished {
    /// What parsing it may take, in bytes.
    memory: u64,
}

impl Validator for Unfinished {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        Ok(match is_finished(context.input(), self.memory) {
            true => ValidationResult::Valid(None),
            false => ValidationResult::Incomplete,
        })
    }
}

impl Completer for Unfinished {
    type Candidate = String;
}

impl Hinter for Unfinished {
    type Hint = String;
}

impl Highlighter for Unfinished {
    fn highlight_prompt<'b, 's: 'b, 'p: 'b>(
        &'s self,
        prompt: &'p str,
        _default: bool,
    ) -> Cow<'b, str> {
        prompt.into()
    }
}

impl Helper for Unfinished {}
