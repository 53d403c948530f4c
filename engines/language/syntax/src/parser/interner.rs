//! Identifier texts, each stored once.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use crate::ast::{Symbol, bytes};

/// Numbers distinct texts in the order in which they are first seen. The hash is seeded with a
/// constant, so that parsing takes the same number of instructions in every run.
#[derive(Default)]
pub(super) struct Interner<'source> {
    symbols: HashMap<&'source str, Symbol, FixedState>,
    texts: Vec<Box<str>>,
    text_bytes: usize,
}

impl<'source> Interner<'source> {
    /// The symbol of a text.
    #[inline]
    pub(super) fn intern(&mut self, text: &'source str) -> Symbol {
        // Most names have been seen before: looking them up alone takes less than an entry does.
        match self.symbols.get(text) {
            Some(&symbol) => symbol,
            None => self.add(text),
        }
    }

    #[cold]
    fn add(&mut self, text: &'source str) -> Symbol {
        let symbol = Symbol(self.texts.len() as u32);
        self.texts.push(text.into());
        self.text_bytes += text.len();
        self.symbols.insert(text, symbol);
        symbol
    }

    /// Bytes on the heap that it takes.
    pub(super) fn heap_bytes(&self) -> usize {
        // The map takes a byte of control for each place.
        let places = self.symbols.capacity() * (size_of::<(&str, Symbol)>() + 1);
        places + bytes(&self.texts) + self.text_bytes
    }

    /// The texts, by symbol.
    pub(super) fn into_texts(self) -> Vec<Box<str>> {
        self.texts
    }
}
