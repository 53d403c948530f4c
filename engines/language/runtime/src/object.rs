//! The objects that values refer to: strings, arrays, hashes and closures.
//!
//! Each is counted in [`crate::memory`] from its making to its drop, and none is ever dropped by
//! recursion. How a value refers to its object is the representation's matter.

use std::fmt;
use std::marker::PhantomData;
use std::mem;
use std::ops::Deref;

use foldhash::fast::FixedState;
use indexmap::{Equivalent, IndexMap};
use syntax::FunctionId;

use crate::error::{ErrorKind, Raised, Shortage};
use crate::memory;
use crate::value::{Value, View};

/// A string.
pub struct Str {
    text: String,
    /// The count of memory is the thread's, so a string must be dropped where it was made.
    not_send: PhantomData<*const ()>,
}

impl Str {
    /// A copy of `text`.
    ///
    /// # Errors
    /// [`ErrorKind::OutOfMemory`]
    pub fn new(text: &str) -> Result<Self, Raised> {
        Self::concat(text, "")
    }

    /// `left` followed by `right`.
    ///
    /// # Errors
    /// [`ErrorKind::OutOfMemory`]
    pub fn concat(left: &str, right: &str) -> Result<Self, Raised> {
        let length = left.len() + right.len();
        let bytes = memory::string_bytes(length)?;
        let mut text = String::new();
        text.try_reserve_exact(length)
            .map_err(|_| ErrorKind::OutOfMemory(Shortage::System))?;
        text.push_str(left);
        text.push_str(right);
        memory::charge(bytes)?;
        Ok(Self {
            text,
            not_send: PhantomData,
        })
    }

    /// Appends in place.
    ///
    /// # Errors
    /// [`ErrorKind::OutOfMemory`], as [`Str::concat`] would give it; then nothing has changed.
    pub fn append(&mut self, addition: &str) -> Result<(), Raised> {
        let old = self.bytes();
        let new = memory::string_bytes(self.text.len() + addition.len())?;
        self.text
            .try_reserve(addition.len())
            .map_err(|_| ErrorKind::OutOfMemory(Shortage::System))?;
        memory::grow(old, new)?;
        self.text.push_str(addition);
        Ok(())
    }

    fn bytes(&self) -> u64 {
        memory::OBJECT + self.text.len() as u64
    }
}

impl Deref for Str {
    type Target = str;

    #[inline(always)]
    fn deref(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for Str {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text.fmt(f)
    }
}

impl Drop for Str {
    fn drop(&mut self) {
        memory::release(self.bytes());
    }
}

/// An array.
pub struct Array<V: Value> {
    elements: Vec<V>,
}

impl<V: Value> Array<V> {
    /// Takes the elements out of a slice and leaves `null` there; if it fails it takes none.
    ///
    /// # Errors
    /// [`ErrorKind::OutOfMemory`]
    pub fn take(elements: &mut [V]) -> Result<Self, Raised> {
        let mut array = Self::with_length(elements.len())?;
        array.elements.extend(elements.iter_mut().map(mem::take));
        Ok(array)
    }

    /// A copy of `elements`, with `more` after them.
    ///
    /// # Errors
    /// [`ErrorKind::OutOfMemory`]
    pub fn copy(elements: &[V], more: Option<V>) -> Result<Self, Raised> {
        let mut array = Self::with_length(elements.len() + usize::from(more.is_some()))?;
        array.elements.extend_from_slice(elements);
        array.elements.extend(more);
        Ok(array)
    }

    /// Appends in place.
    ///
    /// # Errors
    /// [`ErrorKind::OutOfMemory`], as [`Array::copy`] would give it; then nothing has changed.
    pub fn push(&mut self, element: V) -> Result<(), Raised> {
        let old = memory::array_bytes(self.elements.len())?;
        let new = memory::array_bytes(self.elements.len() + 1)?;
        self.elements
            .try_reserve(1)
            .map_err(|_| ErrorKind::OutOfMemory(Shortage::System))?;
        memory::grow(old, new)?;
        self.elements.push(element);
        Ok(())
    }

    /// Drops the array; its elements are appended to `pending`. For [`Value::dismantle`].
    pub fn dismantle(mut self, pending: &mut Vec<V>) {
        pending.append(&mut self.take_elements());
    }

