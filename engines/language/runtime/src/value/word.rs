//! Values of 8 bytes: a word that is either an immediate value or the address of an object. How the
//! two are told apart, and what an immediate looks like, is a [`Layout`]; all else is common.
//!
//! The word is kept as a pointer rather than as a number, and an address is kept as it is: so a
//! reference has its provenance, and nothing has to be taken off before it is followed.

#![allow(
    unsafe_code,
    reason = "a word that may be a reference can't be written without; its layout promises which is"
)]

use std::fmt;
use std::hint::cold_path;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ptr;
use std::rc::Rc;

use syntax::Builtin;

use crate::heap::Object;
use crate::object::{Array, Closure, Hash, Str};
use crate::value::{Value, View};

const _: () = assert!(usize::BITS == 64, "a value's word has 64 bits");

/// How a word of 64 bits tells what it is.
///
/// # Safety
/// [`Layout::is_address`] holds for no bits that [`Layout::immediate`] or [`Layout::integer`] gives.
/// (It need not hold for every address: an object at an address for which it doesn't is refused.)
pub unsafe trait Layout: 'static {
    /// Whether the bits are an address.
    fn is_address(bits: usize) -> bool;

    /// The bits of a value without data, by its number.
    fn immediate(code: u8) -> usize;

    /// The number of a value without data: what [`Layout::immediate`] was given.
    fn code(bits: usize) -> u8;

    /// Whether the value counts as true.
    fn is_truthy(bits: usize) -> bool;

    /// The bits of an integer, if it has room.
    fn integer(value: i64) -> Option<usize>;

    /// What [`Layout::integer`] was given, if the bits are what it gave.
    fn as_integer(bits: usize) -> Option<i64>;
}

/// The numbers of the values without data.
pub(crate) mod code {
    /// `null`
    pub(crate) const NULL: u8 = 0;
    /// `false`, before `true`.
    pub(crate) const FALSE: u8 = 1;
    /// The first built-in function, before the others.
    pub(crate) const BUILTIN: u8 = 3;
}

/// A value in a word: the bits of an immediate value, or a pointer from [`Rc::into_raw`] that counts
/// as one reference to its object.
pub struct Word<L: Layout> {
    word: *const Object<Self>,
    layout: PhantomData<L>,
}

impl<L: Layout> Word<L> {
    #[inline(always)]
    fn of(word: *const Object<Self>) -> Self {
        Self {
            word,
            layout: PhantomData,
        }
    }

    #[inline(always)]
    fn immediate(bits: usize) -> Self {
        Self::of(ptr::without_provenance(bits))
    }

    /// A reference to a new object.
    ///
    /// # Panics
    /// If the system put the object where the layout has no room for its address.
    fn new(object: Object<Self>) -> Self {
        let reference = Rc::new(object);
        let address = Rc::as_ptr(&reference);
        assert!(
            L::is_address(address.addr()),
            "an object's address, {address:p}, has no room in a value"
        );
        Self::of(Rc::into_raw(reference))
    }

    /// A reference to an integer that has no room in a word.
    #[cold]
    #[inline(never)]
    fn spill(value: i64) -> Self {
        Self::new(Object::Integer(value))
    }

    #[inline(always)]
    fn bits(&self) -> usize {
        self.word.addr()
    }

    #[inline(always)]
    fn is_address(&self) -> bool {
        L::is_address(self.bits())
    }

    #[inline(always)]
    fn object(&self) -> Option<&Object<Self>> {
        if !self.is_address() {
            return None;
        }
        // SAFETY: by the layout's promise an immediate value is no address, so this one is from `new`;
        // the object lives at least as long as this value, which counts as a reference to it.
        Some(unsafe { &*self.word })
    }

    /// The object, if no other value refers to it.
    fn unique_object(&mut self) -> Option<&mut Object<Self>> {
        if !self.is_address() {
            return None;
        }
        // SAFETY: as in `object`. The count stays that of this value, since the `Rc` is never dropped.
        let mut reference = ManuallyDrop::new(unsafe { Rc::from_raw(self.word) });
        let object: *mut Object<Self> = Rc::get_mut(&mut reference)?;
        // SAFETY: the object's only reference is this value, which is borrowed for as long as the
        // object is, so that nothing else can reach it.
        Some(unsafe { &mut *object })
    }

    /// The reference, taken out of the word, if there is one.
    fn into_reference(self) -> Option<Rc<Object<Self>>> {
        let this = ManuallyDrop::new(self);
        // SAFETY: as in `object`. The count becomes that of the `Rc`, since this value is never dropped.
        this.is_address()
            .then(|| unsafe { Rc::from_raw(this.word) })
    }
}

impl<L: Layout> Clone for Word<L> {
    #[inline(always)]
    fn clone(&self) -> Self {
        if self.is_address() {
            // SAFETY: as in `object`. The reference that is counted here is the one made below.
            unsafe { Rc::increment_strong_count(self.word) };
        }
        Self::of(self.word)
    }
}

impl<L: Layout> Drop for Word<L> {
    #[inline(always)]
    fn drop(&mut self) {
        if self.is_address() {
            // SAFETY: as in `object`. The count becomes that of the `Rc`, since this value is no more.
            let reference = unsafe { Rc::from_raw(self.word) };
            // What is handed on by value needs no place in memory, where all values would pass.
            if Rc::strong_count(&reference) == 1 {
                free(reference);
            }
        }
    }
}

