//! The abstract syntax tree: flat tables that refer to each other by index.
//!
//! A tree of boxes would need recursion to be dropped and an allocation for each node; the tables
//! need neither, and their order is useful: a node's children stand before it, so that one forward
//! walk over [`Ast::expressions`] sees every operand before its operator.

/// Declares a 32-bit index type into one of the tables.
macro_rules! index {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub u32);

        impl $name {
            /// The index as a `usize`.
            #[inline(always)]
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}

index!(
    /// An expression: an index into [`Ast::expressions`].
    ExprId
);
index!(
    /// A function literal, or [`FunctionId::MAIN`]: an index into [`Ast::functions`].
    FunctionId
);
index!(
    /// One occurrence of an identifier, in source order: an index into [`Ast::names`].
    NameId
);
index!(
    /// A distinct identifier text: an index into [`Ast::symbols`].
    Symbol
);

impl FunctionId {
    /// The program itself, as a function without parameters.
    pub const MAIN: Self = Self(0);
}

/// A range of bytes of the source, end exclusive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// Offset of the first byte.
    pub start: u32,
    /// Offset past the last byte.
    pub end: u32,
}

/// A run of consecutive entries of [`Ast::lists`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExprList {
    /// Index of the first entry.
    pub start: u32,
    /// How many entries.
    pub len: u32,
}

/// A run of consecutive entries of [`Ast::statements`]: a program's, a function's or an `if`'s body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// Index of the first statement.
    pub start: u32,
    /// How many statements.
    pub len: u32,
}

/// A statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stmt {
    /// `let NAME = VALUE;`
    Let {
        /// The name that is bound.
        name: NameId,
        /// Its value.
        value: ExprId,
    },
    /// `return VALUE;`
    Return(ExprId),
    /// An expression, evaluated for its effect or, at a block's end, as its value.
    Expr(ExprId),
}

/// An expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expr {
    /// An integer literal.
    Integer(i64),
    /// `true` or `false`.
    Boolean(bool),
    /// A string literal; the span is of its contents, without the quotes.
    String(Span),
    /// An identifier; [`crate::Program::resolve`] tells what it stands for.
    Name(NameId),
    /// `!x`, `-x`.
    Prefix {
        /// The operator.
        op: PrefixOp,
        /// Its operand.
        operand: ExprId,
    },
    /// `left op right`; the left operand is evaluated first.
    Infix {
        /// The operator.
        op: InfixOp,
        /// The left operand.
        left: ExprId,
        /// The right operand.
        right: ExprId,
    },
    /// `if (condition) { … } else { … }`.
    If {
        /// The condition.
        condition: ExprId,
        /// Runs if the condition is truthy.
        consequence: Block,
        /// Runs otherwise; without one the value is `null`.
        alternative: Option<Block>,
    },
    /// A function literal.
    Function(FunctionId),
    /// `callee(arguments)`: the callee is evaluated first, then the arguments from left to right.
    Call {
        /// What is called.
        callee: ExprId,
        /// The arguments.
        arguments: ExprList,
    },
    /// `object[index]`.
    Index {
        /// What is indexed.
        object: ExprId,
        /// The index or key.
        index: ExprId,
    },
    /// `[a, b]`.
    Array(ExprList),
    /// `{k: v, …}`: keys and values alternate.
    Hash(ExprList),
}

/// A prefix operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PrefixOp {
    /// `!`
    Not,
    /// `-`
    Negate,
}

/// An infix operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum InfixOp {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `<`
    Less,
    /// `>`
    Greater,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
}

impl PrefixOp {
    /// The operator as it is written.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Not => "!",
            Self::Negate => "-",
        }
    }
}

impl InfixOp {
    /// The operator as it is written.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Less => "<",
            Self::Greater => ">",
            Self::Equal => "==",
            Self::NotEqual => "!=",
        }
    }
}

