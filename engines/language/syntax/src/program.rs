//! A resolved program: the one input of every engine.

use crate::ast::{
    Ast, Block, Expr, ExprId, ExprList, Function, FunctionId, NameId, Span, Stmt, bytes,
};
use crate::builtin::Builtin;

/// A variable: each `let`, each parameter and each function's view of itself is one of its own,
/// even if names are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BindingId(pub u32);

impl BindingId {
    /// The index as a `usize`.
    #[inline(always)]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// What kind of variable a binding is, and whose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BindingKind {
    /// A `let` of the top level, outside every block; `index` counts them in source order, which
    /// is the order in which they come to be initialized.
    Global {
        /// The global's number.
        index: u32,
    },
    /// A `let` within a function, or within a block of the top level ([`FunctionId::MAIN`]).
    Local {
        /// The function whose call holds it.
        function: FunctionId,
    },
    /// A parameter.
    Parameter {
        /// The function whose call holds it.
        function: FunctionId,
        /// Its place among the parameters.
        index: u32,
    },
    /// The function itself, seen from its own body by the name of the `let` that binds it.
    Itself {
        /// The function.
        function: FunctionId,
    },
}

impl BindingKind {
    /// The function whose call holds the variable; none for a global.
    pub const fn owner(self) -> Option<FunctionId> {
        match self {
            Self::Global { .. } => None,
            Self::Local { function }
            | Self::Parameter { function, .. }
            | Self::Itself { function } => Some(function),
        }
    }
}

/// A variable's declaration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Binding {
    /// The occurrence of the name that declares it.
    pub name: NameId,
    /// What it is.
    pub kind: BindingKind,
}

/// What an identifier stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolved {
    /// A variable that is bound whenever this is evaluated. Also each declaring occurrence.
    Variable(BindingId),
    /// A global whose `let` comes further on and may not have run yet.
    Forward(BindingId),
    /// A built-in function.
    Builtin(Builtin),
}

/// What the resolver knows of a function.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// Variables of enclosing functions that the body uses, itself or in a function within it, in
    /// the order of first use: what a closure captures when it is created. Never globals.
    pub captures: Vec<BindingId>,
    /// The binding by which the body sees the function itself, if it uses or captures it.
    pub itself: Option<BindingId>,
}

/// A source text, parsed and resolved.
#[derive(Clone, Debug)]
pub struct Program {
    source: Box<str>,
    ast: Ast,
    resolved: Vec<Resolved>,
    bindings: Vec<Binding>,
    scopes: Vec<Scope>,
    globals: u32,
}

impl Program {
    pub(crate) fn new(
        source: Box<str>,
        ast: Ast,
        resolved: Vec<Resolved>,
        bindings: Vec<Binding>,
        scopes: Vec<Scope>,
        globals: u32,
    ) -> Self {
        Self {
            source,
            ast,
            resolved,
            bindings,
            scopes,
            globals,
        }
    }

    /// The source text.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The syntax tree's tables.
    pub fn ast(&self) -> &Ast {
        &self.ast
    }

    /// An expression.
    #[inline(always)]
    pub fn expr(&self, id: ExprId) -> Expr {
        self.ast.expressions[id.index()]
    }

    /// Where an expression stands.
    pub fn span(&self, id: ExprId) -> Span {
        self.ast.spans[id.index()]
    }

    /// The expressions of a list.
    #[inline(always)]
    pub fn list(&self, list: ExprList) -> &[ExprId] {
        &self.ast.lists[list.start as usize..][..list.len as usize]
    }

    /// The statements of a block.
    #[inline(always)]
    pub fn block(&self, block: Block) -> &[Stmt] {
        &self.ast.statements[block.start as usize..][..block.len as usize]
    }

    /// A function literal, or the program.
    #[inline(always)]
    pub fn function(&self, id: FunctionId) -> &Function {
        &self.ast.functions[id.index()]
    }

    /// What the resolver knows of a function.
    #[inline(always)]
    pub fn scope(&self, id: FunctionId) -> &Scope {
        &self.scopes[id.index()]
    }

    /// What an occurrence of an identifier stands for.
    #[inline(always)]
    pub fn resolve(&self, name: NameId) -> Resolved {
        self.resolved[name.index()]
    }

    /// The variable that a `let` or a parameter declares.
    ///
    /// # Panics
    /// If `name` is not a declaring occurrence.
    #[inline(always)]
    pub fn declared(&self, name: NameId) -> BindingId {
        match self.resolve(name) {
            Resolved::Variable(binding) => binding,
            other => unreachable!("a declaration resolves to its own variable, not to {other:?}"),
        }
    }

    /// A function's parameters, in order.
    pub fn parameters(&self, id: FunctionId) -> impl ExactSizeIterator<Item = BindingId> + '_ {
        let function = self.function(id);
        let first = function.first_parameter.0;
        (first..first + function.arity).map(|name| self.declared(NameId(name)))
    }

    /// A variable's declaration.
    #[inline(always)]
    pub fn binding(&self, id: BindingId) -> Binding {
        self.bindings[id.index()]
    }

    /// How many variables there are.
    pub fn binding_count(&self) -> usize {
        self.bindings.len()
    }

    /// How many globals there are.
    pub fn global_count(&self) -> usize {
        self.globals as usize
    }

    /// The text of an identifier.
    pub fn name(&self, name: NameId) -> &str {
        &self.ast.symbols[self.ast.names[name.index()].index()]
    }

    /// The contents of a string literal.
    pub fn text(&self, span: Span) -> &str {
        &self.source[span.start as usize..span.end as usize]
    }

    /// Bytes on the heap that the tables take, the source text included.
    pub fn heap_bytes(&self) -> usize {
        let captures: usize = self.scopes.iter().map(|scope| bytes(&scope.captures)).sum();
        self.source.len()
            + self.ast.heap_bytes()
            + bytes(&self.resolved)
            + bytes(&self.bindings)
            + bytes(&self.scopes)
            + captures
    }
}