    /// Takes the elements out; of the array's count only the object's own remains.
    fn take_elements(&mut self) -> Vec<V> {
        memory::release(memory::ELEMENT * self.elements.len() as u64);
        mem::take(&mut self.elements)
    }

    /// An array that is counted as `length` elements and must be filled at once.
    fn with_length(length: usize) -> Result<Self, Raised> {
        let bytes = memory::array_bytes(length)?;
        let elements = memory::vec_with_capacity(length)?;
        memory::charge(bytes)?;
        Ok(Self { elements })
    }
}

impl<V: Value> Deref for Array<V> {
    type Target = [V];

    #[inline(always)]
    fn deref(&self) -> &[V] {
        &self.elements
    }
}

impl<V: Value> fmt::Debug for Array<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Array({} elements)", self.len())
    }
}

impl<V: Value> Drop for Array<V> {
    fn drop(&mut self) {
        memory::release(memory::OBJECT);
        drop_values(self.take_elements());
    }
}

/// A hash key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    /// An integer.
    Integer(i64),
    /// `true` or `false`
    Boolean(bool),
    /// A string.
    String(Box<str>),
}

/// A hash key to look up by, borrowed from a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyRef<'k> {
    /// An integer.
    Integer(i64),
    /// `true` or `false`
    Boolean(bool),
    /// A string.
    String(&'k str),
}

impl Key {
    /// The key, borrowed.
    pub fn borrowed(&self) -> KeyRef<'_> {
        match self {
            Self::Integer(value) => KeyRef::Integer(*value),
            Self::Boolean(value) => KeyRef::Boolean(*value),
            Self::String(text) => KeyRef::String(text),
        }
    }
}

impl<'k> KeyRef<'k> {
    /// The value as a key.
    ///
    /// # Errors
    /// [`ErrorKind::UnusableHashKey`] if its type has no keys.
    pub fn of<V: Value>(value: &'k V) -> Result<Self, Raised> {
        match value.view() {
            View::Integer(value) => Ok(Self::Integer(value)),
            View::Boolean(value) => Ok(Self::Boolean(value)),
            View::String(text) => Ok(Self::String(text)),
            _ => Err(ErrorKind::UnusableHashKey(value.type_of()).into()),
        }
    }

    /// The length of a string key in bytes; 0 for the others.
    pub fn string_length(self) -> usize {
        match self {
            Self::String(text) => text.len(),
            Self::Integer(_) | Self::Boolean(_) => 0,
        }
    }

    /// The key, copied.
    ///
    /// # Errors
    /// [`ErrorKind::OutOfMemory`]
    pub fn to_key(self) -> Result<Key, Raised> {
        Ok(match self {
            Self::Integer(value) => Key::Integer(value),
            Self::Boolean(value) => Key::Boolean(value),
            Self::String(text) => {
                let mut copy = String::new();
                copy.try_reserve_exact(text.len())
                    .map_err(|_| ErrorKind::OutOfMemory(Shortage::System))?;
                copy.push_str(text);
                Key::String(copy.into_boxed_str())
            }
        })
    }
}

impl std::hash::Hash for KeyRef<'_> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        match self {
            Self::Integer(value) => value.hash(state),
            Self::Boolean(value) => value.hash(state),
            Self::String(text) => text.hash(state),
        }
    }
}

impl std::hash::Hash for Key {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.borrowed().hash(state);
    }
}

impl Equivalent<Key> for KeyRef<'_> {
    fn equivalent(&self, key: &Key) -> bool {
        *self == key.borrowed()
    }
}

/// A hash: entries in the order of insertion. The hash function is seeded with a constant, so that
/// what a program costs does not differ from run to run.
pub struct Hash<V: Value> {
    entries: IndexMap<Key, V, FixedState>,
    key_bytes: usize,
}

