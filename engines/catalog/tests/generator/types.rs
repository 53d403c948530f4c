//! What the generator knows of values and variables.

/// What an expression is to give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    Integer,
    Boolean,
    String,
    /// An array, of anything.
    Array,
    /// A hash, from and to anything.
    Hash,
    Null,
    Function(Signature),
    /// Whichever comes.
    Any,
}

/// A function's parameters and result: an index into the table below.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Signature(usize);

const SIGNATURES: &[(&[Type], Type)] = &[
    (&[Type::Integer], Type::Integer),
    (&[], Type::String),
    (&[Type::Integer, Type::Integer], Type::Integer),
    (&[Type::Integer, Type::String], Type::String),
    (&[Type::Integer, Type::Array], Type::Array),
    (&[Type::Any], Type::Boolean),
    (
        &[Type::Function(Signature(0)), Type::Integer],
        Type::Integer,
    ),
    (&[Type::Integer], Type::Function(Signature(0))),
];

impl Signature {
    pub(super) const fn parameters(self) -> &'static [Type] {
        SIGNATURES[self.0].0
    }

    pub(super) const fn result(self) -> Type {
        SIGNATURES[self.0].1
    }

    /// Whether the first parameter can count the calls of a recursive function.
    pub(super) fn counts(self) -> bool {
        self.parameters().first() == Some(&Type::Integer)
    }

    pub(super) fn all() -> Vec<Self> {
        (0..SIGNATURES.len()).map(Self).collect()
    }
}

impl Type {
    /// All but [`Type::Any`], with one function's.
    /// Half of them are integers, of which most programs are made.
    pub(super) fn concrete(signature: Signature) -> [Self; 12] {
        [
            Self::Integer,
            Self::Integer,
            Self::Integer,
            Self::Integer,
            Self::Integer,
            Self::Integer,
            Self::Boolean,
            Self::String,
            Self::Array,
            Self::Hash,
            Self::Null,
            Self::Function(signature),
        ]
    }
}

/// How a function may be called without running for long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Recursion {
    /// It doesn't call itself.
    None,
    /// The text stands in its body: with less than it got.
    Within,
    /// With a small number.
    Outside,
}

/// A variable in scope.
#[derive(Clone, Copy, Debug)]
pub(super) struct Variable {
    pub(super) name: &'static str,
    pub(super) of: Type,
    pub(super) recursion: Recursion,
    /// A global whose `let` is still to come.
    pub(super) forward: bool,
}

impl Variable {
    pub(super) const fn new(name: &'static str, of: Type) -> Self {
        Self {
            name,
            of,
            recursion: Recursion::None,
            forward: false,
        }
    }

    pub(super) const fn recursive(self, recursion: Recursion) -> Self {
        Self { recursion, ..self }
    }
}
