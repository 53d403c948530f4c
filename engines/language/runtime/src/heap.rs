//! The object that a value refers to, in those representations that keep small values out of the
//! heap: they differ in how a value tells what it is, and in nothing else.

use std::rc::Rc;

use crate::object::{Array, Closure, Hash, Str};
use crate::value::{Value, View};

/// What has no room in a value.
#[derive(Debug)]
pub(crate) enum Object<V: Value> {
    /// An integer, where it has none; one that has is never here.
    Integer(i64),
    /// A string.
    String(Str),
    /// An array.
    Array(Array<V>),
    /// Boxed, since a hash table would make every other object larger.
    Hash(Box<Hash<V>>),
    /// A function.
    Function(Closure<V>),
}

impl<V: Value> Object<V> {
    /// What the object is.
    #[inline(always)]
    pub(crate) fn view(&self) -> View<'_, V> {
        match self {
            Self::Integer(value) => View::Integer(*value),
            Self::String(string) => View::String(string),
            Self::Array(array) => View::Array(array),
            Self::Hash(hash) => View::Hash(hash),
            Self::Function(closure) => View::Function(closure),
        }
    }

    /// The integer, if it is one.
    #[inline(always)]
    pub(crate) fn as_integer(&self) -> Option<i64> {
        match self {
            Self::Integer(value) => Some(*value),
            _ => None,
        }
    }

    /// The closure, if it is a function.
    #[inline(always)]
    pub(crate) fn as_closure(&self) -> Option<&Closure<V>> {
        match self {
            Self::Function(closure) => Some(closure),
            _ => None,
        }
    }

    /// The string, if it is one.
    pub(crate) fn as_string_mut(&mut self) -> Option<&mut Str> {
        match self {
            Self::String(string) => Some(string),
            _ => None,
        }
    }

    /// The array, if it is one.
    pub(crate) fn as_array_mut(&mut self) -> Option<&mut Array<V>> {
        match self {
            Self::Array(array) => Some(array),
            _ => None,
        }
    }

    /// For [`Value::dismantle`]: drops a reference and, if it was the last one, the object, whose
    /// values are appended to `pending`.
    pub(crate) fn dismantle(reference: Rc<Self>, pending: &mut Vec<V>) {
        match Rc::into_inner(reference) {
            Some(Self::Array(array)) => array.dismantle(pending),
            Some(Self::Hash(hash)) => hash.dismantle(pending),
            Some(Self::Function(closure)) => closure.dismantle(pending),
            Some(Self::Integer(_) | Self::String(_)) | None => {}
        }
    }
}
