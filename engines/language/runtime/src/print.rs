//! Printing of values, without recursion: a worklist holds the containers being printed.
//!
//! Fuel is taken for the bytes that are printed, before they are, so that every engine's output
//! ends at the same byte.

use std::fmt::Arguments;
use std::io::{self, Write};
use std::slice;

use syntax::FunctionId;

use crate::error::{ErrorKind, Raised, Shortage};
use crate::limits::{Fuel, Limits, Walk};
use crate::memory::{MAX_LENGTH, try_push};
use crate::object::Key;
use crate::source_info::SourceInfo;
use crate::value::{Value, View};

/// Prints a value as `puts` does, without the end of the line.
///
/// # Errors
/// [`ErrorKind::OutputFailed`], or a limit; what was printed before stays printed.
pub fn write_value<V: Value>(
    program: &dyn SourceInfo,
    value: &V,
    fuel: &mut Fuel,
    out: &mut dyn Write,
) -> Result<(), Raised> {
    Printer::new(program, fuel, out).value(value)
}

/// Prints a value and the end of the line.
pub(crate) fn write_line<V: Value>(
    program: &dyn SourceInfo,
    value: &V,
    fuel: &mut Fuel,
    out: &mut dyn Write,
) -> Result<(), Raised> {
    let mut printer = Printer::new(program, fuel, out);
    printer.value(value)?;
    printer.text("\n")
}

/// The text of a program's final value. The limits allow for it as for one more program: its fuel,
/// and its memory for the bytes of the text, of which there may be 2^31 as in any string.
///
/// # Errors
/// [`ErrorKind::OutOfMemory`], [`ErrorKind::OutOfFuel`]
pub fn to_text<V: Value>(
    program: &dyn SourceInfo,
    value: &V,
    limits: &Limits,
) -> Result<String, Raised> {
    let allowed = limits.memory.map_or(MAX_LENGTH, |bytes| {
        usize::try_from(bytes).map_or(MAX_LENGTH, |bytes| bytes.min(MAX_LENGTH))
    });
    let mut text = BoundedText {
        bytes: Vec::new(),
        allowed,
        shortage: None,
    };
    let written = write_value(program, value, &mut Fuel::new(limits.fuel), &mut text);
    if let Some(shortage) = text.shortage {
        return Err(ErrorKind::OutOfMemory(shortage).into());
    }
    written?;
    // Strings are UTF-8 and so is all that stands between them.
    Ok(String::from_utf8(text.bytes)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
}

/// A text in memory that fails rather than grow too long.
struct BoundedText {
    bytes: Vec<u8>,
    allowed: usize,
    /// Why it has failed.
    shortage: Option<Shortage>,
}

impl Write for BoundedText {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        let room = self.allowed - self.bytes.len();
        self.shortage = if piece.len() > room && self.allowed == MAX_LENGTH {
            Some(Shortage::Length)
        } else if piece.len() > room {
            Some(Shortage::Allowed)
        } else if self.bytes.try_reserve(piece.len()).is_err() {
            Some(Shortage::System)
        } else {
            None
        };
        if self.shortage.is_some() {
            return Err(io::ErrorKind::OutOfMemory.into());
        }
        self.bytes.extend_from_slice(piece);
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A container being printed: what of it is still to come.
enum Open<'v, V: Value> {
    Array(slice::Iter<'v, V>),
    Hash(indexmap::map::Iter<'v, Key, V>),
}

struct Printer<'p> {
    program: &'p dyn SourceInfo,
    fuel: &'p mut Fuel,
    out: &'p mut dyn Write,
    walk: Walk,
}

impl<'p> Printer<'p> {
    fn new(program: &'p dyn SourceInfo, fuel: &'p mut Fuel, out: &'p mut dyn Write) -> Self {
        Self {
            program,
            fuel,
            out,
            walk: Walk::default(),
        }
    }

    fn value<V: Value>(&mut self, value: &V) -> Result<(), Raised> {
        let mut open = Vec::new();
        if let Some(container) = self.begin(value)? {
            try_push(&mut open, container)?;
        }
        let mut first = true;
        while let Some(container) = open.last_mut() {
            let (next, end) = match container {
                Open::Array(rest) => (rest.next().map(|value| (None, value)), "]"),
                Open::Hash(rest) => (rest.next().map(|(key, value)| (Some(key), value)), "}"),
            };
            let Some((key, value)) = next else {
                self.text(end)?;
                open.pop();
                first = false;
                continue;
            };
            if !first {
                self.text(", ")?;
            }
            if let Some(key) = key {
                self.key(key)?;
                self.text(": ")?;
            }
            let inner = self.begin(value)?;
            first = inner.is_some();
            if let Some(container) = inner {
                try_push(&mut open, container)?;
            }
        }
        Ok(())
    }

    /// Prints a value, but of a container no more than its opening bracket.
    fn begin<'v, V: Value>(&mut self, value: &'v V) -> Result<Option<Open<'v, V>>, Raised> {
        match value.view() {
            View::Null => self.text("null")?,
            View::Boolean(value) => self.boolean(value)?,
            View::Integer(value) => self.format(format_args!("{value}"))?,
            View::String(text) => self.text(text)?,
            View::Function(closure) => self.function(closure.function)?,
            View::Builtin(builtin) => self.format(format_args!("builtin {}", builtin.name()))?,
            View::Array(array) => {
                self.text("[")?;
                return Ok(Some(Open::Array(array.iter())));
            }
            View::Hash(hash) => {
                self.text("{")?;
                return Ok(Some(Open::Hash(hash.iter())));
            }
        }
        Ok(None)
    }

    fn key(&mut self, key: &Key) -> Result<(), Raised> {
        match key {
            Key::Integer(value) => self.format(format_args!("{value}")),
            Key::Boolean(value) => self.boolean(*value),
            Key::String(text) => self.text(text),
        }
    }

    fn function(&mut self, id: FunctionId) -> Result<(), Raised> {
        let program = self.program;
        let mut names = (0..).map_while(|index| program.parameter(id, index));
        self.text("fn(")?;
        if let Some(first) = names.next() {
            self.text(first)?;
        }
        for name in names {
            self.text(", ")?;
            self.text(name)?;
        }
        self.text(")")
    }

    fn boolean(&mut self, value: bool) -> Result<(), Raised> {
        self.text(if value { "true" } else { "false" })
    }

    /// Prints what is known to be short.
    fn format(&mut self, text: Arguments<'_>) -> Result<(), Raised> {
        self.text(&text.to_string())
    }

    fn text(&mut self, text: &str) -> Result<(), Raised> {
        self.walk.step(self.fuel, text.len())?;
        self.out
            .write_all(text.as_bytes())
            .map_err(|error| match error.kind() {
                io::ErrorKind::OutOfMemory => ErrorKind::OutOfMemory(Shortage::System).into(),
                kind => ErrorKind::OutputFailed(kind).into(),
            })
    }
}
