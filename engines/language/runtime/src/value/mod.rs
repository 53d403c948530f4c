//! The representation of values: what an engine is generic over.
//!
//! A representation says how a value lies in memory and nothing else; what operators, builtins,
//! printing, equality and hashing mean is written once, in this crate's other modules, over this
//! trait.

pub(crate) mod boxed;
pub(crate) mod nan;
pub(crate) mod ptr;
pub(crate) mod tagged;
mod word;

use std::fmt::Debug;

use syntax::Builtin;

use crate::error::Type;
use crate::object::{Array, Closure, Hash, Str};

mod sealed {
    /// Representations are this crate's: unchecked machines rely on what they say of a value, such as which
    /// function a closure is of.
    pub trait Sealed {}

    impl Sealed for super::boxed::Boxed {}
    impl Sealed for super::tagged::Tagged {}
    impl<L: super::word::Layout> Sealed for super::word::Word<L> {}
}

/// A Monkey value in some representation. The default value is `null`.
pub trait Value: sealed::Sealed + Clone + Debug + Default + 'static {
    /// Objects that are made once, before any program runs.
    type Pool: Debug + Default;

    /// A new integer. Whether that makes a heap object, [`Value::integer_allocates`] tells.
    fn integer(value: i64) -> Self;

    /// Whether [`Value::integer`] makes a heap object of this value.
    fn integer_allocates(value: i64) -> bool;

    /// `true` or `false`.
    fn boolean(pool: &Self::Pool, value: bool) -> Self;

    /// A built-in function.
    fn builtin(pool: &Self::Pool, builtin: Builtin) -> Self;

    /// A new string object.
    fn string(string: Str) -> Self;

    /// A new array object.
    fn array(array: Array<Self>) -> Self;

    /// A new hash object.
    fn hash(hash: Hash<Self>) -> Self;

    /// A new function object.
    fn function(closure: Closure<Self>) -> Self;

    /// What the value is, whatever its representation.
    fn view(&self) -> View<'_, Self>;

    /// The integer, if it is one.
    fn as_integer(&self) -> Option<i64>;

    /// The integer if it is one, else some integer: for a caller that knows the type and saves the
    /// test.
    fn integer_or_any(&self) -> i64;

    /// The closure, if it is a function.
    fn as_closure(&self) -> Option<&Closure<Self>>;

    /// Whether it is a reference to an object, so that copies of it are counted and its drop is, too.
    fn is_reference(&self) -> bool;

    /// Whether it is the last reference to an object, so that its drop is the object's end.
    fn is_last_reference(&self) -> bool;

    /// Whether it counts as true: all values but `false` and `null` do.
    fn is_truthy(&self) -> bool;

    /// The string, if it is one that nothing else refers to, so that it may change in place.
    fn unique_string(&mut self) -> Option<&mut Str>;

    /// The array, if it is one that nothing else refers to.
    fn unique_array(&mut self) -> Option<&mut Array<Self>>;

    /// Drops this reference; if it was the last one to an object that holds values, these are
    /// appended to `pending` rather than dropped, so that no chain of objects, however long, is
    /// dropped by recursion.
    fn dismantle(self, pending: &mut Vec<Self>);

    /// The value's type.
    fn type_of(&self) -> Type {
        match self.view() {
            View::Null => Type::Null,
            View::Boolean(_) => Type::Boolean,
            View::Integer(_) => Type::Integer,
            View::String(_) => Type::String,
            View::Array(_) => Type::Array,
            View::Hash(_) => Type::Hash,
            View::Function(_) => Type::Function,
            View::Builtin(_) => Type::Builtin,
        }
    }
}

/// A value, taken apart.
#[derive(Debug)]
pub enum View<'v, V: Value> {
    /// `null`
    Null,
    /// `true` or `false`
    Boolean(bool),
    /// An integer.
    Integer(i64),
    /// A string.
    String(&'v str),
    /// An array.
    Array(&'v Array<V>),
    /// A hash.
    Hash(&'v Hash<V>),
    /// A function; two are the same if the closures have one address.
    Function(&'v Closure<V>),
    /// A built-in function.
    Builtin(Builtin),
}
