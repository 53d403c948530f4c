//! Constant folding.
//!
//! Finds the operators whose operands are literals, or operators that are folded themselves, and what
//! they give, which a compiler may emit as a constant. An operator that would fail is left alone, so that it fails when
//! it is reached, at its own position. Names are no literals: what a `let` binds is not propagated.
//!
//! It is correct because the folded operators are pure, and what they give is what the run time
//! gives: integers by its own functions, literals of other types compared by value, as it does.
//! Long strings are left alone, so that an execution's fuel, of which joining and comparing them
//! takes some, is the same with and without.

use runtime::operators::{Folded, fold_integers, fold_negate};
use syntax::{Expr, ExprId, InfixOp, PrefixOp, Program};

/// The longest string, in bytes, that is folded. Walking fewer than 64 elements takes no fuel, and
/// a comparison of two strings walks their bytes and the pair itself.
const LONGEST_STRING: usize = 62;

/// A value known to the compiler.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Literal {
    /// An integer.
    Integer(i64),
    /// A boolean.
    Boolean(bool),
    /// A string.
    String(Box<str>),
}

/// What the operators of a program fold to, by expression.
#[derive(Debug, Default)]
pub struct Folding {
    /// By expression, the number of what it folds to, or [`NOT_FOLDED`]. What is behind the last
    /// one that folds has none.
    numbers: Vec<u32>,
    literals: Vec<Literal>,
}

const NOT_FOLDED: u32 = u32::MAX;

impl Folding {
    /// Folds all that can be, in one walk: operands stand before their operators.
    pub fn of(program: &Program) -> Self {
        let expressions = &program.ast().expressions;
        let mut folding = Self::default();
        for (index, &expr) in expressions.iter().enumerate() {
            let literal = match expr {
                Expr::Prefix { op, operand } => folding.prefix(program, op, operand),
                Expr::Infix { op, left, right } => folding.infix(program, op, left, right),
                _ => None,
            };
            if let Some(literal) = literal {
                folding.numbers.resize(index, NOT_FOLDED);
                folding.numbers.push(folding.literals.len() as u32);
                folding.literals.push(literal);
            }
        }
        folding
    }

    /// What an operator folds to; nothing for what is a literal anyway.
    #[inline]
    pub fn get(&self, id: ExprId) -> Option<&Literal> {
        let &number = self.numbers.get(id.index())?;
        self.literals.get(number as usize)
    }

    /// The value of a literal or a folded operator.
    fn value(&self, program: &Program, id: ExprId) -> Option<Literal> {
        match program.expr(id) {
            Expr::Integer(value) => Some(Literal::Integer(value)),
            Expr::Boolean(value) => Some(Literal::Boolean(value)),
            Expr::String(span) if program.text(span).len() <= LONGEST_STRING => {
                Some(Literal::String(program.text(span).into()))
            }
            _ => self.get(id).cloned(),
        }
    }

    fn prefix(&self, program: &Program, op: PrefixOp, operand: ExprId) -> Option<Literal> {
        match (op, self.value(program, operand)?) {
            (PrefixOp::Negate, Literal::Integer(value)) => {
                Some(Literal::Integer(fold_negate(value)))
            }
            (PrefixOp::Negate, _) => None,
            (PrefixOp::Not, Literal::Boolean(value)) => Some(Literal::Boolean(!value)),
            (PrefixOp::Not, _) => Some(Literal::Boolean(false)),
        }
    }

    fn infix(
        &self,
        program: &Program,
        op: InfixOp,
        left: ExprId,
        right: ExprId,
    ) -> Option<Literal> {
        let left = self.value(program, left)?;
        let right = self.value(program, right)?;
        match (op, &left, &right) {
            (_, &Literal::Integer(left), &Literal::Integer(right)) => {
                Some(match fold_integers(op, left, right)? {
                    Folded::Integer(value) => Literal::Integer(value),
                    Folded::Boolean(value) => Literal::Boolean(value),
                })
            }
            (InfixOp::Equal, ..) => Some(Literal::Boolean(left == right)),
            (InfixOp::NotEqual, ..) => Some(Literal::Boolean(left != right)),
            (InfixOp::Add, Literal::String(left), Literal::String(right))
                if left.len() + right.len() <= LONGEST_STRING =>
            {
                Some(Literal::String([&**left, &**right].concat().into()))
            }
            _ => None,
        }
    }
}
