//! Which slot of its function's frame each variable has.

use syntax::{BindingId, BindingKind, FunctionId, Program};

/// The slots of all variables of a program: parameters first, then `let`s in source order.
pub(crate) struct Layout {
    slots: Vec<u32>,
    locals: Vec<u32>,
}

impl Layout {
    /// Assigns the slots.
    pub(crate) fn of(program: &Program) -> Self {
        let functions = &program.ast().functions;
        let mut locals: Vec<u32> = functions.iter().map(|function| function.arity).collect();
        let slots = (0..program.binding_count())
            .map(
                |index| match program.binding(BindingId(index as u32)).kind {
                    BindingKind::Parameter { index, .. } => index,
                    BindingKind::Local { function } => {
                        let next = &mut locals[function.index()];
                        *next += 1;
                        *next - 1
                    }
                    // These don't live in slots.
                    BindingKind::Global { .. } | BindingKind::Itself { .. } => 0,
                },
            )
            .collect();
        Self { slots, locals }
    }

    /// The slot of a parameter or a local `let`.
    pub(crate) fn slot(&self, binding: BindingId) -> u32 {
        self.slots[binding.index()]
    }

    /// How many slots a function's variables take.
    pub(crate) fn locals(&self, function: FunctionId) -> u32 {
        self.locals[function.index()]
    }
}
