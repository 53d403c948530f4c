//! From a resolved program to code.
//!
//! The compiler emits the plain instructions of a stack machine, function by function, and leaves
//! the rest to the optimizations, each in a file of its own: constant folding and type
//! specialization tell what is known of an expression before it is emitted, constant operands and
//! superinstructions rewrite what was emitted.

mod emitter;
mod layout;

use std::collections::HashMap;
use std::rc::Rc;

use analysis::{Folding, IntegerOperands, Literal};
use bytecode::{Code, Constants, Function, Label, Pipeline, Shape, Text};
use foldhash::fast::FixedState;
use runtime::Value;
use syntax::{
    BindingId, BindingKind, Block, Expr, ExprId, ExprList, FunctionId, InfixOp, NameId, PrefixOp,
    Program, Resolved, Span, Stmt, with_stack,
};

use crate::isa::Opcode;
use crate::optimizations::Optimizations;
use emitter::Emitter;
use layout::Layout;

/// Compiles a program with a set of optimizations.
pub fn compile<V: Value>(program: &Rc<Program>, optimizations: Optimizations) -> Code<V> {
    let on = |one| optimizations.contains(one);
    let layout = Layout::of(program);
    let folding = if on(Optimizations::CONSTANT_FOLDING) {
        Folding::of(program)
    } else {
        Folding::default()
    };
    let integers = if on(Optimizations::TYPE_SPECIALIZATION) {
        IntegerOperands::of(program)
    } else {
        IntegerOperands::default()
    };
    let mut constants = Constants::default();
    let mut pipeline = Pipeline::new(optimizations.rewritings());
    let functions = (0..program.ast().functions.len())
        .map(|index| {
            let id = FunctionId(u32::try_from(index).expect("functions are numbered in 32 bits"));
            let compiler = FunctionCompiler {
                program,
                layout: &layout,
                folding: &folding,
                integers: &integers,
                id,
                captures: program
                    .scope(id)
                    .captures
                    .iter()
                    .copied()
                    .zip(0..)
                    .collect(),
                emitter: Emitter::new(&mut constants, &mut pipeline),
            };
            compiler.compile()
        })
        .collect();
    Code {
        text: Text::Program(Rc::clone(program)),
        globals: u32::try_from(program.global_count()).expect("globals are numbered in 32 bits"),
        functions,
        constants: constants.into_values(),
    }
}

struct FunctionCompiler<'c> {
    program: &'c Program,
    layout: &'c Layout,
    folding: &'c Folding,
    integers: &'c IntegerOperands,
    id: FunctionId,
    captures: HashMap<BindingId, u32, FixedState>,
    emitter: Emitter<'c>,
}

