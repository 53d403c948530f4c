//! From names to bindings: what each identifier stands for, and what each closure captures.
//!
//! One walk of the tree in evaluation order. A table tells for each symbol what it means at the
//! present point, so that a name is looked up in constant time however many scopes are open;
//! leaving a scope restores what its declarations hid.

use crate::ast::{Ast, Block, Expr, ExprId, FunctionId, NameId, Stmt, Symbol};
use crate::builtin::Builtin;
use crate::diagnostics::{Collector, Diagnostics, SyntaxErrorKind};
use crate::lexer::KEYWORDS;
use crate::native_stack::with_stack;
use crate::program::{Binding, BindingId, BindingKind, Program, Resolved, Scope};
use crate::spelling::near;
use crate::{MAX_TOTAL_CAPTURES, MAX_VARIABLES};

/// Resolves the names of `ast`, the tree of `source`.
///
/// # Errors
/// All names that nothing binds, and functions over the limits on variables and captures.
pub fn resolve(source: &str, ast: Ast) -> Result<Program, Diagnostics> {
    let mut resolver = Resolver::new(&ast);
    with_stack(ast.height, || resolver.block(ast.functions[0].body));
    let Resolver {
        resolved,
        bindings,
        scopes,
        globals,
        errors,
        ..
    } = resolver;
    errors.finish(())?;
    Ok(Program::new(
        source.into(),
        ast,
        resolved,
        bindings,
        scopes,
        globals,
    ))
}

/// The names like one that nothing binds: of `seen`, which have a meaning where it stands, of the
/// built-in functions, and of the keywords.
fn near_names<'n>(name: &str, seen: impl Iterator<Item = &'n str>) -> Box<[Box<str>]> {
    let builtins = Builtin::ALL.iter().map(|builtin| builtin.name());
    let names = seen.chain(builtins).chain(KEYWORDS);
    near(name, names).into_iter().map(Box::from).collect()
}

/// A function whose body is being walked.
struct OpenFunction {
    id: FunctionId,
    /// How many variables it has so far.
    variables: u32,
}

struct Resolver<'ast> {
    ast: &'ast Ast,
    /// What each symbol means at this point; by [`Symbol`].
    meanings: Vec<Option<Resolved>>,
    /// What the declarations of the open scopes hide, to be restored when they are left.
    hidden: Vec<(Symbol, Option<Resolved>)>,
    /// How many scopes other than the top level are open.
    open_scopes: u32,
    /// The functions around this point, the program first.
    open_functions: Vec<OpenFunction>,
    /// For each variable, how far in it has been passed by captures: an index into
    /// `open_functions`. Its owner and the functions from there on to this one see it.
    reach: Vec<u32>,
    total_captures: usize,
    errors: Collector,
    resolved: Vec<Resolved>,
    bindings: Vec<Binding>,
    scopes: Vec<Scope>,
    /// How many globals are bound by now.
    globals: u32,
}

/// The [`Resolver::reach`] of a global, which every function sees.
const EVERYWHERE: u32 = u32::MAX;

/// Stands in [`Resolver::resolved`] for what hasn't been reached by the walk, and for errors.
const UNRESOLVED: Resolved = Resolved::Builtin(Builtin::Len);

impl<'ast> Resolver<'ast> {
    fn new(ast: &'ast Ast) -> Self {
        let mut resolver = Self {
            ast,
            meanings: ast
                .symbols
                .iter()
                .map(|text| Builtin::from_name(text).map(Resolved::Builtin))
                .collect(),
            hidden: Vec::new(),
            open_scopes: 0,
            open_functions: vec![OpenFunction {
                id: FunctionId::MAIN,
                variables: 0,
            }],
            reach: Vec::new(),
            total_captures: 0,
            errors: Collector::default(),
            resolved: vec![UNRESOLVED; ast.names.len()],
            bindings: Vec::new(),
            scopes: vec![Scope::default(); ast.functions.len()],
            globals: 0,
        };
        resolver.foresee_globals();
        resolver
    }

