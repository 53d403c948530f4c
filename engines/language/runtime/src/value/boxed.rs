//! The representation of the source documents: every value is an object of its own behind a
//! reference-counted pointer, integers too. `null` alone is the absence of an object.

use std::mem;
use std::rc::Rc;

use syntax::Builtin;

use crate::object::{Array, Closure, Hash, Str};
use crate::value::{Value, View};

/// A value behind a pointer.
#[derive(Clone, Debug, Default)]
pub struct Boxed(Option<Rc<Cell>>);

const _: () = assert!(mem::size_of::<Boxed>() == 8);

/// What a value points to. The integer stands outside the enum, so that reading it where the type
/// is known needs no test of the type.
#[derive(Debug)]
struct Cell {
    integer: i64,
    body: Body,
}

// With the two reference counts 56 bytes, which a common allocator fits into a block of 64.
const _: () = assert!(mem::size_of::<Cell>() <= 40);

/// The type of a value, and its data if that is no integer.
#[derive(Debug)]
enum Body {
    Integer,
    Boolean(bool),
    String(Str),
    Array(Array<Boxed>),
    /// Boxed, since a hash table would make every other cell larger.
    Hash(Box<Hash<Boxed>>),
    Function(Closure<Boxed>),
    Builtin(Builtin),
}

/// The objects that every program needs: the booleans and the built-in functions.
#[derive(Debug)]
pub struct BoxedPool {
    booleans: [Boxed; 2],
    builtins: [Boxed; Builtin::ALL.len()],
}

impl Default for BoxedPool {
    fn default() -> Self {
        Self {
            booleans: [false, true].map(|value| Boxed::object(Body::Boolean(value))),
            builtins: Builtin::ALL.map(|builtin| Boxed::object(Body::Builtin(builtin))),
        }
    }
}

impl Boxed {
    fn object(body: Body) -> Self {
        Self(Some(Rc::new(Cell { integer: 0, body })))
    }

    /// The cell, if no other value points to it.
    fn unique_body(&mut self) -> Option<&mut Body> {
        let cell = Rc::get_mut(self.0.as_mut()?)?;
        Some(&mut cell.body)
    }
}

impl Value for Boxed {
    type Pool = BoxedPool;

    #[inline(always)]
    fn integer(value: i64) -> Self {
        Self(Some(Rc::new(Cell {
            integer: value,
            body: Body::Integer,
        })))
    }

    #[inline(always)]
    fn integer_allocates(_value: i64) -> bool {
        true
    }

    #[inline(always)]
    fn boolean(pool: &BoxedPool, value: bool) -> Self {
        pool.booleans[usize::from(value)].clone()
    }

    fn builtin(pool: &BoxedPool, builtin: Builtin) -> Self {
        pool.builtins[builtin as usize].clone()
    }

    fn string(string: Str) -> Self {
        Self::object(Body::String(string))
    }

    fn array(array: Array<Self>) -> Self {
        Self::object(Body::Array(array))
    }

    fn hash(hash: Hash<Self>) -> Self {
        Self::object(Body::Hash(Box::new(hash)))
    }

    fn function(closure: Closure<Self>) -> Self {
        Self::object(Body::Function(closure))
    }

    #[inline]
    fn view(&self) -> View<'_, Self> {
        let Some(cell) = &self.0 else {
            return View::Null;
        };
        match &cell.body {
            Body::Integer => View::Integer(cell.integer),
            Body::Boolean(value) => View::Boolean(*value),
            Body::String(string) => View::String(string),
            Body::Array(array) => View::Array(array),
            Body::Hash(hash) => View::Hash(hash),
            Body::Function(closure) => View::Function(closure),
            Body::Builtin(builtin) => View::Builtin(*builtin),
        }
    }

    #[inline(always)]
    fn as_integer(&self) -> Option<i64> {
        match self.0.as_deref() {
            Some(Cell {
                integer,
                body: Body::Integer,
            }) => Some(*integer),
            _ => None,
        }
    }

    #[inline(always)]
    fn integer_or_any(&self) -> i64 {
        self.0.as_ref().map_or(0, |cell| cell.integer)
    }

    #[inline(always)]
    fn as_closure(&self) -> Option<&Closure<Self>> {
        match self.0.as_deref() {
            Some(Cell {
                body: Body::Function(closure),
                ..
            }) => Some(closure),
            _ => None,
        }
    }

    #[inline(always)]
    fn is_reference(&self) -> bool {
        self.0.is_some()
    }

    #[inline(always)]
    fn is_last_reference(&self) -> bool {
        self.0
            .as_ref()
            .is_some_and(|cell| Rc::strong_count(cell) == 1)
    }

    #[inline(always)]
    fn is_truthy(&self) -> bool {
        match &self.0 {
            None => false,
            Some(cell) => !matches!(cell.body, Body::Boolean(false)),
        }
    }

    fn unique_string(&mut self) -> Option<&mut Str> {
        match self.unique_body()? {
            Body::String(string) => Some(string),
            _ => None,
        }
    }

    fn unique_array(&mut self) -> Option<&mut Array<Self>> {
        match self.unique_body()? {
            Body::Array(array) => Some(array),
            _ => None,
        }
    }

    fn dismantle(self, pending: &mut Vec<Self>) {
        let Some(cell) = self.0.and_then(Rc::into_inner) else {
            return;
        };
        match cell.body {
            Body::Array(array) => array.dismantle(pending),
            Body::Hash(hash) => hash.dismantle(pending),
            Body::Function(closure) => closure.dismantle(pending),
            Body::Integer | Body::Boolean(_) | Body::String(_) | Body::Builtin(_) => {}
        }
    }
}