#[cold]
#[inline(never)]
fn free<T>(last: Rc<T>) {
    drop(last);
}

impl<L: Layout> Default for Word<L> {
    #[inline(always)]
    fn default() -> Self {
        Self::immediate(L::immediate(code::NULL))
    }
}

impl<L: Layout> fmt::Debug for Word<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.view().fmt(f)
    }
}

impl<L: Layout> Value for Word<L> {
    type Pool = ();

    #[inline(always)]
    fn integer(value: i64) -> Self {
        match L::integer(value) {
            Some(bits) => Self::immediate(bits),
            None => Self::spill(value),
        }
    }

    #[inline(always)]
    fn integer_allocates(value: i64) -> bool {
        L::integer(value).is_none()
    }

    #[inline(always)]
    fn boolean((): &(), value: bool) -> Self {
        Self::immediate(L::immediate(code::FALSE + u8::from(value)))
    }

    #[inline(always)]
    fn builtin((): &(), builtin: Builtin) -> Self {
        Self::immediate(L::immediate(code::BUILTIN + builtin as u8))
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
        if let Some(value) = L::as_integer(self.bits()) {
            return View::Integer(value);
        }
        match L::code(self.bits()) {
            code::NULL => View::Null,
            code if code < code::BUILTIN => View::Boolean(code != code::FALSE),
            code => View::Builtin(Builtin::ALL[usize::from(code - code::BUILTIN)]),
        }
    }

    #[inline(always)]
    fn as_integer(&self) -> Option<i64> {
        match L::as_integer(self.bits()) {
            Some(value) => Some(value),
            None => {
                // Not outlined, though rare: a call here would cost the usual path its registers.
                cold_path();
                self.object()?.as_integer()
            }
        }
    }

    #[inline(always)]
    fn integer_or_any(&self) -> i64 {
        self.as_integer().unwrap_or_default()
    }

    #[inline(always)]
    fn as_closure(&self) -> Option<&Closure<Self>> {
        self.object()?.as_closure()
    }

    #[inline(always)]
    fn is_reference(&self) -> bool {
        self.is_address()
    }

    #[inline(always)]
    fn is_last_reference(&self) -> bool {
        if !self.is_address() {
            return false;
        }
        // SAFETY: as in `object`. The count stays that of this value, since the `Rc` is never dropped.
        let reference = ManuallyDrop::new(unsafe { Rc::from_raw(self.word) });
        Rc::strong_count(&reference) == 1
    }

    #[inline(always)]
    fn is_truthy(&self) -> bool {
        L::is_truthy(self.bits())
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{nan::NanLayout, ptr::PtrLayout};
    use super::*;

    /// What the layout promises of an integer, and gives back of it.
    fn integer_is_no_address<L: Layout>(value: i64) {
        if let Some(bits) = L::integer(value) {
            assert!(!L::is_address(bits), "{value}");
            assert_eq!(L::as_integer(bits), Some(value));
            assert!(L::is_truthy(bits), "{value}");
        }
    }

    fn integers_are_no_addresses<L: Layout>() {
        let powers = (0..63).map(|shift| 1_i64 << shift);
        let edges = powers.flat_map(|power| [power - 1, power, -power, -power - 1]);
        edges
            .chain([i64::MIN, i64::MAX])
            .for_each(integer_is_no_address::<L>);
    }

    fn codes_are_no_addresses<L: Layout>() {
        for code in 0..=u8::MAX {
            let bits = L::immediate(code);
            assert!(!L::is_address(bits), "{code}");
            assert_eq!(L::as_integer(bits), None, "{code}");
            assert_eq!(L::code(bits), code);
            assert_eq!(L::is_truthy(bits), code > code::FALSE, "{code}");
        }
    }

    #[test]
    fn immediate_values_are_no_addresses() {
        integers_are_no_addresses::<NanLayout>();
        integers_are_no_addresses::<PtrLayout>();
        codes_are_no_addresses::<NanLayout>();
        codes_are_no_addresses::<PtrLayout>();
    }

    #[test]
    fn no_integer_is_an_address() {
        let config = ProptestConfig {
            cases: if cfg!(miri) { 10 } else { 1_000 },
            failure_persistence: None,
            ..ProptestConfig::default()
        };
        proptest!(config, |(value: i64, shift in 0..64)| {
            integer_is_no_address::<NanLayout>(value >> shift);
            integer_is_no_address::<PtrLayout>(value >> shift);
        });
    }

    /// A layout of an imagined system.
    struct NoRoom;

    // SAFETY: nothing is an address.
    unsafe impl Layout for NoRoom {
        fn is_address(_bits: usize) -> bool {
            false
        }

        fn immediate(code: u8) -> usize {
            NanLayout::immediate(code)
        }

        fn code(bits: usize) -> u8 {
            NanLayout::code(bits)
        }

        fn is_truthy(bits: usize) -> bool {
            NanLayout::is_truthy(bits)
        }

        fn integer(value: i64) -> Option<usize> {
            NanLayout::integer(value)
        }

        fn as_integer(bits: usize) -> Option<i64> {
            NanLayout::as_integer(bits)
        }
    }

    #[test]
    #[should_panic(expected = "has no room in a value")]
    fn an_address_without_room_is_refused() {
        Word::<NoRoom>::integer(i64::MAX);
    }
}
