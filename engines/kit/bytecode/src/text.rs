//! What code keeps of its program's text: the source and where names stand in it. Errors, listings
//! and the printed form of functions come from that; running code needs none of it.

use std::borrow::Cow;
use std::rc::Rc;

use runtime::SourceInfo;
use syntax::{BindingId, BindingKind, FunctionId, NameId, Program, Span};

/// A program's text, as its code keeps it.
#[derive(Clone, Debug)]
pub enum Text {
    /// The whole program, of code that has been compiled here.
    Program(Rc<Program>),
    /// What was saved of it, of code that has been loaded.
    Saved(SavedText),
}

/// The part of a program's text that is saved with its code.
#[derive(Clone, Debug)]
pub struct SavedText {
    pub(crate) source: Box<str>,
    pub(crate) names: Names,
}

/// Where the source has the names of functions and variables, by where the machine keeps these.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Names {
    /// By the global's number.
    pub(crate) globals: Box<[Span]>,
    /// By the function's number.
    pub(crate) functions: Box<[FunctionNames]>,
}

/// The names of a function.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FunctionNames {
    /// Its own, if a `let` binds it.
    pub(crate) name: Option<Span>,
    /// The parameters: the first slots of the frame.
    pub(crate) parameters: Box<[Span]>,
    /// The `let`s: the slots behind them.
    pub(crate) lets: Box<[Span]>,
    /// What its closures capture.
    pub(crate) captures: Box<[Span]>,
}

impl FunctionNames {
    /// The name of a slot of the frame.
    pub(crate) fn local(&self, slot: u32) -> Option<Span> {
        let slot = slot as usize;
        let behind = slot.checked_sub(self.parameters.len());
        let name = behind.map_or(self.parameters.get(slot), |index| self.lets.get(index));
        name.copied()
    }
}

impl Names {
    /// The names of a program. Slots are numbered as `Layout` does it: parameters first, then
    /// `let`s in source order.
    fn of(program: &Program) -> Self {
        let name = |name: NameId| program.ast().name_span(name);
        let binding = |id: BindingId| name(program.binding(id).name);
        let mut globals = vec![Span::default(); program.global_count()];
        let mut lets = vec![Vec::new(); program.ast().functions.len()];
        for id in (0..program.binding_count()).map(|index| BindingId(index as u32)) {
            match program.binding(id).kind {
                BindingKind::Global { index } => globals[index as usize] = binding(id),
                BindingKind::Local { function } => lets[function.index()].push(binding(id)),
                BindingKind::Parameter { .. } | BindingKind::Itself { .. } => {}
            }
        }
        let functions = (0..)
            .map(FunctionId)
            .zip(lets)
            .map(|(id, lets)| FunctionNames {
                name: program.function(id).name.map(name),
                parameters: program.parameters(id).map(binding).collect(),
                lets: lets.into(),
                captures: program
                    .scope(id)
                    .captures
                    .iter()
                    .copied()
                    .map(binding)
                    .collect(),
            });
        Self {
            functions: functions.collect(),
            globals: globals.into(),
        }
    }
}

impl Text {
    /// The source at a span.
    pub fn at(&self, span: Span) -> &str {
        &self.source()[span.start as usize..span.end as usize]
    }

    /// Where names stand.
    pub(crate) fn names(&self) -> Cow<'_, Names> {
        match self {
            Self::Program(program) => Cow::Owned(Names::of(program)),
            Self::Saved(saved) => Cow::Borrowed(&saved.names),
        }
    }
}

impl SourceInfo for Text {
    fn source(&self) -> &str {
        match self {
            Self::Program(program) => program.source(),
            Self::Saved(saved) => &saved.source,
        }
    }

    fn parameter(&self, function: FunctionId, index: u32) -> Option<&str> {
        match self {
            Self::Program(program) => program.parameter(function, index),
            Self::Saved(saved) => {
                let parameters = &saved.names.functions[function.index()].parameters;
                Some(self.at(*parameters.get(index as usize)?))
            }
        }
    }

    fn name(&self, function: FunctionId) -> Option<Span> {
        match self {
            Self::Program(program) => SourceInfo::name(&**program, function),
            Self::Saved(saved) => saved.names.functions[function.index()].name,
        }
    }
}
