//! What is wrong with a program, or what it may not mean, as people read it: message, place and caret, the calls that led there,
//! and of a limit how large it is and which option moves it.
//!
//! The errors themselves, and which calls they tell of, are `runtime`'s and `syntax`'s; that there are
//! options is known here alone.

use std::borrow::Cow;
use std::rc::Rc;

use catalog::runtime::{Call, Calls, ErrorKind, Limits, RuntimeError, Shortage, memory};
use catalog::syntax::{
    Diagnostics, Position, Program, Report, Severity, Span, Style, SyntaxErrorKind, parse_within,
    position_of, printable, remarks,
};
use reports::format::count;
use serde::Serialize;

use crate::console;
use crate::failure::Status;
use crate::sources::Source;

/// Where the parts of a program's text come from.
pub(crate) trait Origins {
    /// The source that holds a place of the text, and the place there.
    fn locate(&self, span: Span) -> (&Source, Span);
}

impl Origins for Source {
    fn locate(&self, span: Span) -> (&Source, Span) {
        (self, span)
    }
}

/// What a program was run within.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Bounds<'l> {
    /// Limits that options of the command give ([`crate::limits::LimitOptions`]).
    Options(&'l Limits),
    /// Limits that the command always sets.
    Fixed(&'l Limits),
}

/// An error, before the program ran or while it did, or a remark on a program, for machines.
#[derive(Serialize)]
pub(crate) struct Problem {
    message: String,
    line: u32,
    column: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<String>,
    /// The calls that the place is within, the innermost first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    calls: Vec<CallSite>,
    /// How many more calls there are around these.
    #[serde(skip_serializing_if = "is_zero")]
    other_calls: u64,
}

/// So many calls of a function at one place, each within the next.
#[derive(Serialize)]
struct CallSite {
    function: Option<String>,
    line: u32,
    column: u32,
    times: u64,
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands it on like this"
)]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// All that is wrong with a program that doesn't parse, for machines.
pub(crate) fn syntax_problems(source: &Source, diagnostics: &Diagnostics) -> Vec<Problem> {
    let problems = diagnostics.iter().map(|diagnostic| {
        let Position { line, column } = position_of(&source.text, diagnostic.span.start);
        Problem {
            message: diagnostic.to_string(),
            line,
            column,
            help: syntax_help(&diagnostic.kind, &source.text).map(Into::into),
            calls: Vec::new(),
            other_calls: 0,
        }
    });
    problems.collect()
}

/// A run-time error, for machines.
pub(crate) fn problem(source: &Source, error: &RuntimeError, bounds: Bounds<'_>) -> Problem {
    let Position { line, column } = position_of(&source.text, error.span.start);
    let calls = error.calls.innermost().iter().map(|call| {
        let Position { line, column } = position_of(&source.text, call.span.start);
        CallSite {
            function: call.name.map(|name| text(source, name).to_owned()),
            line,
            column,
            times: call.times,
        }
    });
    Problem {
        message: error.to_string(),
        line,
        column,
        help: limit_help(&error.kind, bounds),
        calls: calls.collect(),
        other_calls: error.calls.others(),
    }
}

/// Reports all that is wrong with a text that is no program.
pub(crate) fn reject(origins: &dyn Origins, text: &str, diagnostics: &Diagnostics) {
    let everything = Span {
        start: 0,
        end: u32::try_from(text.len()).unwrap_or(u32::MAX),
    };
    // Of one source, all places are found in one pass.
    let (source, _) = origins.locate(everything);
    let is_over_limit = diagnostics.iter().any(|it| is_out_of_memory(&it.kind));
    if source.text.len() == text.len() && !is_over_limit {
        let drawn = diagnostics.render(text, &source.origin, style());
        console::drawn(drawn.trim_end());
        return;
    }
    for diagnostic in diagnostics.iter() {
        let shown = Shown {
            severity: Severity::Error,
            message: diagnostic.to_string(),
            note: None,
            help: syntax_help(&diagnostic.kind, text),
        };
        console::drawn(shown.at(origins.locate(diagnostic.span), style()));
    }
}

/// Says what a program that is right may not mean.
pub(crate) fn remark(source: &Source) {
    for remark in remarks(&source.text) {
        let shown = Shown {
            severity: Severity::Note,
            message: remark.to_string(),
            note: None,
            help: Some(remark.help().into()),
        };
        console::drawn(shown.at((source, remark.span), style()));
    }
}

/// The same for machines.
pub(crate) fn remarks_on(source: &Source) -> Vec<Problem> {
    let remarks = remarks(&source.text).into_iter().map(|remark| {
        let Position { line, column } = position_of(&source.text, remark.span.start);
        Problem {
            message: remark.to_string(),
            line,
            column,
            help: Some(remark.help()),
            calls: Vec::new(),
            other_calls: 0,
        }
    });
    remarks.collect()
}

fn is_out_of_memory(kind: &SyntaxErrorKind) -> bool {
    matches!(kind, SyntaxErrorKind::OutOfMemory { .. })
}

