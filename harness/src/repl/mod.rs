//! `exec` without a file, on a terminal: a session in which inputs are typed and run one by one.
//!
//! `editor` reads them, `transcript` keeps those that bind names, `session` runs them. What an engine
//! does is what it does in `exec`: it sees whole programs only.

mod editor;
pub(crate) mod session;
mod transcript;

use std::rc::Rc;

use anyhow::Context as _;
use catalog::Variant;
use catalog::runtime::Limits;
use catalog::syntax::{self, Stmt};

use self::editor::{Editor, Typed};
use self::session::Job;
use self::transcript::Transcript;
use crate::console;
use crate::diagnosis;
use crate::failure::{Outcome, Status};
use crate::names::Unknown;
use crate::selection;
use crate::sources::Source;

const HELP: &str = "\
An input is a program, or the next part of one: it sees what earlier inputs have bound. Unfinished input goes
on in the next line.

  :engine [NAME]   run on another engine, or say which it is
  :disasm [CODE]   the code that the engine makes of the last input, or of this
  :help            this
  :quit            end the session, as Ctrl-D does

Ctrl-C abandons a line, or ends what runs. An input that begins with a space isn't kept in the history.

Engines run whole programs: with each input, the inputs that have bound names are evaluated again, and what they
print is not shown again. So each of these takes its time and its fuel every time. An input that fails,
or that has a `return` outside functions, binds nothing; and what an input leaves unbound, a later one can't bind
for it.
";

/// The commands of a session.
const COMMANDS: [&str; 4] = ["engine", "disasm", "help", "quit"];

/// Whether what has been typed is to be run, or goes on; to find out may take so many bytes.
fn is_finished(input: &str, memory: u64) -> bool {
    input.trim_start().starts_with(':') || !transcript::is_unfinished(input, memory)
}

/// What parsing and compiling may take under these limits, in bytes.
fn memory(limits: &Limits) -> u64 {
    limits.memory.unwrap_or(u64::MAX)
}

/// What comes after an input.
enum Next {
    Input,
    End,
}

struct Repl {
    variant: &'static Variant,
    limits: Limits,
    /// The inputs that bind names.
    kept: Vec<Source>,
    /// What these print, in bytes.
    printed: u64,
    /// The last input that could be run, with those before it that it may need.
    last: Option<Vec<Source>>,
    /// The number of the input.
    number: usize,
}

/// Runs a session.
pub(crate) fn run(variant: &'static Variant, limits: Limits) -> Outcome {
    session::leave_interrupts_to_inputs().context("can't listen for Ctrl-C")?;
    let mut editor = Editor::new(memory(&limits))?;
    let version = env!("CARGO_PKG_VERSION");
    console::print(&format!(
        "monkeybench {version} on {}; :help tells more, Ctrl-D ends\n",
        variant.name
    ))?;
    let mut repl = Repl {
        variant,
        limits,
        kept: Vec::new(),
        printed: 0,
        last: None,
        number: 1,
    };
    loop {
        match editor.read(&format!("{}> ", repl.number))? {
            Typed::Input(input) => match repl.take(&input)? {
                Next::Input => {}
                Next::End => return Ok(Status::Good),
            },
            Typed::Abandoned => {}
            Typed::End => return Ok(Status::Good),
        }
    }
}

impl Repl {
    fn take(&mut self, input: &str) -> anyhow::Result<Next> {
        if let Some(command) = input.trim().strip_prefix(':') {
            let (name, argument) = command
                .split_once(char::is_whitespace)
                .unwrap_or((command, ""));
            return self.command(name, argument.trim());
        }
        if transcript::tokens(input).next().is_some() {
            self.run(input)?;
            self.number += 1;
        }
        Ok(Next::Input)
    }