impl<V: Value> Hash<V> {
    /// Takes the values out of a slice in which keys and values alternate. Of equal keys the last
    /// one's value counts, in the first one's place.
    ///
    /// # Errors
    /// [`ErrorKind::UnusableHashKey`] for the first such key, else [`ErrorKind::OutOfMemory`].
    pub fn take(keys_and_values: &mut [V]) -> Result<Self, Raised> {
        for pair in keys_and_values.chunks_exact(2) {
            KeyRef::of(&pair[0])?;
        }
        let mut entries = IndexMap::default();
        entries
            .try_reserve(keys_and_values.len() / 2)
            .map_err(|_| ErrorKind::OutOfMemory(Shortage::System))?;
        memory::charge(memory::OBJECT)?;
        let mut hash = Self {
            entries,
            key_bytes: 0,
        };
        for pair in keys_and_values.chunks_exact_mut(2) {
            let value = mem::take(&mut pair[1]);
            hash.insert(KeyRef::of(&pair[0])?, value)?;
        }
        Ok(hash)
    }

    fn insert(&mut self, key: KeyRef<'_>, value: V) -> Result<(), Raised> {
        if let Some(place) = self.entries.get_mut(&key) {
            *place = value;
            return Ok(());
        }
        let owned = key.to_key()?;
        memory::charge(memory::ENTRY + key.string_length() as u64)?;
        self.key_bytes += key.string_length();
        self.entries.insert(owned, value);
        Ok(())
    }

    /// The value of a key.
    #[inline]
    pub fn get(&self, key: KeyRef<'_>) -> Option<&V> {
        self.entries.get(&key)
    }

    /// The entries, in the order of insertion.
    pub fn iter(&self) -> indexmap::map::Iter<'_, Key, V> {
        self.entries.iter()
    }

    /// How many entries.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Drops the hash; its values are appended to `pending`. For [`Value::dismantle`].
    pub fn dismantle(mut self, pending: &mut Vec<V>) {
        pending.extend(self.take_values());
    }

    /// Takes the values out; of the hash's count only the object's own remains.
    fn take_values(&mut self) -> indexmap::map::IntoValues<Key, V> {
        let entries = mem::take(&mut self.entries);
        memory::release(memory::ENTRY * entries.len() as u64 + self.key_bytes as u64);
        self.key_bytes = 0;
        entries.into_values()
    }
}

impl<'h, V: Value> IntoIterator for &'h Hash<V> {
    type Item = (&'h Key, &'h V);
    type IntoIter = indexmap::map::Iter<'h, Key, V>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<V: Value> fmt::Debug for Hash<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({} entries)", self.len())
    }
}

impl<V: Value> Drop for Hash<V> {
    fn drop(&mut self) {
        memory::release(memory::OBJECT);
        drop_values(self.take_values());
    }
}

/// A function with the values that it captured when it was created.
pub struct Closure<V: Value> {
    /// The function literal.
    pub function: FunctionId,
    /// The captured values, in the order of [`syntax::Scope::captures`].
    pub captures: Box<[V]>,
}

impl<V: Value> Closure<V> {
    /// Closes a function over `captures`; without captures nothing is allocated here.
    ///
    /// # Errors
    /// [`ErrorKind::OutOfMemory`]
    #[inline]
    pub fn new(function: FunctionId, captures: Box<[V]>) -> Result<Self, Raised> {
        memory::charge(memory::OBJECT + memory::ELEMENT * captures.len() as u64)?;
        Ok(Self { function, captures })
    }

    /// Drops the closure; its captured values are appended to `pending`. For [`Value::dismantle`].
    pub fn dismantle(mut self, pending: &mut Vec<V>) {
        pending.extend(self.take_captures());
    }

    /// Takes the captured values out; of the closure's count only the object's own remains.
    fn take_captures(&mut self) -> Box<[V]> {
        memory::release(memory::ELEMENT * self.captures.len() as u64);
        mem::take(&mut self.captures)
    }
}

impl<V: Value> fmt::Debug for Closure<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (function, captures) = (self.function.0, self.captures.len());
        write!(f, "Closure(function {function}, {captures} captures)")
    }
}

impl<V: Value> Drop for Closure<V> {
    fn drop(&mut self) {
        memory::release(memory::OBJECT);
        drop_values(self.take_captures());
    }
}

/// Drops values that an object held. The worklist takes the place of recursion; it stays
/// unallocated as long as no value is the last reference to an object that holds others.
fn drop_values<V: Value>(values: impl IntoIterator<Item = V>) {
    let mut pending = Vec::new();
    for value in values {
        value.dismantle(&mut pending);
        while let Some(value) = pending.pop() {
            value.dismantle(&mut pending);
        }
    }
}
