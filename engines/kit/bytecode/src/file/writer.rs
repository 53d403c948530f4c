//! From code to a file's bytes.

use engine::OptimizationSet as _;
use runtime::{SourceInfo as _, Value, View};
use syntax::Span;

use crate::code::{Code, Function};
use crate::file::{
    COVERED, INTEGER, LENGTH, MAX_BYTES, SIGNATURE, STRING, TooLarge, VERSION, instruction_set,
    seal,
};
use crate::isa::InstructionSet;
use crate::text::FunctionNames;

/// The whole file.
pub(super) fn file<I: InstructionSet, V: Value>(
    code: &Code<V>,
    optimizations: I::Optimizations,
    engine: &str,
) -> Result<Vec<u8>, TooLarge> {
    let mut writer = Writer(SIGNATURE.to_vec());
    writer.number(VERSION);
    // Length and checksum come when all the rest is there.
    writer.0.resize(COVERED, 0);
    writer.number(instruction_set::<I>());
    writer.number(optimizations.bits());
    writer.text(engine);
    writer.text(code.text.source());
    writer.count(code.constants.len());
    for constant in &code.constants {
        writer.constant(constant);
    }
    let names = code.text.names();
    writer.spans(&names.globals);
    writer.count(code.functions.len());
    for (function, names) in code.functions.iter().zip(&names.functions) {
        writer.function(function, names);
    }
    let Writer(mut bytes) = writer;
    if bytes.len() > MAX_BYTES {
        return Err(TooLarge { bytes: bytes.len() });
    }
    debug_assert!(bytes.len() >= COVERED && LENGTH < COVERED);
    seal(&mut bytes);
    Ok(bytes)
}

struct Writer(Vec<u8>);

impl Writer {
    fn number(&mut self, number: u32) {
        self.0.extend_from_slice(&number.to_le_bytes());
    }

    fn count(&mut self, count: usize) {
        self.number(u32::try_from(count).expect("code has fewer than 2^32 of anything"));
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.count(bytes.len());
        self.0.extend_from_slice(bytes);
    }

    fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    fn span(&mut self, span: Span) {
        self.number(span.start);
        self.number(span.end);
    }

    fn spans(&mut self, spans: &[Span]) {
        self.count(spans.len());
        for &span in spans {
            self.span(span);
        }
    }

    fn constant<V: Value>(&mut self, constant: &V) {
        match constant.view() {
            View::Integer(value) => {
                self.0.push(INTEGER);
                self.0.extend_from_slice(&value.to_le_bytes());
            }
            View::String(text) => {
                self.0.push(STRING);
                self.text(text);
            }
            _ => unreachable!("constants are integers and strings"),
        }
    }

    fn function(&mut self, function: &Function, names: &FunctionNames) {
        let shape = &function.shape;
        debug_assert_eq!(shape.arity as usize, names.parameters.len());
        debug_assert_eq!(
            shape.locals as usize,
            names.parameters.len() + names.lets.len()
        );
        debug_assert_eq!(function.captures as usize, names.captures.len());
        self.span(names.name.unwrap_or_default());
        self.spans(&names.parameters);
        self.spans(&names.lets);
        self.spans(&names.captures);
        self.number(shape.slots - shape.locals);
        self.number(shape.weight);
        self.bytes(&function.code);
        for origin in &function.origins {
            self.span(origin.span);
        }
    }
}
