//! Values of 16 bytes: a word that tells the type, and a word that is an integer or points to an
//! object. Integers, booleans and built-in functions need no object.
//!
//! Every payload is a whole word in one place, so that the compiler keeps a value in two registers
//! and copies it in two moves: hence a boolean is told by the type alone, and a built-in function is
//! a reference. The falsy types come first, so that truth is one comparison, and all objects are of
//! one type here, so that whether a copy must be counted is one comparison, too.

use std::mem;
use std::rc::Rc;

use syntax::Builtin;

use crate::heap::Object;
use crate::object::{Array, Closure, Hash, Str};
use crate::value::{Value, View};

/// A value beside its type.
#[derive(Clone, Debug, Default)]
pub struct Tagged(Tag);

const _: () = assert!(mem::size_of::<Tagged>() == 16);

/// The type, and what there is to it.
#[derive(Clone, Debug, Default)]
enum Tag {
    #[default]
    Null,
    False,
    True,
    Integer(i64),
    Builtin(&'static Builtin),
    Object(Rc<Object<Tagged>>),
}

/// What built-in functions refer to.
static BUILTINS: [Builtin; Builtin::ALL.len()] = Builtin::ALL;

impl Tagged {
    fn object(object: Object<Self>) -> Self {
        Self(Tag::Object(Rc::new(object)))
    }

    /// The object, if no other value refers to it.
    fn unique_object(&mut self) -> Option<&mut Object<Self>> {
        match &mut self.0 {
            Tag::Object(object) => Rc::get_mut(object),
            _ => None,
        }
    }
}

impl Drop for Tagged {
    #[inline(always)]
    fn drop(&mut self) {
        if self.is_last_reference() {
            free(mem::take(&mut self.0));
        }
    }
}

/// Out of the way of what drops values that are no last references.
#[cold]
#[inline(never)]
fn free(tag: Tag) {
    drop(tag);
}

impl Value for Tagged {
    type Pool = ();

    #[inline(always)]
    fn integer(value: i64) -> Self {
        Self(Tag::Integer(value))
    }

    #[inline(always)]
    fn integer_allocates(_value: i64) -> bool {
        false
    }

    #[inline(always)]
    fn boolean((): &(), value: bool) -> Self {
        Self(if value { Tag::True } else { Tag::False })
    }

    #[inline(always)]
    fn builtin((): &(), builtin: Builtin) -> Self {
        Self(Tag::Builtin(&BUILTINS[builtin as usize]))
    }

    fn string(string: Str) -> Self {
        Self::object(Object::String(string))
    }

    fn array(array: Array<Self>) -> Self {
        Self::object(Object::Array(array))
    }

    fn hash(hash: Hash<Self>) -> Self {
        Self::object(Object::Hash(Box::new(hash)))
    }

    fn function(closure: Closure<Self>) -> Self {
        Self::object(Object::Function(closure))
    }

    #[inline]
    fn view(&self) -> View<'_, Self> {
        match &self.0 {
            Tag::Null => View::Null,
            Tag::False => View::Boolean(false),
            Tag::True => View::Boolean(true),
            Tag::Integer(value) => View::Integer(*value),
            Tag::Builtin(builtin) => View::Builtin(**builtin),
            Tag::Object(object) => object.view(),
        }
    }

    #[inline(always)]
    fn as_integer(&self) -> Option<i64> {
        match self.0 {
            Tag::Integer(value) => Some(value),
            _ => None,
        }
    }

    #[inline(always)]
    fn integer_or_any(&self) -> i64 {
        match self.0 {
            Tag::Integer(value) => value,
            _ => 0,
        }
    }

    #[inline(always)]
    fn as_closure(&self) -> Option<&Closure<Self>> {
        match &self.0 {
            Tag::Object(object) => object.as_closure(),
            _ => None,
        }
    }

    #[inline(always)]
    fn is_last_reference(&self) -> bool {
        matches!(&self.0, Tag::Object(object) if Rc::strong_count(object) == 1)
    }

    #[inline(always)]
    fn is_truthy(&self) -> bool {
        !matches!(self.0, Tag::Null | Tag::False)
    }

    fn unique_string(&mut self) -> Option<&mut Str> {
        self.unique_object()?.as_string_mut()
    }

    fn unique_array(&mut self) -> Option<&mut Array<Self>> {
        self.unique_object()?.as_array_mut()
    }

    fn dismantle(mut self, pending: &mut Vec<Self>) {
        if let Tag::Object(object) = mem::take(&mut self.0) {
            Object::dismantle(object, pending);
        }
    }
}
