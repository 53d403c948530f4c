//! Values of 16 bytes: a word that tells the type, and a word that is an integer or points to an
//! object. Integers, booleans and built-in functions need no object.
//!
//! Both words are always written. So the compiler keeps a value in two registers and copies it in two
//! moves, and where an integer is proven, it is read without a look at the type. The falsy types come
//! first, so that truth is one comparison, and all objects are of one type here, so that whether a copy
//! must be counted is one comparison, too.
//!
//! The second word is kept as a pointer rather than as a number, so that a reference has its provenance.

#![allow(
    unsafe_code,
    reason = "a word that may be a reference can't be written without; the word beside it tells which is"
)]

use std::fmt;
use std::mem::{self, ManuallyDrop};
use std::ptr;
use std::rc::Rc;

use syntax::Builtin;

use crate::heap::Object;
use crate::object::{Array, Closure, Hash, Str};
use crate::value::{Value, View};

/// A value beside its type.
pub struct Tagged {
    tag: Tag,
    /// Of an integer, its bits; of a built-in function, its number; of an object, a pointer from [`Rc::into_raw`]
    /// that counts as one reference to it.
    payload: *const Object<Self>,
}

const _: () = assert!(mem::size_of::<Tagged>() == 16);
const _: () = assert!(usize::BITS == 64, "an integer has room in a word");

/// The type, a whole word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(usize)]
enum Tag {
    Null,
    False,
    True,
    Integer,
    Builtin,
    Object,
}

impl Tagged {
    #[inline(always)]
    fn immediate(tag: Tag, bits: usize) -> Self {
        Self {
            tag,
            payload: ptr::without_provenance(bits),
        }
    }

    fn new(object: Object<Self>) -> Self {
        Self {
            tag: Tag::Object,
            payload: Rc::into_raw(Rc::new(object)),
        }
    }

    #[inline(always)]
    fn object(&self) -> Option<&Object<Self>> {
        if self.tag != Tag::Object {
            return None;
        }
        // SAFETY: the tag is this with a pointer from `new` alone; the object lives at least as long as this value,
        // which counts as a reference to it.
        Some(unsafe { &*self.payload })
    }

    /// The object, if no other value refers to it.
    fn unique_object(&mut self) -> Option<&mut Object<Self>> {
        if self.tag != Tag::Object {
            return None;
        }
        // SAFETY: as in `object`. The count stays that of this value, since the `Rc` is never dropped.
        let mut reference = ManuallyDrop::new(unsafe { Rc::from_raw(self.payload) });
        let object: *mut Object<Self> = Rc::get_mut(&mut reference)?;
        // SAFETY: the object's only reference is this value, which is borrowed for as long as the
        // object is, so that nothing else can reach it.
        Some(unsafe { &mut *object })
    }

    /// The reference, taken out of the value, if there is one.
    fn into_reference(self) -> Option<Rc<Object<Self>>> {
        let this = ManuallyDrop::new(self);
        // SAFETY: as in `object`. The count becomes that of the `Rc`, since this value is never dropped.
        (this.tag == Tag::Object).then(|| unsafe { Rc::from_raw(this.payload) })
    }
}

impl Clone for Tagged {
    #[inline(always)]
    fn clone(&self) -> Self {
        // SAFETY: the value is read whole, at once. If it is a reference, it is the one that is counted below.
        let copy = unsafe { ptr::read(self) };
        if copy.tag == Tag::Object {
            // SAFETY: as in `object`.
            unsafe { Rc::increment_strong_count(copy.payload) };
        }
        copy
    }
}

impl Drop for Tagged {
    #[inline(always)]
    fn drop(&mut self) {
        if self.tag == Tag::Object {
            // SAFETY: as in `object`. The count becomes that of the `Rc`, since this value is no more.
            let reference = unsafe { Rc::from_raw(self.payload) };
            // What is handed on by value needs no place in memory, where all values would pass.
            if Rc::strong_count(&reference) == 1 {
                free(reference);
            }
        }
    }
}

/// Out of the way of what drops values that are no last references.
#[cold]
#[inline(never)]
fn free(last: Rc<Object<Tagged>>) {
    drop(last);
}

impl Default for Tagged {
    #[inline(always)]
    fn default() -> Self {
        Self::immediate(Tag::Null, 0)
    }
}

impl fmt::Debug for Tagged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.view().fmt(f)
    }
}

impl Value for Tagged {
    type Pool = ();

    #[inline(always)]
    fn integer(value: i64) -> Self {
        Self::immediate(Tag::Integer, value as usize)
    }

    #[inline(always)]
    fn integer_allocates(_value: i64) -> bool {
        false
    }

    #[inline(always)]
    fn boolean((): &(), value: bool) -> Self {
        Self::immediate(if value { Tag::True } else { Tag::False }, 0)
    }

    #[inline(always)]
    fn builtin((): &(), builtin: Builtin) -> Self {
        Self::immediate(Tag::Builtin, builtin as usize)
    }

    fn string(string: Str) -> Self {
        Self::new(Object::String(string))
    }

    fn array(array: Array<Self>) -> Self {
        Self::new(Object::Array(array))
    }

    fn hash(hash: Hash<Self>) -> Self {
        Self::new(Object::Hash(Box::new(hash)))
    }

    fn function(closure: Closure<Self>) -> Self {
        Self::new(Object::Function(closure))
    }

    #[inline]
    fn view(&self) -> View<'_, Self> {
        if let Some(object) = self.object() {
            return object.view();
        }
        match self.tag {
            Tag::Null | Tag::Object => View::Null,
            Tag::False => View::Boolean(false),
            Tag::True => View::Boolean(true),
            Tag::Integer => View::Integer(self.integer_or_any()),
            Tag::Builtin => View::Builtin(Builtin::ALL[self.payload.addr()]),
        }
    }

    #[inline(always)]
    fn as_integer(&self) -> Option<i64> {
        (self.tag == Tag::Integer).then(|| self.integer_or_any())
    }

    #[inline(always)]
    fn integer_or_any(&self) -> i64 {
        self.payload.addr() as i64
    }

    #[inline(always)]
    fn as_closure(&self) -> Option<&Closure<Self>> {
        self.object()?.as_closure()
    }

    #[inline(always)]
    fn is_reference(&self) -> bool {
        self.tag == Tag::Object
    }

    #[inline(always)]
    fn is_last_reference(&self) -> bool {
        if self.tag != Tag::Object {
            return false;
        }
        // SAFETY: as in `object`. The count stays that of this value, since the `Rc` is never dropped.
        let reference = ManuallyDrop::new(unsafe { Rc::from_raw(self.payload) });
        Rc::strong_count(&reference) == 1
    }

    #[inline(always)]
    fn is_truthy(&self) -> bool {
        self.tag > Tag::False
    }

    fn unique_string(&mut self) -> Option<&mut Str> {
        self.unique_object()?.as_string_mut()
    }

    fn unique_array(&mut self) -> Option<&mut Array<Self>> {
        self.unique_object()?.as_array_mut()
    }

    fn dismantle(self, pending: &mut Vec<Self>) {
        if let Some(reference) = self.into_reference() {
            Object::dismantle(reference, pending);
        }
    }
}
