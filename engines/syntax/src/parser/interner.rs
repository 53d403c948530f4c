//! Identifier texts, each stored once.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use crate::ast::Symbol;

/// Numbers distinct texts in the order in which they are first seen. The hash is seeded with a
/// constant, so that parsing takes the same number of instructions in every run.
#[derive(Default)]
pub(super) struct Interner<'source> {
    symbols: HashMap<&'source str, Symbol, FixedState>,
    texts: Vec<Box<str>>,
}

impl<'source> Interner<'source> {
    /// The symbol of a text.
    #[inline]
    pub(super) fn intern(&mut self, text: &'source str) -> Symbol {
        *self.symbols.entry(text).or_insert_with(|| {
            let symbol = Symbol(self.texts.len() as u32);
            self.texts.push(text.into());
            symbol
        })
    }

    /// The texts, by symbol.
    pub(super) fn into_texts(self) -> Vec<Box<str>> {
        self.texts
    }
}
