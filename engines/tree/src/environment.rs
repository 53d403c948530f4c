//! Environments: they map names to values and are searched while the program runs, the innermost
//! first. The resolver has given every variable a name of its own, its [`BindingId`], so blocks
//! need no environments: only calls and the program have one.

use std::collections::HashMap;

use foldhash::fast::FixedState;
use runtime::{Boxed, Closure};
use syntax::{BindingId, Program};

/// The variables of one call, over those that the called function captured.
pub(crate) struct Environment<'c> {
    variables: Variables,
    /// The called function; none for the program.
    closure: Option<&'c Closure<Boxed>>,
}

impl<'c> Environment<'c> {
    /// The environment of the program: variables of blocks at the top level.
    pub(crate) fn of_program() -> Self {
        Self {
            variables: Variables::default(),
            closure: None,
        }
    }

    /// The environment of a call, with its first variables: the parameters.
    pub(crate) fn of_call(
        closure: &'c Closure<Boxed>,
        parameters: impl Iterator<Item = (BindingId, Boxed)>,
    ) -> Self {
        Self {
            variables: parameters.collect(),
            closure: Some(closure),
        }
    }

    /// Binds a variable of the call.
    pub(crate) fn bind(&mut self, name: BindingId, value: Boxed) {
        self.variables.insert(name, value);
    }

    /// The value of a variable of the call or of one that its function captured.
    pub(crate) fn find(&self, program: &Program, name: BindingId) -> Option<&Boxed> {
        self.variables
            .get(&name)
            .or_else(|| self.find_captured(program, name))
    }

    fn find_captured(&self, program: &Program, name: BindingId) -> Option<&Boxed> {
        let closure = self.closure?;
        let names = &program.scope(closure.function).captures;
        let index = names.iter().position(|captured| *captured == name)?;
        closure.captures.get(index)
    }
}

/// Names with their values: a hash map, so that a search takes the same time among many names as
/// among few; only what a closure captured is searched from its front. The hash function is seeded
/// with a constant, so that a search takes the same time in every run.
pub(crate) type Variables = HashMap<BindingId, Boxed, FixedState>;
