//! The disassembler: code as a person reads it.
//!
//! All that it says of an instruction comes from the instruction's declaration.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::{self, Write};

use runtime::{Value, View};
use syntax::{BindingId, BindingKind, Builtin, FunctionId, LineIndex, NameId};

use crate::code::{Code, Function};
use crate::compiler::Layout;
use crate::isa::{Opcode, Operand};

/// Lists all functions of a program: offsets, operands, what they stand for, and the source line
/// where it changes; with `explain`, each instruction's meaning.
pub(crate) fn listing<V: Value>(code: &Code<V>, explain: bool) -> String {
    let mut text = String::new();
    let listing = Listing {
        code,
        lines: LineIndex::new(code.program.source()),
        names: Names::of(code),
        explain,
    };
    for index in 0..code.functions.len() {
        let id = FunctionId(u32::try_from(index).expect("functions are numbered in 32 bits"));
        listing
            .function(&mut text, id)
            .expect("writing to a string can't fail");
    }
    text
}

struct Listing<'c, V: Value> {
    code: &'c Code<V>,
    lines: LineIndex<'c>,
    names: Names,
    explain: bool,
}

/// The names of variables, by where the machine keeps them.
#[derive(Default)]
struct Names {
    locals: HashMap<(FunctionId, u32), NameId>,
    globals: HashMap<u32, NameId>,
}

impl Names {
    fn of<V: Value>(code: &Code<V>) -> Self {
        let program = &code.program;
        let layout = Layout::of(program);
        let mut names = Self::default();
        for id in (0..program.binding_count()).map(|index| BindingId(index as u32)) {
            let binding = program.binding(id);
            match binding.kind {
                BindingKind::Global { index } => {
                    names.globals.insert(index, binding.name);
                }
                BindingKind::Local { function } | BindingKind::Parameter { function, .. } => {
                    let place = (function, layout.slot(id));
                    names.locals.insert(place, binding.name);
                }
                BindingKind::Itself { .. } => {}
            }
        }
        names
    }
}

impl<V: Value> Listing<'_, V> {
    fn function(&self, text: &mut String, id: FunctionId) -> fmt::Result {
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
        for origin in function.origins() {
            let line = self.lines.line(origin.span.start);
            if line != last_line {
                writeln!(text, "  {line:>4} | {}", cut(self.lines.text(line)))?;
                last_line = line;
            }
            self.instruction(text, id, function, origin.offset as usize)?;
        }
        Ok(())
    }

    /// The function's name and parameters as the source has them.
    fn title(&self, id: FunctionId) -> String {
        let program = &self.code.program;
        if id == FunctionId::MAIN {
            return "program".into();
        }
        let name = program.function(id).name;
        let name = name.map_or("", |name| program.name(name));
        let parameters: Vec<_> = program
            .parameters(id)
            .map(|binding| program.name(program.binding(binding).name))
            .collect();
        let space = if name.is_empty() { "" } else { " " };
        format!("fn{space}{name}({})", parameters.join(", "))
    }

    fn instruction(
        &self,
        text: &mut String,
        id: FunctionId,
        function: &Function,
        offset: usize,
    ) -> fmt::Result {
        let Some(opcode) = Opcode::from_byte(function.code[offset]) else {
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
        let program = &self.code.program;
        match kind {
            Operand::Constant | Operand::WideConstant => {
                Some(match self.code.constants[value as usize].view() {
                    View::Integer(value) => value.to_string(),
                    View::String(string) => quoted(string),
                    _ => return None,
                })
            }
            Operand::Local => self.text(self.names.locals.get(&(id, value))),
            Operand::Global => self.text(self.names.globals.get(&value)),
            Operand::Captured => {
                let binding = *program.scope(id).captures.get(value as usize)?;
                Some(program.name(program.binding(binding).name).into())
            }
            Operand::Builtin => Some(Builtin::ALL.get(value as usize)?.name().into()),
            Operand::Function => Some(self.title(FunctionId(value))),
            Operand::Target | Operand::Count | Operand::Arguments => None,
        }
    }

    fn text(&self, name: Option<&NameId>) -> Option<String> {
        Some(self.code.program.name(*name?).into())
    }
}

/// A string constant on one line.
fn quoted(string: &str) -> String {
    format!("{:?}", cut(string))
}

/// A text, or its beginning if it is long.
fn cut(text: &str) -> Cow<'_, str> {
    const LONGEST: usize = 120;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]).into(),
        None => text.into(),
    }
}
