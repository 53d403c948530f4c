//! Environments: they map names to values and are searched while the program runs, the innermost
//! first. The resolver has given every variable a name of its own, its [`BindingId`], so blocks
//! need no environments: only calls and the program have one.

use std::collections::HashMap;

use foldhash::fast::FixedState;
use runtime::{Boxed, Closure};
use syntax::{BindingId, Program};

/// The variables of one call, over those that the called function captured.
pub(crate) struct Environment<'c> {
    /// Few enough that a search from the front is quick.
    variables: Vec<(BindingId, Boxed)>,
    /// The called function; none for the program.
    closure: Option<&'c Closure<Boxed>>,
}

impl<'c> Environment<'c> {
    /// The environment of the program: variables of blocks at the top level.
    pub(crate) fn of_program() -> Self {
        Self {
            variables: Vec::new(),
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
        self.variables.push((name, value));
    }

    /// The value of a variable of the call or of one that its function captured.
    pub(crate) fn find(&self, program: &Program, name: BindingId) -> Option<&Boxed> {
        let own = self.variables.iter().find(|(bound, _)| *bound == name);
        own.map(|(_, value)| value)
            .or_else(|| self.find_captured(program, name))
    }

    fn find_captured(&self, program: &Program, name: BindingId) -> Option<&Boxed> {
        let closure = self.closure?;
        let names = &program.scope(closure.function).captures;
        let index = names.iter().position(|captured| *captured == name)?;
        closure.captures.get(index)
    }
}

/// The outermost environment: the program's top-level variables, of which there may be many. The
/// hash function is seeded with a constant, so that what a search costs is the same in every run.
pub(crate) type Globals = HashMap<BindingId, Boxed, FixedState>;
