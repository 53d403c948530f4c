//! What an execution has at hand besides the program's own data.

use std::io::Write;

use syntax::Builtin;

use crate::limits::{Fuel, Limits};
use crate::meter::Meter;
use crate::object::{Array, Closure, Hash, Str};
use crate::source_info::SourceInfo;
use crate::value::Value;

/// Where an engine finds an integer that it has made before, if it keeps any.
pub trait Integers<V> {
    /// The kept integer, or none if a new one has to be made.
    fn kept(&self, value: i64) -> Option<V>;
}

/// Keeps no integer: each is made anew.
#[derive(Clone, Copy, Debug, Default)]
pub struct Fresh;

impl<V> Integers<V> for Fresh {
    #[inline(always)]
    fn kept(&self, _value: i64) -> Option<V> {
        None
    }
}

/// The context of one execution: what operators and builtins need. It is the only maker of values
/// at run time, so that what it counts is everything.
pub struct Session<'s, V: Value, M, I = Fresh> {
    /// The program, for the names of parameters.
    pub program: &'s dyn SourceInfo,
    /// Values made before.
    pub pool: &'s V::Pool,
    /// Integers made before.
    pub integers: I,
    /// Work left.
    pub fuel: Fuel,
    /// What is counted.
    pub meter: &'s mut M,
    /// Where `puts` prints.
    pub output: &'s mut dyn Write,
}

impl<'s, V: Value, M: Meter, I: Integers<V>> Session<'s, V, M, I> {
    /// Starts an execution within `limits`.
    pub fn new(
        program: &'s dyn SourceInfo,
        pool: &'s V::Pool,
        integers: I,
        limits: &Limits,
        meter: &'s mut M,
        output: &'s mut dyn Write,
    ) -> Self {
        Self {
            program,
            pool,
            integers,
            fuel: Fuel::new(limits.fuel),
            meter,
            output,
        }
    }

    /// An integer, kept or new.
    #[inline(always)]
    pub fn integer(&mut self, value: i64) -> V {
        if V::integer_allocates(value) {
            if let Some(kept) = self.integers.kept(value) {
                return kept;
            }
            self.meter.allocation();
        }
        V::integer(value)
    }

    /// `true` or `false`.
    #[inline(always)]
    pub fn boolean(&mut self, value: bool) -> V {
        V::boolean(self.pool, value)
    }

    /// A built-in function.
    pub fn builtin(&mut self, builtin: Builtin) -> V {
        V::builtin(self.pool, builtin)
    }

    /// A new string.
    pub fn string(&mut self, string: Str) -> V {
        self.meter.allocation();
        V::string(string)
    }

    /// A new array.
    pub fn array(&mut self, array: Array<V>) -> V {
        self.meter.allocation();
        V::array(array)
    }

    /// A new hash.
    pub fn hash(&mut self, hash: Hash<V>) -> V {
        self.meter.allocation();
        V::hash(hash)
    }

    /// A new function.
    pub fn function(&mut self, closure: Closure<V>) -> V {
        self.meter.allocation();
        V::function(closure)
    }
}
