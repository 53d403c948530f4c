//! The names and arities of the built-in functions; `runtime` says what they do.

/// A built-in function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Builtin {
    /// `len(string | array)`
    Len,
    /// `puts(…)`
    Puts,
    /// `first(array)`
    First,
    /// `last(array)`
    Last,
    /// `rest(array)`
    Rest,
    /// `push(array, value)`
    Push,
}

impl Builtin {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Len,
        Self::Puts,
        Self::First,
        Self::Last,
        Self::Rest,
        Self::Push,
    ];

    /// The name by which a program finds it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Len => "len",
            Self::Puts => "puts",
            Self::First => "first",
            Self::Last => "last",
            Self::Rest => "rest",
            Self::Push => "push",
        }
    }

    /// The builtin of this name, if there is one.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|builtin| builtin.name() == name)
    }

    /// How many arguments it takes; none if any number will do.
    pub const fn arity(self) -> Option<u32> {
        match self {
            Self::Puts => None,
            Self::Push => Some(2),
            Self::Len | Self::First | Self::Last | Self::Rest => Some(1),
        }
    }
}
