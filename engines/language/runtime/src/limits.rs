//! What a program may use: one set of limits that every engine obeys alike.

use crate::error::{ErrorKind, Raised};

/// Limits of one execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Nested calls, each counted with the callee's [`syntax::Function::weight`]; past it comes
    /// `stack overflow`.
    pub depth: u32,
    /// Units of work, see [`Fuel`]; past it comes `out of fuel`. None: no limit.
    pub fuel: Option<u64>,
    /// Bytes that live strings, arrays, hashes and functions may take, see [`crate::memory`];
    /// past it comes `out of memory`. None: no limit.
    pub memory: Option<u64>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            depth: 100_000,
            fuel: None,
            memory: None,
        }
    }
}

/// What is left of the work that a program may do.
///
/// A call of a function or a builtin takes one unit, and an operation that copies, compares or
/// prints many elements or bytes takes one more for each 64 of them. Monkey has no loop but the
/// call, so this bounds every program, and it does so at the same point in every engine: a unit
/// is a matter of the language, not of an instruction set.
#[derive(Clone, Copy, Debug)]
pub struct Fuel(u64);

impl Fuel {
    /// The fuel that a limit allows.
    pub fn new(limit: Option<u64>) -> Self {
        Self(limit.unwrap_or(u64::MAX))
    }

    /// Takes the unit of a call.
    ///
    /// # Errors
    /// [`ErrorKind::OutOfFuel`] if there is none left.
    #[inline(always)]
    pub fn call(&mut self) -> Result<(), Raised> {
        self.spend(1)
    }

    /// What is left when the unit of a call has been taken, if there is one.
    #[inline(always)]
    pub fn after_call(self) -> Option<Self> {
        self.0.checked_sub(1).map(Self)
    }

    /// Takes the units of an operation that walks `elements` elements or bytes.
    ///
    /// # Errors
    /// [`ErrorKind::OutOfFuel`] if there are too few left.
    #[inline(always)]
    pub fn walk(&mut self, elements: usize) -> Result<(), Raised> {
        self.spend(elements as u64 / 64)
    }

    #[inline(always)]
    fn spend(&mut self, units: u64) -> Result<(), Raised> {
        match self.0.checked_sub(units) {
            Some(left) => {
                self.0 = left;
                Ok(())
            }
            None => Err(ErrorKind::OutOfFuel.into()),
        }
    }
}

/// How many elements or bytes one operation has walked, where these come piecemeal: many small
/// steps take as much fuel as one large one.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Walk(usize);

impl Walk {
    /// Walks `elements` more.
    pub(crate) fn step(&mut self, fuel: &mut Fuel, elements: usize) -> Result<(), Raised> {
        self.0 = self.0.saturating_add(elements);
        fuel.walk(self.0)?;
        self.0 %= 64;
        Ok(())
    }
}
