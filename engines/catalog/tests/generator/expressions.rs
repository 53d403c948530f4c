//! Expressions of a type.

use super::Generator;
use super::types::{Recursion, Type, Variable};

/// Around the integer cache's ends, and where arithmetic wraps.
const INTEGERS: &[&str] = &[
    "0",
    "1",
    "2",
    "3",
    "7",
    "10",
    "64",
    "255",
    "256",
    "257",
    "4294967296",
    "9223372036854775807",
    "(-1)",
    "(-2)",
    "(-9223372036854775807 - 1)",
];

/// Lengths of string literals; some lie where walking a string begins to take fuel.
const STRING_LENGTHS: &[usize] = &[0, 1, 2, 3, 31, 32, 61, 62, 63, 64, 130];

const ARITHMETIC: &[&str] = &["+", "-", "*", "-"];
const COMPARISONS: &[&str] = &["<", ">", "==", "!="];
const EQUALITY: &[&str] = &["==", "!="];
const INFIX: &[&str] = &["+", "-", "*", "/", "<", ">", "==", "!="];

impl Generator<'_> {
    /// Writes an expression; `depth` is how deep it may be nested.
    pub(super) fn expression(&mut self, of: Type, depth: u32) {
        if depth > 0 && self.breaks_types(10) {
            return self.mistake(depth - 1);
        }
        let of = match of {
            Type::Any if self.rarely(6) => return self.lookup(),
            Type::Any => self.concrete_type(),
            _ if self.breaks_types(12) => self.concrete_type(),
            of => of,
        };
        if depth == 0 {
            return self.leaf(of);
        }
        match self.pick(8) {
            0 | 1 => self.leaf(of),
            2 => self.conditional(of, depth - 1),
            3 => self.call(of, depth - 1),
            4 => self.element(of, depth - 1),
            _ => self.operation(of, depth - 1),
        }
    }

    fn leaf(&mut self, of: Type) {
        // A function that counts must not be handed to who doesn't know.
        let variables = self.visible(|variable| {
            variable.of == of && (variable.recursion == Recursion::None || self.ill_typed)
        });
        let choice = self.pick(variables.len() * 3 + 1);
        match variables.get(choice.wrapping_sub(1) / 3) {
            Some(variable) if choice > 0 => self.write(variable.name),
            _ => self.literal(of),
        }
    }

    fn literal(&mut self, of: Type) {
        match of {
            Type::Integer | Type::Any => {
                let digits = self.one_of(INTEGERS);
                self.write(digits);
            }
            Type::Boolean => {
                let value = self.one_of(&["true", "false"]);
                self.write(value);
            }
            Type::String => {
                let length = self.one_of(STRING_LENGTHS);
                let text = self.one_of(&["a", "b"]).repeat(length);
                self.write(&format!("\"{text}\""));
            }
            Type::Array => {
                let array = self.one_of(&["[]", "[1]", "[1, \"b\", true]"]);
                self.write(array);
            }
            Type::Hash => {
                let hash = self.one_of(&["{}", "{1: 2}", "{\"k\": 1, true: [], 2: \"v\"}"]);
                self.write(hash);
            }
            Type::Null => {
                let null = self.one_of(&["[][0]", "{}[1]", "if (false) { 1 }", "fn() {}()"]);
                self.write(&format!("({null})"));
            }
            Type::Function(signature) => self.function(signature, 0),
        }
    }

    /// An `if`, some of whose branches return from the function.
    fn conditional(&mut self, of: Type, depth: u32) {
        self.write("(if (");
        if self.rarely(4) {
            self.expression(Type::Any, depth);
        } else {
            self.expression(Type::Boolean, depth);
        }
        self.write(") ");
        if !self.results.is_empty() && self.rarely(5) {
            self.write("{ ");
            self.return_statement(depth.saturating_sub(1));
            self.write(" }");
        } else {
            self.block(of, depth);
        }
        if of != Type::Null || self.rarely(2) {
            self.write(" else ");
            self.block(of, depth);
        }
        self.write(")");
    }

    /// A call of a function in scope, or of a literal.
    fn call(&mut self, of: Type, depth: u32) {
        let functions = self.visible(
            |variable| matches!(variable.of, Type::Function(signature) if signature.result() == of),
        );
        let choice = self.pick(functions.len() + 1);
        match functions.get(choice.wrapping_sub(1)) {
            Some(&function) if choice > 0 => self.call_of(function, depth),
            _ => self.call_of_literal(of, depth),
        }
    }

    /// A call of this function, such that it ends.
    pub(super) fn call_of(&mut self, function: Variable, depth: u32) {
        let Type::Function(signature) = function.of else {
            return;
        };
        self.write(&format!("{}(", function.name));
        self.list(signature.parameters().len(), |g, index| {
            match (index, function.recursion) {
                (0, Recursion::Within) => g.write("n - 1"),
                (0, Recursion::Outside) => {
                    let count = g.one_of(&["0", "1", "2", "3", "4", "(-1)"]);
                    g.write(count);
                }
                _ => g.expression(signature.parameters()[index], depth.saturating_sub(1)),
            }
        });
        self.write(")");
    }

    /// A call of a function that is made for it and captures what it uses.
    fn call_of_literal(&mut self, of: Type, depth: u32) {
        let parameter = self.concrete_type();
        let name = self.one_of(&["p", "a", "x"]);
        self.write(&format!("fn({name}) "));
        let mark = self.variables.len();
        self.variables.push(Variable::new(name, parameter));
        self.results.push(of);
        self.block(of, depth);
        self.results.pop();
        self.variables.truncate(mark);
        self.write("(");
        self.expression(parameter, depth.saturating_sub(1));
        self.write(")");
    }

    /// What is put into an array or a hash and taken out again.
    fn element(&mut self, of: Type, depth: u32) {
        let (open, close) = match self.pick(5) {
            0 => ("[1, ", "][1]"),
            1 => ("{\"k\": 0, \"k\": ", "}[\"k\"]"),
            2 => ("{true: ", ", 2: 2}[1 < 2]"),
            3 if self.is_builtin("last") && self.is_builtin("push") => ("last(push([2], ", "))"),
            4 if self.is_builtin("first") => ("first([", ", 1])"),
            _ => ("[", "][0]"),
        };
        self.write(open);
        self.expression(of, depth);
        self.write(close);
    }

    /// What only values of this type are made by.
    fn operation(&mut self, of: Type, depth: u32) {
        match of {
            Type::Integer | Type::Any => self.arithmetic(depth),
            Type::Boolean => self.test(depth),
            Type::String => self.infix(Type::String, "+", Type::String, depth),
            Type::Array => self.array(depth),
            Type::Hash => {
                self.write("{");
                let count = self.pick(4);
                self.list(count, |g, _| {
                    let key = g.one_of(&[Type::Integer, Type::String, Type::Boolean]);
                    g.expression(key, depth.saturating_sub(1));
                    g.write(": ");
                    g.expression(Type::Any, depth.saturating_sub(1));
                });
                self.write("}");
            }
            Type::Null => {
                let access = self.one_of(&["[", "{\"k\": "]);
                self.write(access);
                self.expression(Type::Any, depth);
                let access = if access == "[" {
                    "][(-1)]"
                } else {
                    "}[\"none\"]"
                };
                self.write(access);
            }
            Type::Function(signature) => self.function(signature, depth),
        }
    }

    fn arithmetic(&mut self, depth: u32) {
        match self.pick(9) {
            8 => self.rank(),
            0..=3 => {
                let operator = self.one_of(ARITHMETIC);
                self.infix(Type::Integer, operator, Type::Integer, depth);
            }
            4 if self.rarely(6) || !self.is_builtin("len") => {
                self.infix(Type::Integer, "/", Type::Integer, depth)
            }
            4 => {
                self.write("(");
                self.expression(Type::Integer, depth);
                // Odd, so never zero.
                self.write(" / (1 + 2 * ");
                self.expression(Type::Integer, depth.saturating_sub(2));
                self.write("))");
            }
            5 => {
                self.write("(-");
                self.expression(Type::Integer, depth);
                self.write(")");
            }
            6 if self.is_builtin("len") => {
                let of = self.one_of(&[Type::String, Type::Array]);
                self.write("len(");
                self.expression(of, depth);
                self.write(")");
            }
            6 => {
                let divisor = self.one_of(&["1", "2", "(-1)", "10"]);
                self.write("(");
                self.expression(Type::Integer, depth);
                self.write(&format!(" / {divisor})"));
            }
            _ => self.step(ARITHMETIC),
        }
    }

    /// A variable and a small number: what loops are made of.
    fn step(&mut self, operators: &[&str]) {
        self.write("(");
        self.leaf(Type::Integer);
        let operator = self.one_of(operators);
        let number = self.one_of(&["1", "2", "5"]);
        self.write(&format!(" {operator} {number})"));
    }

    /// Where a number lies among others: tests of one parameter, of which all but the first know
    /// that it is an integer.
    fn rank(&mut self) {
        let operator = self.one_of(&["==", "<", ">"]);
        let test =
            |mark, low, high| format!("if (n {operator} {mark}) {{ {low} }} else {{ {high} }}");
        let (low, high) = (test(0, 0, 1), test(5, 2, 3));
        self.write(&format!(
            "(fn(n) {{ if (n < 1) {{ {low} }} else {{ {high} }} }}("
        ));
        self.leaf(Type::Integer);
        self.write("))");
    }

    /// What an array or a hash in scope has in some place, if anything.
    fn lookup(&mut self) {
        let of = self.one_of(&[Type::Array, Type::Hash]);
        self.leaf(of);
        let index = self.one_of(&["0", "1", "(-1)"]);
        let key = self.one_of(&["\"k\"", "1", "true"]);
        let index = if of == Type::Array { index } else { key };
        self.write(&format!("[{index}]"));
    }

    fn test(&mut self, depth: u32) {
        match self.pick(7) {
            6 => self.step(COMPARISONS),
            0..=2 => {
                let operator = self.one_of(COMPARISONS);
                self.infix(Type::Integer, operator, Type::Integer, depth);
            }
            3 => {
                let operator = self.one_of(EQUALITY);
                self.infix(Type::Any, operator, Type::Any, depth);
            }
            4 => {
                let operator = self.one_of(EQUALITY);
                let of = self.concrete_type();
                self.infix(of, operator, of, depth);
            }
            _ => {
                self.write("(!");
                self.expression(Type::Any, depth);
                self.write(")");
            }
        }
    }

    fn infix(&mut self, left: Type, operator: &str, right: Type, depth: u32) {
        self.write("(");
        self.expression(left, depth);
        self.write(&format!(" {operator} "));
        self.expression(right, depth);
        self.write(")");
    }

    fn array(&mut self, depth: u32) {
        match self.pick(4) {
            0 if self.is_builtin("push") => {
                self.write("push(");
                self.expression(Type::Array, depth);
                self.write(", ");
                self.expression(Type::Any, depth);
                self.write(")");
            }
            1 if self.is_builtin("rest") => {
                self.write("rest([0, ");
                self.expression(Type::Any, depth);
                self.write("])");
            }
            _ => {
                self.write("[");
                let count = self.pick(4);
                self.list(count, |g, _| {
                    g.expression(Type::Any, depth.saturating_sub(1))
                });
                self.write("]");
            }
        }
    }

    /// What is an error, unless the types happen to fit.
    fn mistake(&mut self, depth: u32) {
        let any = Type::Any;
        match self.pick(9) {
            0 => {
                let operator = self.one_of(INFIX);
                self.infix(any, operator, any, depth);
            }
            7 => {
                let operator = self.one_of(INFIX);
                let of = self.concrete_type();
                self.infix(of, operator, of, depth);
            }
            1 => {
                self.write("(-");
                self.expression(any, depth);
                self.write(")");
            }
            2 => {
                self.write("(");
                self.expression(any, depth);
                self.write(")(");
                let count = self.pick(3);
                self.list(count, |g, _| g.expression(any, depth));
                self.write(")");
            }
            3 => {
                self.write("(");
                self.expression(any, depth);
                self.write(")[");
                self.expression(any, depth);
                self.write("]");
            }
            4 => {
                self.write("{");
                self.expression(any, depth);
                self.write(": 1}");
            }
            5 => {
                let builtin = self.one_of(&["len", "first", "last", "rest", "push"]);
                self.write(&format!("{builtin}("));
                self.expression(any, depth);
                self.write(")");
            }
            6 => {
                self.write("push(");
                self.expression(any, depth);
                self.write(", 1)");
            }
            _ => {
                self.write("(");
                self.expression(Type::Integer, depth);
                self.write(" / 0)");
            }
        }
    }
}
