//! Integer types.
//!
//! Finds the operators whose operands are integers in every execution; for these a compiler may emit
//! instructions that read the integers without a test of the type. What is known:
//!
//! - An integer literal is an integer, and so is what `-`, `*`, `/`, unary `-` and `len` give, and
//!   what `+` gives for two integers: else they are errors. An `if` gives an integer if both its
//!   branches do.
//! - A name is an integer once `let` has bound it to one, or once an operator that is an error for
//!   all else (`- * / < >`, unary `-`, or `+` with an integer) has had it as an operand: what comes
//!   after it runs only if there was no error.
//!
//! It is correct because a binding never changes its value: what is known of it at one place holds
//! at every place that is reached only through that one. What a branch finds out is forgotten after
//! the `if`, what a function's body finds out after the function; what is known where a function
//! literal stands holds within its body, since the literal is evaluated before it is called.

use syntax::{
    BindingId, Block, Builtin, Expr, ExprId, FunctionId, InfixOp, PrefixOp, Program, Resolved,
    Stmt, with_stack,
};

/// The operators whose operands are proven integers, by expression.
#[derive(Debug, Default)]
pub struct IntegerOperands(Vec<bool>);

impl IntegerOperands {
    /// Analyses a program.
    pub fn of(program: &Program) -> Self {
        let mut analysis = Analysis {
            program,
            proven: vec![false; program.ast().expressions.len()],
            known: vec![false; program.binding_count()],
            trail: Vec::new(),
        };
        with_stack(program.ast().height, || {
            analysis.block(program.function(FunctionId::MAIN).body);
        });
        Self(analysis.proven)
    }

    /// Whether an operator's operands are proven integers.
    #[inline]
    pub fn contains(&self, id: ExprId) -> bool {
        self.0.get(id.index()).copied().unwrap_or(false)
    }
}

struct Analysis<'p> {
    program: &'p Program,
    proven: Vec<bool>,
    /// The variables that are integers wherever the walk stands.
    known: Vec<bool>,
    /// The variables in `known`, in the order in which they came to be known.
    trail: Vec<BindingId>,
}

/// What an expression gives, if it gives anything.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Type {
    /// An integer; also of what never gives a value, since it returns first.
    Integer,
    /// Anything.
    Any,
}

impl Analysis<'_> {
    /// Walks a block in the order of its evaluation.
    fn block(&mut self, block: Block) -> Type {
        let mut value = Type::Any;
        for &statement in self.program.block(block) {
            value = match statement {
                Stmt::Let { name, value } => {
                    if self.expression(value) == Type::Integer {
                        self.learn(self.program.declared(name));
                    }
                    Type::Any
                }
                Stmt::Return(value) => {
                    self.expression(value);
                    Type::Integer
                }
                Stmt::Expr(value) => self.expression(value),
            };
        }
        value
    }

    /// Walks an expression in the order of its evaluation.
    fn expression(&mut self, id: ExprId) -> Type {
        match self.program.expr(id) {
            Expr::Integer(_) => Type::Integer,
            Expr::Boolean(_) | Expr::String(_) => Type::Any,
            Expr::Name(_) => self.known_name(id).unwrap_or(Type::Any),
            Expr::Prefix { op, operand } => self.prefix(id, op, operand),
            Expr::Infix { op, left, right } => self.infix(id, op, left, right),
            Expr::If {
                condition,
                consequence,
                alternative,
            } => {
                self.expression(condition);
                let consequence = self.branch(consequence);
                let alternative = alternative.map_or(Type::Any, |block| self.branch(block));
                join(consequence, alternative)
            }
            Expr::Function(function) => {
                self.branch(self.program.function(function).body);
                Type::Any
            }
            Expr::Call { callee, arguments } => {
                self.expression(callee);
                self.list(arguments);
                match self.program.expr(callee) {
                    Expr::Name(name)
                        if self.program.resolve(name) == Resolved::Builtin(Builtin::Len) =>
                    {
                        Type::Integer
                    }
                    _ => Type::Any,
                }
            }
            Expr::Index { object, index } => {
                self.expression(object);
                self.expression(index);
                Type::Any
            }
            Expr::Array(elements) | Expr::Hash(elements) => {
                self.list(elements);
                Type::Any
            }
        }
    }

    fn list(&mut self, list: syntax::ExprList) {
        for &id in self.program.list(list) {
            self.expression(id);
        }
    }

    fn prefix(&mut self, id: ExprId, op: PrefixOp, operand: ExprId) -> Type {
        let operand_type = self.expression(operand);
        match op {
            PrefixOp::Not => Type::Any,
            PrefixOp::Negate => {
                self.proven[id.index()] = operand_type == Type::Integer;
                self.learn_name(operand);
                Type::Integer
            }
        }
    }

    fn infix(&mut self, id: ExprId, op: InfixOp, left: ExprId, right: ExprId) -> Type {
        let left_type = self.expression(left);
        let right_type = self.expression(right);
        // The right operand may have told more of the left one, as in `x + (x - 1)`.
        let left_type = self.known_name(left).unwrap_or(left_type);
        self.proven[id.index()] = join(left_type, right_type) == Type::Integer;
        match op {
            InfixOp::Equal | InfixOp::NotEqual => return Type::Any,
            InfixOp::Add if left_type == Type::Any && right_type == Type::Any => return Type::Any,
            _ => {}
        }
        self.learn_name(left);
        self.learn_name(right);
        match op {
            InfixOp::Less | InfixOp::Greater => Type::Any,
            _ => Type::Integer,
        }
    }

    /// Walks what runs only sometimes, and forgets what it found out.
    fn branch(&mut self, block: Block) -> Type {
        let mark = self.trail.len();
        let value = self.block(block);
        for binding in self.trail.drain(mark..) {
            self.known[binding.index()] = false;
        }
        value
    }

    /// An integer, if `id` is the name of a variable that is known to be one.
    fn known_name(&self, id: ExprId) -> Option<Type> {
        let binding = self.variable(id)?;
        self.known[binding.index()].then_some(Type::Integer)
    }

    /// Notes that the variable that `id` names, if it names one, is an integer from here on.
    fn learn_name(&mut self, id: ExprId) {
        if let Some(binding) = self.variable(id) {
            self.learn(binding);
        }
    }

    fn learn(&mut self, binding: BindingId) {
        let known = &mut self.known[binding.index()];
        if !*known {
            *known = true;
            self.trail.push(binding);
        }
    }

    fn variable(&self, id: ExprId) -> Option<BindingId> {
        match self.program.expr(id) {
            Expr::Name(name) => match self.program.resolve(name) {
                Resolved::Variable(binding) | Resolved::Forward(binding) => Some(binding),
                Resolved::Builtin(_) => None,
            },
            _ => None,
        }
    }
}

/// The type of what is either of two.
fn join(one: Type, other: Type) -> Type {
    if one == Type::Integer && other == Type::Integer {
        Type::Integer
    } else {
        Type::Any
    }
}
