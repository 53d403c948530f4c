//! The evaluator: one method per kind of node.
//!
//! It recurs on the native stack as the tree does, one level per node; `syntax::with_stack` makes
//! room for a function's body before each call.

use std::mem;

use runtime::{
    Boxed, Calls, Closure, ErrorKind, Meter, Position, Raised, RuntimeError, Session, Str, Value,
    View, builtins, operators,
};
use syntax::{
    BindingId, BindingKind, Block, Expr, ExprId, ExprList, Function, FunctionId, InfixOp, NameId,
    PrefixOp, Program, Resolved, Span, Stmt, try_with_stack, with_stack,
};

use crate::environment::{Environment, Variables};
use crate::kinds;

/// The most levels of function bodies that may be on the native stack at once, at 200 to 500 bytes
/// each when optimized: as many as the default limit of depth can reach, which counts each 64
/// levels as a call. Only a program whose caller set a far higher limit gets here, and it gets
/// `stack overflow` before the system's memory is used up.
const MAX_NATIVE_LEVELS: u32 = 64 * 100_000;

/// Why an expression has no value.
enum Exit {
    /// A `return` is on its way to the call of its function.
    Return(Boxed),
    /// The program ends. The error is rare, and every node's result would have room for it were it
    /// not boxed.
    Error(Box<RuntimeError>),
}

type Evaluated<T = Boxed> = Result<T, Exit>;

/// Says which expression an operation failed in.
trait At<T> {
    fn at(self, program: &Program, id: ExprId) -> Evaluated<T>;
}

impl<T> At<T> for Result<T, Raised> {
    #[inline(always)]
    fn at(self, program: &Program, id: ExprId) -> Evaluated<T> {
        self.map_err(|raised| error(*raised, program.span(id)))
    }
}

#[cold]
fn error(kind: ErrorKind, span: Span) -> Exit {
    Exit::Error(Box::new(RuntimeError {
        kind,
        span,
        calls: Calls::default(),
    }))
}

/// Where a node stands: nodes are numbered through the whole program.
fn position(id: ExprId) -> Position {
    Position {
        function: FunctionId::MAIN.0,
        offset: id.0,
    }
}

/// The evaluation of one program.
pub(crate) struct Evaluator<'s, M> {
    program: &'s Program,
    session: Session<'s, Boxed, M>,
    globals: Variables,
    /// The depth that is left: nested calls, each with its weight.
    depth: u32,
    /// The levels of function bodies that may still come onto the native stack.
    native_levels: u32,
}

impl<'s, M: Meter> Evaluator<'s, M> {
    pub(crate) fn new(program: &'s Program, session: Session<'s, Boxed, M>, depth: u32) -> Self {
        Self {
            program,
            session,
            globals: Variables::default(),
            depth,
            native_levels: MAX_NATIVE_LEVELS,
        }
    }

    /// Evaluates the program.
    pub(crate) fn program(&mut self) -> Result<Boxed, RuntimeError> {
        let main = self.program.function(FunctionId::MAIN);
        let mut environment = Environment::of_program();
        match with_stack(main.height, || self.block(main.body, &mut environment)) {
            Ok(value) | Err(Exit::Return(value)) => Ok(value),
            Err(Exit::Error(error)) => Err(*error),
        }
    }

    /// Evaluates statements; their value is the last one's if that is an expression, else `null`.
    fn block(&mut self, block: Block, env: &mut Environment<'_>) -> Evaluated {
        let mut last = Boxed::default();
        for statement in self.program.block(block) {
            last = match *statement {
                Stmt::Expr(id) => self.expression(id, env)?,
                Stmt::Return(id) => return Err(Exit::Return(self.expression(id, env)?)),
                Stmt::Let { name, value } => {
                    let value = self.expression(value, env)?;
                    self.bind(self.program.declared(name), value, env);
                    Boxed::default()
                }
            };
        }
        Ok(last)
    }

    fn bind(&mut self, name: BindingId, value: Boxed, env: &mut Environment<'_>) {
        match self.program.binding(name).kind {
            BindingKind::Global { .. } => {
                self.globals.insert(name, value);
            }
            _ => env.bind(name, value),
        }
    }