impl FunctionCompiler<'_> {
    fn compile(mut self) -> Function {
        let function = *self.program.function(self.id);
        with_stack(function.height, || {
            self.last_block(function.body, function.span);
        });

        let highest = self.emitter.highest();
        let (code, origins) = self.emitter.finish();
        let locals = self.layout.locals(self.id);
        Function {
            code,
            shape: Shape {
                arity: function.arity,
                locals,
                slots: locals + highest,
                weight: function.weight(),
            },
            captures: u32::try_from(self.captures.len()).expect("captures are limited to 16 bits"),
            origins,
        }
    }

    /// Emits a block; its value is left on the stack.
    fn block(&mut self, block: Block, origin: Span) {
        let height = self.emitter.height();
        if let Some(value) = self.all_but_value(block, origin) {
            self.expression(value);
        }
        // A block that ends in a `return` leaves nothing, but nothing comes after it either.
        self.emitter.set_height(height + 1);
    }

    /// Emits the last block that a function runs; its value is returned.
    fn last_block(&mut self, block: Block, origin: Span) {
        match self.all_but_value(block, origin) {
            Some(value) => self.last_expression(value),
            None => self.emitter.emit(Opcode::Return, [], origin),
        }
    }

    /// Emits a block but for the expression that gives its value. Without one, it has been emitted
    /// whole, and has left `null` if control gets to its end.
    fn all_but_value(&mut self, block: Block, origin: Span) -> Option<ExprId> {
        let statements = self.program.block(block);
        let Some((last, others)) = statements.split_last() else {
            self.emitter.emit(Opcode::Null, [], origin);
            return None;
        };
        for &statement in others {
            self.statement(statement);
            if let Stmt::Expr(value) = statement {
                self.emitter.emit(Opcode::Pop, [], self.program.span(value));
            }
        }
        match *last {
            Stmt::Expr(value) => Some(value),
            Stmt::Let { value, .. } => {
                self.statement(*last);
                self.emitter
                    .emit(Opcode::Null, [], self.program.span(value));
                None
            }
            Stmt::Return(_) => {
                self.statement(*last);
                None
            }
        }
    }

    /// Emits the last expression that a function evaluates; its value is returned. Both branches of
    /// an `if` return by themselves, rather than jump to where it is done.
    fn last_expression(&mut self, id: ExprId) {
        let span = self.program.span(id);
        match self.program.expr(id) {
            Expr::If {
                condition,
                consequence,
                alternative,
            } => {
                let otherwise = self.condition(condition, span);
                let height = self.emitter.height();
                self.last_block(consequence, span);
                self.emitter.place(otherwise);
                self.emitter.set_height(height);
                match alternative {
                    Some(alternative) => self.last_block(alternative, span),
                    None => {
                        self.emitter.emit(Opcode::Null, [], span);
                        self.emitter.emit(Opcode::Return, [], span);
                    }
                }
            }
            _ => {
                self.expression(id);
                self.emitter.emit(Opcode::Return, [], span);
            }
        }
    }

    /// Emits a statement; an expression's value is left on the stack.
    fn statement(&mut self, statement: Stmt) {
        match statement {
            Stmt::Let { name, value } => {
                self.expression(value);
                let binding = self.program.declared(name);
                let (opcode, operand) = match self.program.binding(binding).kind {
                    BindingKind::Global { index } => (Opcode::SetGlobal, index),
                    _ => (Opcode::SetLocal, self.layout.slot(binding)),
                };
                self.emitter
                    .emit(opcode, [operand], self.program.span(value));
            }
            Stmt::Return(value) => {
                self.expression(value);
                self.emitter
                    .emit(Opcode::Return, [], self.program.span(value));
            }
            Stmt::Expr(value) => self.expression(value),
        }
    }

    /// Emits an expression; its value is left on the stack.
    fn expression(&mut self, id: ExprId) {
        let span = self.program.span(id);
        if let Some(literal) = self.folding.get(id) {
            self.emitter.literal(literal, span);
            return;
        }
        match self.program.expr(id) {
            Expr::Integer(value) => self.emitter.literal(&Literal::Integer(value), span),
            Expr::Boolean(value) => self.emitter.literal(&Literal::Boolean(value), span),
            Expr::String(span) => {
                let text = self.program.text(span);
                self.emitter.literal(&Literal::String(text.into()), span);
            }
            Expr::Name(name) => self.name(name, span),
            Expr::Prefix { op, operand } => {
                self.expression(operand);
                let opcode = match op {
                    PrefixOp::Not => Opcode::Not,
                    PrefixOp::Negate if self.integers.contains(id) => Opcode::NegateInt,
                    PrefixOp::Negate => Opcode::Negate,
                };
                self.emitter.emit(opcode, [], span);
            }
            Expr::Infix { op, left, right } => {
                self.expression(left);
                self.expression(right);
                let opcode = infix_opcode(op, self.integers.contains(id));
                self.emitter.emit(opcode, [], span);
            }
            Expr::If {
                condition,
                consequence,
                alternative,
            } => self.conditional(span, condition, consequence, alternative),
            Expr::Function(function) => self.closure(function, span),
            Expr::Call { callee, arguments } => {
                self.expression(callee);
                let count = self.list(arguments);
                self.emitter.emit(Opcode::Call, [count], span);
            }
            Expr::Index { object, index } => {
                self.expression(object);
                self.expression(index);
                self.emitter.emit(Opcode::Index, [], span);
            }
            Expr::Array(elements) => {
                let count = self.list(elements);
                self.emitter.emit(Opcode::MakeArray, [count], span);
            }
            Expr::Hash(entries) => {
                let count = self.list(entries);
                self.emitter.emit(Opcode::MakeHash, [count], span);
            }
        }
    }

    /// Emits the expressions of a list, in order, and gives their number.
    fn list(&mut self, list: ExprList) -> u32 {
        for &id in self.program.list(list) {
            self.expression(id);
        }
        list.len
    }

    fn conditional(
        &mut self,
        span: Span,
        condition: ExprId,
        consequence: Block,
        alternative: Option<Block>,
    ) {
        let end = self.emitter.label();
        let otherwise = self.condition(condition, span);
        let height = self.emitter.height();
        self.block(consequence, span);
        self.emitter.emit(Opcode::Jump, [end.0], span);
        self.emitter.place(otherwise);
        self.emitter.set_height(height);
        match alternative {
            Some(alternative) => self.block(alternative, span),
            None => self.emitter.emit(Opcode::Null, [], span),
        }
        self.emitter.place(end);
    }

    /// Emits the condition of an `if` and the jump to the place, yet to be set, where the `if` goes
    /// on when it does not hold.
    fn condition(&mut self, condition: ExprId, span: Span) -> Label {
        let otherwise = self.emitter.label();
        self.expression(condition);
        self.emitter.emit(Opcode::JumpIfFalse, [otherwise.0], span);
        otherwise
    }

    fn closure(&mut self, function: FunctionId, span: Span) {
        let captures = &self.program.scope(function).captures;
        for &binding in captures {
            self.variable(binding, span);
        }
        let count = u32::try_from(captures.len()).expect("captures are limited to 16 bits");
        self.emitter
            .emit(Opcode::MakeClosure, [function.0, count], span);
    }

    fn name(&mut self, name: NameId, span: Span) {
        match self.program.resolve(name) {
            Resolved::Variable(binding) => self.variable(binding, span),
            Resolved::Forward(binding) => {
                let BindingKind::Global { index } = self.program.binding(binding).kind else {
                    unreachable!("only globals are used before their `let`");
                };
                self.emitter.emit(Opcode::GetForwardGlobal, [index], span);
            }
            Resolved::Builtin(builtin) => {
                self.emitter
                    .emit(Opcode::GetBuiltin, [builtin as u32], span);
            }
        }
    }

    fn variable(&mut self, binding: BindingId, span: Span) {
        let kind = self.program.binding(binding).kind;
        let (opcode, operand) = match kind {
            BindingKind::Global { index } => (Opcode::GetGlobal, index),
            _ if kind.owner() != Some(self.id) => {
                (Opcode::GetCaptured, self.capture_index(binding))
            }
            BindingKind::Itself { .. } => {
                self.emitter.emit(Opcode::CurrentClosure, [], span);
                return;
            }
            _ => (Opcode::GetLocal, self.layout.slot(binding)),
        };
        self.emitter.emit(opcode, [operand], span);
    }

    /// Where the closure that runs holds a variable of an enclosing function.
    fn capture_index(&self, binding: BindingId) -> u32 {
        *self
            .captures
            .get(&binding)
            .expect("the resolver lists every variable that a function captures")
    }
}

/// The instruction of an infix operator, on any operands or on proven integers.
fn infix_opcode(op: InfixOp, integers: bool) -> Opcode {
    match (op, integers) {
        (InfixOp::Add, false) => Opcode::Add,
        (InfixOp::Subtract, false) => Opcode::Sub,
        (InfixOp::Multiply, false) => Opcode::Mul,
        (InfixOp::Divide, false) => Opcode::Div,
        (InfixOp::Less, false) => Opcode::Less,
        (InfixOp::Greater, false) => Opcode::Greater,
        (InfixOp::Equal, false) => Opcode::Equal,
        (InfixOp::NotEqual, false) => Opcode::NotEqual,
        (InfixOp::Add, true) => Opcode::AddInt,
        (InfixOp::Subtract, true) => Opcode::SubInt,
        (InfixOp::Multiply, true) => Opcode::MulInt,
        (InfixOp::Divide, true) => Opcode::DivInt,
        (InfixOp::Less, true) => Opcode::LessInt,
        (InfixOp::Greater, true) => Opcode::GreaterInt,
        (InfixOp::Equal, true) => Opcode::EqualInt,
        (InfixOp::NotEqual, true) => Opcode::NotEqualInt,
    }
}