/// What to do about an error before the program ran: of a limit, which option moves it.
fn syntax_help<'t>(kind: &SyntaxErrorKind, text: &'t str) -> Option<Cow<'t, str>> {
    if is_out_of_memory(kind) {
        return Some("--max-memory sets another limit".into());
    }
    kind.help(text)
}

/// Reports a run-time error of a program that ran within `bounds`.
pub(crate) fn report(origins: &dyn Origins, error: &RuntimeError, bounds: Bounds<'_>) {
    console::drawn(drawn(origins, error, bounds, style()));
}

/// A run-time error as it is shown.
pub(crate) fn drawn(
    origins: &dyn Origins,
    error: &RuntimeError,
    bounds: Bounds<'_>,
    style: Style,
) -> String {
    let shown = Shown {
        severity: Severity::Error,
        message: error.to_string(),
        note: calls(origins, &error.calls),
        help: limit_help(&error.kind, bounds).map(Into::into),
    };
    shown.at(origins.locate(error.span), style)
}

/// What is said of a place in a program.
struct Shown<'t> {
    severity: Severity,
    message: String,
    note: Option<String>,
    help: Option<Cow<'t, str>>,
}

impl Shown<'_> {
    /// The same with the place.
    fn at(&self, (source, span): (&Source, Span), style: Style) -> String {
        let report = Report {
            source: &source.text,
            origin: &source.origin,
            severity: self.severity,
            message: &self.message,
            span,
            note: self.note.as_deref(),
            help: self.help.as_deref(),
        };
        report.render(style)
    }
}

/// The calls that led to an error, a line each; nothing if there are none.
fn calls(origins: &dyn Origins, calls: &Calls) -> Option<String> {
    let (first, others) = calls.innermost().split_first()?;
    let mut lines = format!("in {}", call(origins, first));
    for other in others {
        lines += &format!("\nin {}", call(origins, other));
    }
    match calls.others() {
        0 => {}
        1 => lines += "\n… 1 more call",
        more => lines += &format!("\n… {} more calls", count(more)),
    }
    Some(lines)
}

/// The longest name that is shown whole.
const LONGEST_NAME: usize = 40;

fn call(origins: &dyn Origins, call: &Call) -> String {
    let (source, span) = origins.locate(call.span);
    let position = position_of(&source.text, span.start);
    let name = call.name.map_or_else(
        || "a function without a name".to_owned(),
        |name| {
            let (source, name) = origins.locate(name);
            let name = text(source, name);
            match name.char_indices().nth(LONGEST_NAME) {
                Some((end, _)) => format!("{}…", &name[..end]),
                None => name.to_owned(),
            }
        },
    );
    let place = format!("{name}, called at {}:{position}", printable(&source.origin));
    match call.times {
        1 => place,
        times => format!("{place}, {} times in a row", count(times)),
    }
}

fn text(source: &Source, span: Span) -> &str {
    &source.text[span.start as usize..span.end as usize]
}

/// Of an error that is a limit: which it is, how large, and the option that moves it.
fn limit_help(kind: &ErrorKind, bounds: Bounds<'_>) -> Option<String> {
    let (Bounds::Options(limits) | Bounds::Fixed(limits)) = bounds;
    let limit = |amount: u64, what: &str, option: &str| {
        let remedy = match bounds {
            Bounds::Options(_) => format!("{option} sets another"),
            Bounds::Fixed(_) => "no option of this command changes that".to_owned(),
        };
        format!("the limit is {} {what}; {remedy}", count(amount))
    };
    Some(match kind {
        ErrorKind::StackOverflow => limit(limits.depth.into(), "nested calls", "--max-depth"),
        ErrorKind::OutOfFuel => limit(limits.fuel?, "units of work", "--fuel"),
        ErrorKind::OutOfMemory(Shortage::Allowed) => {
            limit(limits.memory?, "bytes for values", "--max-memory")
        }
        ErrorKind::OutOfMemory(Shortage::Length) => format!(
            "a string has at most {0} bytes and an array {0} elements; no option changes that",
            count(memory::MAX_LENGTH as u64)
        ),
        ErrorKind::OutOfMemory(Shortage::System) => match bounds {
            Bounds::Options(_) => {
                "the system has no more; --max-memory and --max-depth end a program before that"
                    .to_owned()
            }
            Bounds::Fixed(_) => "the system has no more".to_owned(),
        },
        _ => return None,
    })
}

fn style() -> Style {
    Style {
        color: console::stderr_has_colors(),
        width: console::stderr_width(),
    }
}

/// Parses a program that may be given so many bytes only, and says what it may not mean, or reports
/// all that is wrong with it.
pub(crate) fn parse(source: &Source, memory: Option<u64>) -> Result<Rc<Program>, Status> {
    match parse_within(&source.text, memory.unwrap_or(u64::MAX)) {
        Ok(program) => {
            remark(source);
            Ok(Rc::new(program))
        }
        Err(diagnostics) => {
            reject(source, &source.text, &diagnostics);
            Err(Status::Failed)
        }
    }
}
