//! The kinds of nodes: what stands for opcodes where evaluations are counted.

use syntax::Expr;

/// Declares the kinds, with their names; the number of a kind is its place.
macro_rules! kinds {
    ($($kind:ident $name:literal,)*) => {
        #[repr(u8)]
        enum Kind {
            $($kind,)*
        }

        /// The names, by number.
        const NAMES: &[&str] = &[$($name),*];

        /// The number of a node's kind.
        #[inline(always)]
        pub(crate) const fn kind(node: Expr) -> u8 {
            match node {
                $(Expr::$kind { .. } => Kind::$kind as u8,)*
            }
        }
    };
}

kinds! {
    Integer "integer",
    Boolean "boolean",
    String "string",
    Name "name",
    Prefix "prefix",
    Infix "infix",
    If "if",
    Function "function",
    Call "call",
    Index "index",
    Array "array",
    Hash "hash",
}

/// The name of the kind with this number.
pub(crate) fn name(kind: u8) -> Option<&'static str> {
    NAMES.get(usize::from(kind)).copied()
}
