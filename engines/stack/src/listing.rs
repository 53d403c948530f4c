//! The disassembler: code as a person reads it.
//!
//! All that it says of an instruction comes from the instruction's declaration.

use std::fmt::{self, Write};

use runtime::{Value, View};
use syntax::{BindingKind, Builtin, FunctionId};

use crate::code::{Code, Function};
use crate::compiler::Layout;
use crate::isa::{Opcode, Operand};

/// Lists all functions of a program: offsets, operands, what they stand for, and the source line
/// where it changes; with `explain`, each instruction's meaning.
pub(crate) fn listing<V: Value>(code: &Code<V>, explain: bool) -> String {
    let mut text = String::new();
    let listing = Listing {
        code,
        layout: Layout::of(&code.program),
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
    layout: Layout,
    explain: bool,
}

impl<V: Value> Listing<'_, V> {
    fn function(&self, text: &mut String, id: FunctionId) -> fmt::Result {
        let function = &self.code.functions[id.index()];
        if id != FunctionId::MAIN {
            writeln!(text)?;
        }
        writeln!(
            text,
            "{}: {} bytes, {} locals, {} slots",
            self.title(id),
            function.code.len(),
            function.locals,
            function.slots,
        )?;
        let mut last_line = 0;
        for origin in function.origins() {
            let line = self.line(origin.span.start);
            if line != last_line {
                writeln!(
                    text,
                    "  {line:>4} | {}",
                    self.source_line(origin.span.start)
                )?;
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
        let mut at = offset + 1;
        let mut operands = Vec::new();
        let mut notes = Vec::new();
        for &kind in opcode.operands() {
            let value = read(&function.code[at..at + kind.size()]);
            at += kind.size();
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
            Operand::Local => self.name_of(|kind, slot| {
                kind.owner() == Some(id)
                    && !matches!(kind, BindingKind::Itself { .. })
                    && slot == value
            }),
            Operand::Global => self.name_of(|kind, _| kind == BindingKind::Global { index: value }),
            Operand::Captured => {
                let binding = *program.scope(id).captures.get(value as usize)?;
                Some(program.name(program.binding(binding).name).into())
            }
            Operand::Builtin => Some(Builtin::ALL.get(value as usize)?.name().into()),
            Operand::Function => Some(self.title(FunctionId(value))),
            Operand::Target | Operand::Count | Operand::Arguments => None,
        }
    }

    /// The name of the first variable of which `is` holds.
    fn name_of(&self, is: impl Fn(BindingKind, u32) -> bool) -> Option<String> {
        let program = &self.code.program;
        (0..program.binding_count())
            .map(|index| syntax::BindingId(index as u32))
            .find(|&id| is(program.binding(id).kind, self.layout.slot(id)))
            .map(|id| program.name(program.binding(id).name).into())
    }

    fn line(&self, offset: u32) -> usize {
        let before = &self.code.program.source().as_bytes()[..offset as usize];
        1 + before.iter().filter(|&&byte| byte == b'\n').count()
    }

    fn source_line(&self, offset: u32) -> &str {
        let source = self.code.program.source();
        let (before, after) = source.split_at(offset as usize);
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        let end = after
            .find('\n')
            .map_or(source.len(), |at| offset as usize + at);
        source[start..end].trim_end()
    }
}

/// A little-endian number of up to four bytes.
fn read(bytes: &[u8]) -> u32 {
    bytes
        .iter()
        .rev()
        .fold(0, |number, &byte| number << 8 | u32::from(byte))
}

/// A string constant on one line, cut if it is long.
fn quoted(string: &str) -> String {
    const LONGEST: usize = 40;
    let mut text: String = string.chars().take(LONGEST).collect();
    if text.len() < string.len() {
        text.push('…');
    }
    format!("{text:?}")
}