    fn expression(&mut self, id: ExprId, env: &mut Environment<'_>) -> Evaluated {
        let node = self.program.expr(id);
        self.session
            .meter
            .dispatch(kinds::kind(node), || position(id));
        match node {
            Expr::Integer(value) => Ok(self.session.integer(value)),
            Expr::Boolean(value) => Ok(self.session.boolean(value)),
            Expr::String(text) => self.string(id, text),
            Expr::Name(name) => self.name(id, name, env),
            Expr::Prefix { op, operand } => {
                let operand = self.expression(operand, env)?;
                self.prefix(id, op, operand)
            }
            Expr::Infix { op, left, right } => {
                let left = self.expression(left, env)?;
                let right = self.expression(right, env)?;
                self.infix(id, op, left, &right)
            }
            Expr::If {
                condition,
                consequence,
                alternative,
            } => {
                if self.expression(condition, env)?.is_truthy() {
                    self.block(consequence, env)
                } else if let Some(alternative) = alternative {
                    self.block(alternative, env)
                } else {
                    Ok(Boxed::default())
                }
            }
            Expr::Function(function) => self.function(id, function, env),
            Expr::Call { callee, arguments } => {
                let callee = self.expression(callee, env)?;
                let arguments = self.list(arguments, env)?;
                self.call(id, callee, arguments)
            }
            Expr::Index { object, index } => {
                let object = self.expression(object, env)?;
                let index = self.expression(index, env)?;
                self.index(id, &object, &index)
            }
            Expr::Array(elements) => {
                let elements = self.list(elements, env)?;
                self.array(id, elements)
            }
            Expr::Hash(keys_and_values) => {
                let keys_and_values = self.list(keys_and_values, env)?;
                self.hash(id, keys_and_values)
            }
        }
    }

    /// Evaluates expressions from left to right.
    fn list(&mut self, list: ExprList, env: &mut Environment<'_>) -> Evaluated<Vec<Boxed>> {
        let expressions = self.program.list(list);
        let mut values = Vec::with_capacity(expressions.len());
        for &id in expressions {
            values.push(self.expression(id, env)?);
        }
        Ok(values)
    }

    /// Searches the call's environment, then the captured values, then the globals.
    fn variable(&self, name: BindingId, env: &Environment<'_>) -> Result<Boxed, Raised> {
        env.find(self.program, name)
            .or_else(|| self.globals.get(&name))
            .cloned()
            .ok_or_else(|| {
                let text = self.program.name(self.program.binding(name).name);
                ErrorKind::IdentifierNotFound(text.into()).into()
            })
    }
}