    /// Makes the globals' bindings, so that they can be referred to before their `let`s: until
    /// then, each name means the first global that will have it.
    fn foresee_globals(&mut self) {
        for statement in self.statements(self.ast.functions[0].body) {
            let &Stmt::Let { name, .. } = statement else {
                continue;
            };
            let index = self.bindings.len() as u32;
            let binding = self.bind(name, BindingKind::Global { index }, EVERYWHERE);
            let meaning = &mut self.meanings[self.ast.names[name.index()].index()];
            if !matches!(meaning, Some(Resolved::Forward(_))) {
                *meaning = Some(Resolved::Forward(binding));
            }
        }
    }

    fn statements(&self, block: Block) -> &'ast [Stmt] {
        &self.ast.statements[block.start as usize..][..block.len as usize]
    }

    /// The statements of a block, in the scope that is open.
    fn block(&mut self, block: Block) {
        for statement in self.statements(block) {
            match *statement {
                Stmt::Let { name, value } => {
                    self.expression(value);
                    self.declare_let(name);
                }
                Stmt::Return(value) | Stmt::Expr(value) => self.expression(value),
            }
        }
    }

    fn expression(&mut self, id: ExprId) {
        let ast = self.ast;
        match ast.expressions[id.index()] {
            Expr::Integer(_) | Expr::Boolean(_) | Expr::String(_) => {}
            Expr::Name(name) => self.name(name),
            Expr::Prefix { operand, .. } => self.expression(operand),
            Expr::Infix { left, right, .. } => {
                self.expression(left);
                self.expression(right);
            }
            Expr::If {
                condition,
                consequence,
                alternative,
            } => {
                self.expression(condition);
                self.scope(|resolver| resolver.block(consequence));
                if let Some(alternative) = alternative {
                    self.scope(|resolver| resolver.block(alternative));
                }
            }
            Expr::Function(function) => self.function(function),
            Expr::Call {
                callee,
                arguments: list,
            } => {
                self.expression(callee);
                self.expressions(list.start, list.len);
            }
            Expr::Index { object, index } => {
                self.expression(object);
                self.expression(index);
            }
            Expr::Array(list) | Expr::Hash(list) => self.expressions(list.start, list.len),
        }
    }

    fn expressions(&mut self, start: u32, len: u32) {
        let ast = self.ast;
        for &item in &ast.lists[start as usize..][..len as usize] {
            self.expression(item);
        }
    }

    /// A function literal: its own name outermost, then its parameters, then its `let`s.
    fn function(&mut self, id: FunctionId) {
        let function = &self.ast.functions[id.index()];
        let level = self.open_functions.len() as u32;
        self.open_functions.push(OpenFunction { id, variables: 0 });
        self.scope(|resolver| {
            if let Some(name) = function.name {
                // `Scope::itself` is set if it is used; the declaring occurrence means the `let`.
                let kind = BindingKind::Itself { function: id };
                let binding = resolver.bind(name, kind, level);
                resolver.show(name, binding);
            }
            for index in 0..function.arity {
                let name = NameId(function.first_parameter.0 + index);
                let kind = BindingKind::Parameter {
                    function: id,
                    index,
                };
                resolver.declare_variable(name, kind);
            }
            resolver.block(function.body);
        });
        self.open_functions.pop();
        for binding in &self.scopes[id.index()].captures {
            self.reach[binding.index()] = level - 1;
        }
    }

    /// Does `walk` in a scope of its own.
    fn scope(&mut self, walk: impl FnOnce(&mut Self)) {
        let mark = self.hidden.len();
        self.open_scopes += 1;
        walk(self);
        self.open_scopes -= 1;
        // Backwards: of two declarations of a name, the first hid what was there before.
        for (symbol, meaning) in self.hidden.drain(mark..).rev() {
            self.meanings[symbol.index()] = meaning;
        }
    }

    fn declare_let(&mut self, name: NameId) {
        if self.open_scopes > 0 {
            let function = self.innermost().id;
            self.declare_variable(name, BindingKind::Local { function });
            return;
        }
        // Globals are never hidden by one another for good, so there is nothing to restore.
        let meaning = Resolved::Variable(BindingId(self.globals));
        self.globals += 1;
        self.resolved[name.index()] = meaning;
        self.meanings[self.ast.names[name.index()].index()] = Some(meaning);
    }

    /// Declares a variable of the innermost function.
    fn declare_variable(&mut self, name: NameId, kind: BindingKind) {
        let level = self.open_functions.len() as u32 - 1;
        let binding = self.bind(name, kind, level);
        self.resolved[name.index()] = Resolved::Variable(binding);
        self.show(name, binding);
        let function = self.innermost();
        function.variables += 1;
        if function.variables == MAX_VARIABLES + 1 {
            let span = self.ast.name_span(name);
            self.errors.add(span, || SyntaxErrorKind::TooManyVariables);
        }
    }

    fn innermost(&mut self) -> &mut OpenFunction {
        let level = self.open_functions.len() - 1;
        &mut self.open_functions[level]
    }

    /// Makes a binding, which nothing sees yet.
    fn bind(&mut self, name: NameId, kind: BindingKind, reach: u32) -> BindingId {
        let id = BindingId(self.bindings.len() as u32);
        self.bindings.push(Binding { name, kind });
        self.reach.push(reach);
        id
    }

    /// Lets a name mean a variable until the present scope is left.
    fn show(&mut self, name: NameId, binding: BindingId) {
        let symbol = self.ast.names[name.index()];
        let meaning = &mut self.meanings[symbol.index()];
        self.hidden.push((symbol, *meaning));
        *meaning = Some(Resolved::Variable(binding));
    }

    /// An occurrence of a name in an expression.
    fn name(&mut self, name: NameId) {
        let symbol = self.ast.names[name.index()];
        let Some(meaning) = self.meanings[symbol.index()] else {
            let text = &self.ast.symbols[symbol.index()];
            let seen = self.ast.symbols.iter().zip(&self.meanings);
            let seen = seen.filter_map(|(text, meaning)| meaning.map(|_| &**text));
            let span = self.ast.name_span(name);
            self.errors.add(span, || SyntaxErrorKind::UnboundName {
                name: text.clone(),
                near: near_names(text, seen),
            });
            return;
        };
        self.resolved[name.index()] = meaning;
        if let Resolved::Variable(binding) = meaning {
            if let BindingKind::Itself { function } = self.bindings[binding.index()].kind {
                self.scopes[function.index()].itself = Some(binding);
            }
            let level = self.open_functions.len() as u32 - 1;
            if self.reach[binding.index()] < level {
                self.capture(binding, level, name);
            }
        }
    }

    /// Passes a variable on from the innermost function that has it to the one at `level`.
    fn capture(&mut self, binding: BindingId, level: u32, name: NameId) {
        let reach = std::mem::replace(&mut self.reach[binding.index()], level);
        for function in &self.open_functions[reach as usize + 1..=level as usize] {
            // Past the limits, nothing is stored any more: the program won't be handed out.
            if self.total_captures > MAX_TOTAL_CAPTURES {
                return;
            }
            self.total_captures += 1;
            if self.total_captures > MAX_TOTAL_CAPTURES {
                let span = self.ast.name_span(name);
                self.errors
                    .add(span, || SyntaxErrorKind::TooManyCapturesInAll);
            }
            let captures = &mut self.scopes[function.id.index()].captures;
            captures.push(binding);
            if captures.len() == MAX_VARIABLES as usize + 1 {
                let span = self.ast.name_span(name);
                self.errors.add(span, || SyntaxErrorKind::TooManyCaptures);
            }
        }
    }
}