    fn command(&mut self, name: &str, argument: &str) -> anyhow::Result<Next> {
        let mut meant = COMMANDS.iter().filter(|it| it.starts_with(name));
        match meant.next().copied().filter(|_| !name.is_empty()) {
            Some("engine") if argument.is_empty() => {
                print(&format!("{}\n", self.variant.name))?;
            }
            Some("engine") => match selection::engine(argument) {
                Ok(variant) => self.variant = variant,
                Err(unknown) => console::error(unknown),
            },
            Some("disasm") => self.disasm(argument)?,
            Some("help") => print(HELP)?,
            Some("quit") => return Ok(Next::End),
            _ => console::error(Unknown::new("command", name, COMMANDS)),
        }
        Ok(Next::Input)
    }

    /// The memory that an input is given with those that it runs after, in bytes.
    fn memory(&self) -> u64 {
        memory(&self.limits)
    }

    /// The inputs that a new one runs after, and itself.
    fn with(&self, input: &str) -> Vec<Source> {
        let new = Source {
            origin: format!("<{}>", self.number),
            text: input.to_owned(),
        };
        self.kept.iter().cloned().chain([new]).collect()
    }

    fn run(&mut self, input: &str) -> anyhow::Result<()> {
        let inputs = self.with(input);
        let transcript = Transcript::new(inputs.clone());
        let program = match syntax::parse_within(transcript.text(), self.memory()) {
            Ok(program) => program,
            Err(diagnostics) => {
                diagnosis::reject(&transcript, transcript.text(), &diagnostics);
                return Ok(());
            }
        };
        if let Some(new) = inputs.last() {
            diagnosis::remark(new);
        }
        self.last = Some(inputs.clone());
        let job = Job {
            engine: self.variant.name.clone(),
            depth: self.limits.depth,
            fuel: self.limits.fuel,
            memory: self.limits.memory,
            inputs: inputs
                .iter()
                .map(|input| (input.origin.clone(), input.text.clone()))
                .collect(),
            printed: self.printed,
            color: console::stderr_has_colors(),
            width: console::stderr_width(),
        };
        let reply = match session::run(&job) {
            Ok(Some(reply)) => reply,
            Ok(None) => {
                console::note("\ninterrupted");
                return Ok(());
            }
            Err(error) => {
                console::error(format_args!("{error:#}"));
                return Ok(());
            }
        };
        let value = match reply.outcome {
            Ok(value) => value,
            Err(drawn) => {
                console::drawn(drawn);
                return Ok(());
            }
        };
        let statements = program.block(program.function(syntax::FunctionId::MAIN).body);
        if !matches!(statements.last(), Some(Stmt::Let { .. })) {
            console::print_value(&value).map_err(anyhow::Error::msg)?;
        }
        let before = Transcript::new(self.kept.clone());
        let globals = syntax::parse(before.text()).map_or(0, |before| before.global_count());
        if program.global_count() > globals {
            if transcript::may_return(input) {
                console::note("this input has a `return` outside functions, so it binds nothing");
            } else {
                self.kept = inputs;
                self.printed = reply.printed;
            }
        }
        Ok(())
    }

    /// Shows the code of a text, or of the last input: alone if it can stand alone.
    fn disasm(&self, text: &str) -> anyhow::Result<()> {
        let inputs = match (&self.last, text) {
            (None, "") => Vec::new(),
            (Some(last), "") => last.clone(),
            _ => self.with(text),
        };
        if inputs.is_empty() {
            console::error("there is no input yet");
            return Ok(());
        }
        let alone = inputs.last().map_or("", |input| &input.text);
        let transcript = Transcript::new(inputs.clone());
        let parse = |text| syntax::parse_within(text, self.memory());
        let program = match parse(alone).or_else(|_| parse(transcript.text())) {
            Ok(program) => program,
            Err(diagnostics) => {
                diagnosis::reject(&transcript, transcript.text(), &diagnostics);
                return Ok(());
            }
        };
        let code = self.variant.engine().compile(&Rc::new(program));
        match code.listing(false) {
            Some(listing) => print(&format!("{}\n", listing.trim_end())),
            None => {
                let name = &self.variant.name;
                console::error(format_args!("engine {name} has no code to list"));
                Ok(())
            }
        }
    }
}

fn print(text: &str) -> anyhow::Result<()> {
    console::print(text).map_err(anyhow::Error::msg)
}