/// The operations, once their operands are evaluated. They stay out of line so that what they need
/// of the native stack is not taken at every level of the tree.
impl<M: Meter> Evaluator<'_, M> {
    #[inline(never)]
    fn string(&mut self, id: ExprId, text: Span) -> Evaluated {
        let string = Str::new(self.program.text(text)).at(self.program, id)?;
        Ok(self.session.string(string))
    }

    #[inline(never)]
    fn name(&mut self, id: ExprId, name: NameId, env: &Environment<'_>) -> Evaluated {
        match self.program.resolve(name) {
            Resolved::Variable(binding) | Resolved::Forward(binding) => {
                self.variable(binding, env).at(self.program, id)
            }
            Resolved::Builtin(builtin) => Ok(self.session.builtin(builtin)),
        }
    }

    #[inline(never)]
    fn prefix(&mut self, id: ExprId, op: PrefixOp, operand: Boxed) -> Evaluated {
        operators::prefix(&mut self.session, op, &operand).at(self.program, id)
    }

    #[inline(never)]
    fn infix(&mut self, id: ExprId, op: InfixOp, mut left: Boxed, right: &Boxed) -> Evaluated {
        operators::infix::<_, _, _, Replace>(&mut self.session, op, &mut left, right)
            .at(self.program, id)?;
        Ok(left)
    }

    #[inline(never)]
    fn index(&mut self, id: ExprId, object: &Boxed, index: &Boxed) -> Evaluated {
        operators::index(&mut self.session, object, index).at(self.program, id)
    }

    #[inline(never)]
    fn array(&mut self, id: ExprId, mut elements: Vec<Boxed>) -> Evaluated {
        operators::make_array(&mut self.session, &mut elements).at(self.program, id)
    }

    #[inline(never)]
    fn hash(&mut self, id: ExprId, mut keys_and_values: Vec<Boxed>) -> Evaluated {
        operators::make_hash(&mut self.session, &mut keys_and_values).at(self.program, id)
    }

    /// Makes a closure with the present values of what it captures.
    #[inline(never)]
    fn function(&mut self, id: ExprId, function: FunctionId, env: &Environment<'_>) -> Evaluated {
        let captures = &self.program.scope(function).captures;
        let values = captures.iter().map(|&name| self.variable(name, env));
        let values = values.collect::<Result<_, _>>().at(self.program, id)?;
        let closure = Closure::new(function, values).at(self.program, id)?;
        Ok(self.session.function(closure))
    }

    #[inline(never)]
    fn call(&mut self, id: ExprId, callee: Boxed, mut arguments: Vec<Boxed>) -> Evaluated {
        self.session.fuel.call().at(self.program, id)?;
        match callee.view() {
            View::Function(closure) => {
                let function = self.program.function(closure.function);
                self.check_call(function, arguments.len())
                    .at(self.program, id)?;
                self.apply(id, function, &callee, closure, arguments)
            }
            View::Builtin(builtin) => {
                builtins::call(&mut self.session, builtin, &mut arguments).at(self.program, id)
            }
            _ => Err(ErrorKind::NotAFunction(callee.type_of()).into()).at(self.program, id),
        }
    }

    /// Checks that a function can be called with so many arguments, and at this depth.
    fn check_call(&self, function: &Function, arguments: usize) -> Result<(), Raised> {
        if arguments != function.arity as usize {
            return Err(ErrorKind::WrongArity {
                want: function.arity,
                got: u32::try_from(arguments).unwrap_or(u32::MAX),
            }
            .into());
        }
        if function.weight() > self.depth || function.height > self.native_levels {
            return Err(ErrorKind::StackOverflow.into());
        }
        Ok(())
    }

    /// Evaluates a function's body in an environment of its own.
    fn apply(
        &mut self,
        id: ExprId,
        function: &Function,
        callee: &Boxed,
        closure: &Closure<Boxed>,
        arguments: Vec<Boxed>,
    ) -> Evaluated {
        self.session.meter.call();
        self.session.meter.allocation();
        let parameters = self.program.parameters(closure.function);
        let mut environment = Environment::of_call(closure, parameters.zip(arguments));
        if let Some(itself) = self.program.scope(closure.function).itself {
            environment.bind(itself, callee.clone());
        }

        self.depth -= function.weight();
        self.native_levels -= function.height;
        let body = || self.block(function.body, &mut environment);
        let Some(result) = try_with_stack(function.height, body) else {
            // The call's own error, from the place where it would have been made.
            return Err(error(ErrorKind::StackOverflow, self.program.span(id)));
        };
        self.depth += function.weight();
        self.native_levels += function.height;

        match result {
            Err(Exit::Return(value)) => Ok(value),
            Err(Exit::Error(mut error)) => {
                self.passes(&mut error, closure.function, id);
                Err(Exit::Error(error))
            }
            value => value,
        }
    }

    /// Notes the call that an error leaves on its way out.
    #[cold]
    #[inline(never)]
    fn passes(&self, error: &mut RuntimeError, function: FunctionId, call: ExprId) {
        let span = self.program.span(call);
        error.calls.add(self.program, function, span);
    }
}

/// How values are put in others' places here: by assignment.
struct Replace;

impl<V: Value> operators::Place<V> for Replace {
    #[inline(always)]
    fn renew(slot: &mut V, new: impl operators::Make<V>) {
        *slot = V::default();
        // What is replaced is the `null`, which needs no drop.
        mem::forget(mem::replace(slot, new.make()));
    }
}
