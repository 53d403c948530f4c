//! Statements, blocks and functions.

use super::Generator;
use super::types::{Recursion, Signature, Type, Variable};

/// Few names, so that they shadow one another; some shadow builtins.
const NAMES: &[&str] = &["a", "b", "c", "d", "e", "x", "y", "len", "first"];

/// What a recursive function calls its count, which nothing else is called.
const COUNT: &str = "n";

/// How deep a statement's expressions are nested.
const DEPTH: u32 = 5;

impl Generator<'_> {
    pub(super) fn program(&mut self) {
        self.ill_typed = self.rarely(2);
        let later = Type::Function(self.signature());
        let of = self.one_of(&[later, Type::Integer, Type::String]);
        self.variables.push(Variable {
            forward: true,
            ..Variable::new("later", of)
        });
        let before = self.pick(6);
        self.statements(before, DEPTH);
        self.forward_global(of);
        if self.rarely(4) {
            self.mutual_recursion();
        }
        let after = self.pick(8);
        self.statements(after, DEPTH);
        self.expression(Type::Any, DEPTH);
        self.write("\n");
    }

    /// Binds the global that functions before may have used.
    fn forward_global(&mut self, of: Type) {
        // What it is made of must not need it: a function would call itself without end.
        let hidden = std::mem::take(&mut self.variables);
        self.write("let later = ");
        self.expression(of, 2);
        self.end_of_statement();
        self.variables = hidden;
        self.variables.push(Variable::new("later", of));
    }

    /// Two functions of the top level that call each other.
    fn mutual_recursion(&mut self) {
        let turns = self.pick(20);
        self.write("let even = fn(n) { if (n == 0) { true } else { odd(n - 1) } };\n");
        self.write("let odd = fn(n) { if (n == 0) { false } else { even(n - 1) } };\n");
        self.write(&format!("puts(even({turns}), odd({turns}));\n"));
    }

    pub(super) fn statements(&mut self, count: usize, depth: u32) {
        for _ in 0..count {
            self.statement(depth);
            self.end_of_statement();
        }
    }

    /// A semicolon and a new line, with a comment between them here and there.
    fn end_of_statement(&mut self) {
        self.write(";");
        if self.rarely(12) {
            self.write(" // \"}");
        }
        self.write("\n");
    }

    fn statement(&mut self, depth: u32) {
        match self.pick(10) {
            0 => self.expression(Type::Any, depth),
            1..=3 => self.binding(depth),
            4 | 5 => self.named_function(depth),
            6 => self.recursive_function(depth),
            7 if !self.results.is_empty() || self.rarely(8) => self.early_end(depth),
            8 if self.breaks_types(3) => self.endless_recursion(depth),
            _ if self.is_builtin("puts") => {
                self.write("puts(");
                let count = self.pick(4);
                self.list(count, |g, _| {
                    g.expression(Type::Any, depth.saturating_sub(2))
                });
                self.write(")");
            }
            _ => self.expression(Type::Any, depth),
        }
    }

    fn binding(&mut self, depth: u32) {
        let of = self.concrete_type();
        let name = self.one_of(NAMES);
        self.write(&format!("let {name} = "));
        self.expression(of, depth);
        self.variables.push(Variable::new(name, of));
    }

    fn named_function(&mut self, depth: u32) {
        let signature = self.signature();
        let name = self.one_of(NAMES);
        self.write(&format!("let {name} = "));
        // The name means the function in its own body, where calling it would not end.
        let outer = self.hide(name);
        let outside = std::mem::replace(&mut self.may_look_forward, self.results.is_empty());
        self.function(signature, depth);
        self.may_look_forward = outside;
        self.variables = outer;
        self.variables
            .push(Variable::new(name, Type::Function(signature)));
    }

    /// Takes a name out of scope; gives the scope as it was.
    fn hide(&mut self, name: &str) -> Vec<Variable> {
        let outer = self.variables.clone();
        self.variables.retain(|variable| variable.name != name);
        outer
    }

    /// A function that calls itself with less, until nothing is left.
    fn recursive_function(&mut self, depth: u32) {
        let signature = self.signature();
        if !signature.counts() {
            return self.expression(Type::Any, depth);
        }
        let name = self.one_of(NAMES);
        let itself = Variable::new(name, Type::Function(signature));
        let mark = self.variables.len();
        self.write(&format!("let {name} = fn({COUNT}"));
        self.variables.push(itself.recursive(Recursion::Within));
        self.variables.push(Variable::new(COUNT, Type::Integer));
        for &of in &signature.parameters()[1..] {
            self.write(", ");
            self.parameter(of);
        }
        self.results.push(signature.result());
        let condition = self.one_of(&["n < 1", "n == 0", "1 > n"]);
        self.write(&format!(") {{ if ({condition}) "));
        self.block(signature.result(), depth.saturating_sub(2));
        self.write(" else ");
        self.recursive_block(itself.recursive(Recursion::Within), depth.saturating_sub(1));
        self.write(" }");
        self.results.pop();
        self.variables.truncate(mark);
        self.variables.push(itself.recursive(Recursion::Outside));
    }

    /// A block that calls the function it is in at least once, and gives what that gives.
    fn recursive_block(&mut self, itself: Variable, depth: u32) {
        let Type::Function(signature) = itself.of else {
            return;
        };
        let mark = self.variables.len();
        let name = self.one_of(NAMES);
        self.write(&format!("{{ let {name} = "));
        self.call_of(itself, depth.saturating_sub(1));
        self.end_of_statement();
        self.variables.push(Variable::new(name, signature.result()));
        let count = self.pick(3);
        self.statements(count, depth.saturating_sub(1));
        self.expression(signature.result(), depth);
        self.write(" }");
        self.variables.truncate(mark);
    }

    /// A call that only a limit ends, of depth or of fuel.
    fn endless_recursion(&mut self, depth: u32) {
        self.write("let spin = fn(n) { ");
        let body = self.one_of(&[
            "spin(n + 1)",
            "[spin(n + 1)]",
            "1 + spin(n + 1) * 2",
            "if (n > 20) { n } else { spin(n + 1) + spin(n + 1) }",
        ]);
        self.write(&format!("{body} }};\n"));
        self.write("spin(");
        self.expression(Type::Integer, depth.min(2));
        self.write(")");
    }

    /// A `return` in the middle.
    fn early_end(&mut self, depth: u32) {
        self.write("if (");
        self.expression(Type::Boolean, depth.saturating_sub(2));
        self.write(") { ");
        self.return_statement(depth.saturating_sub(2));
        self.write(" }");
    }

    pub(super) fn return_statement(&mut self, depth: u32) {
        let of = self.results.last().copied().unwrap_or(Type::Any);
        self.write("return ");
        self.expression(of, depth);
        self.write(";");
    }

    /// A block in braces that gives a value of this type.
    pub(super) fn block(&mut self, of: Type, depth: u32) {
        let mark = self.variables.len();
        self.write("{ ");
        let count = [0, 0, 0, 1, 2, 3][self.pick(6)];
        self.statements(count, depth.saturating_sub(1));
        match of {
            Type::Null if self.rarely(3) => self.binding(depth.saturating_sub(1)),
            Type::Null if self.rarely(3) => {}
            _ if !self.results.is_empty() && self.rarely(8) => self.return_statement(depth),
            _ => self.expression(of, depth.saturating_sub(1)),
        }
        self.write(" }");
        self.variables.truncate(mark);
    }

    /// A function literal.
    pub(super) fn function(&mut self, signature: Signature, depth: u32) {
        let mark = self.variables.len();
        self.write("fn(");
        self.list(signature.parameters().len(), |g, index| {
            g.parameter(signature.parameters()[index]);
        });
        self.write(") ");
        self.results.push(signature.result());
        self.block(signature.result(), depth.saturating_sub(1));
        self.results.pop();
        self.variables.truncate(mark);
    }

    /// A parameter; two of one function may have one name.
    fn parameter(&mut self, of: Type) {
        let name = self.one_of(NAMES);
        self.write(name);
        self.variables.push(Variable::new(name, of));
    }

    pub(super) fn signature(&mut self) -> Signature {
        self.one_of(&Signature::all())
    }

    pub(super) fn concrete_type(&mut self) -> Type {
        let signature = self.signature();
        self.one_of(&Type::concrete(signature))
    }
}
