//! The disassembler: code as a person reads it.
//!
//! All that it says of an instruction comes from the instruction's declaration.

use std::borrow::Cow;
use std::fmt::{self, Write};

use runtime::{SourceInfo as _, Value, View};
use syntax::{Builtin, FunctionId, LineIndex, Span, printable};

use crate::code::{Code, Function};
use crate::isa::{InstructionSet, Operand};
use crate::text::Names;

/// Lists all functions of a program: offsets, operands, what they stand for, and the source line
/// where it changes; with `explain`, each instruction's meaning.
pub fn listing<I: InstructionSet, V: Value>(code: &Code<V>, explain: bool) -> String {
    let mut text = String::new();
    let listing = Listing {
        code,
        lines: LineIndex::new(code.text.source()),
        names: code.text.names(),
        explain,
    };
    for index in 0..code.functions.len() {
        let id = FunctionId(u32::try_from(index).expect("functions are numbered in 32 bits"));
        listing
            .function::<I>(&mut text, id)
            .expect("writing to a string can't fail");
    }
    text
}

struct Listing<'c, V: Value> {
    code: &'c Code<V>,
    lines: LineIndex<'c>,
    names: Cow<'c, Names>,
    explain: bool,
}

impl<V: Value> Listing<'_, V> {
    fn function<I: InstructionSet>(&self, text: &mut String, id: FunctionId) -> fmt::Result {
        let function = &self.code.functions[id.index()];
        if id != FunctionId::MAIN {
            writeln!(text)?;
        }
        writeln!(
            text,
            "{}: {} bytes, locals {}, slots {}",
            self.title(id),
            function.code.len(),
            function.shape.locals,
            function.shape.slots,
        )?;
        let mut last_line = 0;
        for origin in &function.origins {
            let line = self.lines.line(origin.span.start);
            if line != last_line {
                writeln!(text, "  {line:>4} | {}", shown(self.lines.text(line)))?;
                last_line = line;
            }
            self.instruction::<I>(text, id, function, origin.offset as usize)?;
        }
        Ok(())
    }

    /// The function's name and parameters as the source has them, cut if they are long: not every list
    /// of saved names is one that a source could have.
    fn title(&self, id: FunctionId) -> String {
        if id == FunctionId::MAIN {
            return "program".into();
        }
        let names = &self.names.functions[id.index()];
        let mut title = String::from("fn");
        if let Some(name) = names.name {
            title = title + " " + &shown(self.code.text.at(name));
        }
        title.push('(');
        for (index, &parameter) in names.parameters.iter().enumerate() {
            // A character has at most four bytes, so there are more than enough of them.
            if title.len() > 4 * LONGEST {
                break;
            }
            if index > 0 {
                title.push_str(", ");
            }
            title.push_str(&shown(self.code.text.at(parameter)));
        }
        title.push(')');
        cut(&title).into_owned()
    }

    fn instruction<I: InstructionSet>(
        &self,
        text: &mut String,
        id: FunctionId,
        function: &Function,
        offset: usize,
    ) -> fmt::Result {
        let Some(opcode) = I::from_byte(function.code[offset]) else {
            return writeln!(text, "    {offset:04}  byte {}", function.code[offset]);
        };
        let mut operands = Vec::new();
        let mut notes = Vec::new();
        for (kind, value) in function.operands(opcode, offset) {
            operands.push(match kind {
                Operand::Target => format!("{value:04}"),
                _ => value.to_string(),
            });
            notes.extend(self.note(id, kind, value));
        }
        let instruction = format!("{} {}", opcode.name(), operands.join(" "));
        let notes = notes.join(", ");
        let line = if self.explain {
            format!(
                "    {offset:04}  {instruction:<28} {notes:<16} ; {}",
                opcode.meaning()
            )
        } else {
            format!("    {offset:04}  {instruction:<28} {notes}")
        };
        writeln!(text, "{}", line.trim_end())
    }

    /// What an operand stands for.
    fn note(&self, id: FunctionId, kind: Operand, value: u32) -> Option<String> {
        match kind {
            Operand::Constant | Operand::WideConstant => {
                Some(match self.code.constants[value as usize].view() {
                    View::Integer(value) => value.to_string(),
                    View::String(string) => quoted(string),
                    _ => return None,
                })
            }
            Operand::Local | Operand::Destination => {
                self.text(self.names.functions[id.index()].local(value))
            }
            Operand::Global => self.text(self.names.globals.get(value as usize).copied()),
            Operand::Captured => {
                let captures = &self.names.functions[id.index()].captures;
                self.text(captures.get(value as usize).copied())
            }
            Operand::Builtin => Some(Builtin::ALL.get(value as usize)?.name().into()),
            Operand::Function => Some(self.title(FunctionId(value))),
            Operand::Target | Operand::Count | Operand::Arguments => None,
        }
    }

    /// The name that stands at a span.
    fn text(&self, name: Option<Span>) -> Option<String> {
        Some(shown(self.code.text.at(name?)))
    }
}

/// The most characters that are shown of a text.
const LONGEST: usize = 120;

/// A string constant on one line.
fn quoted(string: &str) -> String {
    format!("{:?}", cut(string))
}

/// A text of the source on one line, cut if it is long, as the lines that errors show.
fn shown(text: &str) -> String {
    printable(&cut(text))
}

/// A text, or its beginning if it is long.
fn cut(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]).into(),
        None => text.into(),
    }
}