/// A function literal as parsed. Entry 0 is the program itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Function {
    /// The name of the `let` that binds the literal directly, which the body can see.
    pub name: Option<NameId>,
    /// The first parameter's name; parameters are consecutive names.
    pub first_parameter: NameId,
    /// How many parameters.
    pub arity: u32,
    /// The body.
    pub body: Block,
    /// The height of the body's tree, not counting the bodies of functions within it: what a
    /// recursive walk of the body needs of the native stack.
    pub height: u32,
    /// What a call holds at the most while another one runs, besides an operand for each level of
    /// the body: the parameters, all `let`s of the body, and the entries of lists that are being
    /// made or passed, one within the other. Functions within it have a width of their own.
    pub width: u32,
    /// Where the literal stands.
    pub span: Span,
}

/// What a parser makes of a source text: names are texts still, not yet bindings.
#[derive(Clone, Debug, Default)]
pub struct Ast {
    /// Every expression, children before parents.
    pub expressions: Vec<Expr>,
    /// The span of each expression.
    pub spans: Vec<Span>,
    /// Argument, element and key-value lists, as runs.
    pub lists: Vec<ExprId>,
    /// Statements, as runs: blocks.
    pub statements: Vec<Stmt>,
    /// Functions; the first is the program.
    pub functions: Vec<Function>,
    /// The text of each identifier occurrence, in source order.
    pub names: Vec<Symbol>,
    /// Where each identifier occurrence starts; [`Ast::name_span`] tells where it ends.
    pub name_starts: Vec<u32>,
    /// The text of each symbol.
    pub symbols: Vec<Box<str>>,
    /// The height of the whole tree, functions within functions counted: what a recursive walk of
    /// it needs of the native stack.
    pub height: u32,
}

impl Function {
    /// A call holds fewer values than this for each unit of its [`Function::weight`]. What it hands to
    /// the call that it waits for, the callee and the arguments, is that one's.
    pub const VALUES_PER_WEIGHT: u32 = 128;

    /// What a call counts for against the limit on the depth of calls. A recursive evaluator takes
    /// native stack in proportion to the body's height, and any engine memory in proportion to the
    /// values that the call holds: its `width`, and on each level of the body at most one operand
    /// that waits for another. Counting a call of a high or wide body for more bounds what is
    /// taken per counted call by 64 levels and 128 values, while a call of any ordinary function
    /// counts for exactly one.
    pub const fn weight(&self) -> u32 {
        1 + (2 * self.height + self.width) / Self::VALUES_PER_WEIGHT
    }
}

impl Ast {
    /// Where an identifier occurrence stands.
    #[inline]
    pub fn name_span(&self, name: NameId) -> Span {
        let start = self.name_starts[name.index()];
        let text = &self.symbols[self.names[name.index()].index()];
        Span {
            start,
            end: start + text.len() as u32,
        }
    }

    /// Bytes on the heap that the tables take.
    pub fn heap_bytes(&self) -> usize {
        let texts: usize = self.symbols.iter().map(|text| text.len()).sum();
        bytes(&self.expressions)
            + bytes(&self.spans)
            + bytes(&self.lists)
            + bytes(&self.statements)
            + bytes(&self.functions)
            + bytes(&self.names)
            + bytes(&self.name_starts)
            + bytes(&self.symbols)
            + texts
    }
}

impl Ast {
    /// Gives back what large tables have reserved and don't need.
    pub(crate) fn give_back_unused(&mut self) {
        fn give_back<T>(table: &mut Vec<T>) {
            // Of a small one it isn't worth the time.
            const LARGE: usize = 1 << 16;
            if bytes(table) > LARGE {
                table.shrink_to_fit();
            }
        }
        give_back(&mut self.expressions);
        give_back(&mut self.spans);
        give_back(&mut self.lists);
        give_back(&mut self.statements);
        give_back(&mut self.functions);
        give_back(&mut self.names);
        give_back(&mut self.name_starts);
        give_back(&mut self.symbols);
    }
}

/// Bytes that a table has reserved.
pub(crate) fn bytes<T>(table: &Vec<T>) -> usize {
    table.capacity() * size_of::<T>()
}

// The parser's speed and memory go with the sizes of what it makes most of.
const _: () = assert!(size_of::<Expr>() <= 28 && size_of::<Stmt>() <= 12);
