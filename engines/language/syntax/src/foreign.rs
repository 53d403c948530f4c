//! What other languages have and Monkey doesn't, and what to write instead: the one table.
//!
//! Only a source that has an error is looked at for any of it, so recognizing it costs a good
//! program nothing. How the parser goes on behind it stands in `parser/diagnosis.rs`; what a name
//! means elsewhere (`null`, `print`) is asked where a name is found unbound, and what a backslash
//! does elsewhere in a string, in `remarks.rs`.

use std::fmt;

use crate::parser::Power;

/// Something that isn't in the language.
#[derive(Debug, PartialEq, Eq)]
pub struct Foreign {
    /// As a message names it; if that is empty, by its text.
    pub name: &'static str,
    /// The texts by which it is known; none if only the grammar tells.
    pub texts: &'static [&'static str],
    /// What there is to know, before what to write instead.
    pub note: &'static str,
    /// What to write instead, if anything does the same. `{left}` and `{right}` stand for what
    /// is on its sides, `{(right)}` for an operand that may need parentheses.
    pub write: &'static str,
    pub(crate) role: Role,
}

/// Where something foreign stands, which decides how to go on behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Between tokens, up to this text, which belongs to it unless it is a newline.
    Comment(&'static str),
    /// A literal up to the same character.
    Quoted,
    /// A literal that begins like an integer.
    Fraction,
    /// Between operands, a symbol or a word.
    Infix(Power),
    /// Before an operand, a symbol or a word.
    Prefix,
    /// Before or after a variable.
    Step,
    /// Between a variable and a value.
    Assignment,
    /// Between parameters and a body, or before the type of a result.
    Arrow,
    /// Between a condition and two values.
    Conditional,
    /// After an operand, a name included.
    Member,
    /// In a string, where it is the characters that it is written with.
    Escape,
    /// A word before a header and a block.
    Statement,
    /// A word in `fn`'s place, perhaps with a name behind it.
    Function,
    /// A word in `let`'s place.
    Binding,
    /// A word that begins what ends with the line, or with its braces.
    Declaration,
    /// A word that is a name to the parser.
    Name,
    /// The parser comes by it itself.
    Grammar,
}

/// Declares each row as a static of its own, and the list of all.
macro_rules! table {
    ($($id:ident: $name:literal [$($text:literal),*] $role:expr, $note:expr, $write:literal;)*) => {
        $(pub(crate) static $id: Foreign = Foreign {
            name: $name,
            texts: &[$($text),*],
            note: $note,
            write: $write,
            role: $role,
        };)*

        /// All that is known not to be in the language.
        pub static FOREIGN: &[&Foreign] = &[$(&$id),*];
    };
}

const LOOP: &str = "a loop is a function that calls itself";
const FIXED: &str = "a variable keeps its value, `let` makes a new one";
const LINE_COMMENT: &str = "a comment is `//` to the end of the line";
const BITS: &str = "integers have `+`, `-`, `*`, `/` and comparisons only";
const NESTED: &str = "put the second `if` in a block";

use Role::*;

table! {
    BLOCK_COMMENT: "`/* … */`" ["/*"] Comment("*/"), LINE_COMMENT, "";
    HASH_COMMENT: "" ["#"] Comment("\n"), LINE_COMMENT, "";

    SINGLE_QUOTED: "a text in single quotes" ["'"] Quoted, "", "\"{right}\"";
    TEMPLATE: "a template string" ["`"] Quoted, "strings are joined by `+`", "\"a\" + \"b\"";
    FRACTION: "a number with a fraction" [] Fraction, "numbers are integers: count in smaller units", "";
    BACKSLASH: "an escape" ["\\"] Grammar, "a backslash is a character of strings only", "";

    ESCAPED_QUOTE: "an escape" ["\\\""] Escape,
        "a backslash is a character, a string ends at the next quote: no string has a quote in it", "";
    ESCAPED_BACKSLASH: "" ["\\\\"] Escape, "one backslash is one character already: write one", "";
    ESCAPED_NEWLINE: "" ["\\n"] Escape,
        "a string may span lines: break the line within it; `puts` ends a line after each argument", "";
    ESCAPED_TAB: "" ["\\t"] Escape, "put the tab itself into the string", "";
    ESCAPED: "" ["\\r", "\\0", "\\x", "\\u"] Escape, "put the character itself into the string", "";

    LESS_OR_EQUAL: "" ["<="] Infix(Power::Comparison), "", "!({left} > {right})";
    GREATER_OR_EQUAL: "" [">="] Infix(Power::Comparison), "", "!({left} < {right})";
    IDENTICAL: "" ["==="] Infix(Power::Equality), "", "{left} == {right}";
    NOT_IDENTICAL: "" ["!=="] Infix(Power::Equality), "", "{left} != {right}";
    REMAINDER: "" ["%"] Infix(Power::Product), "", "({left} - {left} / {right} * {right})";
    POWER: "" ["**"] Infix(Power::Product), "a function does it",
        "let power = fn(x, n) { if (n == 0) { 1 } else { x * power(x, n - 1) } }; power({left}, {right})";
    AND: "" ["&&", "and"] Infix(Power::And), "", "if ({left}) { {right} } else { false }";
    OR: "" ["||", "or"] Infix(Power::Or), "", "if ({left}) { true } else { {right} }";
    NOT: "" ["not"] Prefix, "", "!{(right)}";
    BITS_INFIX: "" ["&", "|", "^", "<<", ">>"] Infix(Power::Product), BITS, "";
    BITS_PREFIX: "" ["~"] Prefix, BITS, "";
    INCREMENT: "" ["++"] Step, FIXED, "let {left} = {left} + 1;";
    DECREMENT: "" ["--"] Step, FIXED, "let {left} = {left} - 1;";
    ADD_TO: "" ["+="] Assignment, FIXED, "let {left} = {left} + {right};";
    SUBTRACT_FROM: "" ["-="] Assignment, FIXED, "let {left} = {left} - {(right)};";
    MULTIPLY_BY: "" ["*="] Assignment, FIXED, "let {left} = {left} * {(right)};";
    DIVIDE_BY: "" ["/="] Assignment, FIXED, "let {left} = {left} / {(right)};";
    DECLARE: "" [":="] Assignment, "", "let {left} = {right};";
    ASSIGN: "assignment" [] Assignment, FIXED, "let {left} = {right};";
    ASSIGN_ELEMENT: "assignment to an element" [] Grammar,
        "arrays and hashes keep what they hold, `push` gives a new array", "";
    ARROW: "" ["=>"] Arrow, "", "fn({left}) { {right} }";
    RESULT_TYPE: "" ["->"] Arrow, "results have no types: leave it out", "";
    TYPE: "a type" [] Grammar, "variables and parameters have none: leave it out", "";
    CONDITIONAL: "`… ? … : …`" ["?"] Conditional, "an `if` has a value", "if (a < b) { a } else { b }";

    CONSOLE_LOG: "`console.log`" [] Grammar, "", "puts({right})";
    LENGTH: "" [".length", ".len", ".size"] Member, "", "len({left})";
    APPEND: "" [".push", ".append"] Member, "it gives a new array", "push({left}, {right})";
    MEMBER: "" ["."] Member, "an entry of a hash is had by its key", "{left}[\"{right}\"]";

    WHILE: "" ["while", "until", "loop"] Statement, LOOP,
        "let loop = fn(i) { if (i < b) { loop(i + 1) } else { i } }; loop(0)";
    FOR: "" ["for", "foreach"] Statement, LOOP,
        "let loop = fn(i, sum) { if (i < b) { loop(i + 1, sum + i) } else { sum } }; loop(0, 0)";
    ELSE_IF: "`else if`" [] Grammar, NESTED, "if (a < b) { 1 } else { if (a == b) { 2 } else { 3 } }";
    ELIF: "" ["elif", "elsif", "elseif"] Statement, NESTED,
        "if (a < b) { 1 } else { if (a == b) { 2 } else { 3 } }";
    UNLESS: "" ["unless"] Statement, "", "if (!(a < b)) { a }";
    SWITCH: "" ["switch", "match"] Declaration, "",
        "if (a == 1) { \"one\" } else { if (a == 2) { \"two\" } else { \"many\" } }";
    TRY: "" ["try", "catch"] Statement, "an error ends the program", "";
    MACRO: "" ["macro"] Function, "a function does it if its arguments may be evaluated", "fn(x) { x }";
    FUNCTION: "" ["function", "func", "fun", "def", "lambda"] Function, "", "fn(x) { x }";
    DEFINITION: "" [] Grammar, "", "let {left} = fn(x) { x };";
    NAMED_FUNCTION: "a name after `fn`" [] Grammar, "", "let {left} = fn(x) { x };";
    VARIABLE: "" ["var", "const", "val"] Binding, "", "let {left} = {right};";
    MODULE: "" ["import", "include", "require", "package", "from", "use", "export"] Declaration,
        "a program is one file, the built-in functions are always there", "";
    CLASS: "" ["class", "struct", "interface", "enum"] Declaration,
        "a hash holds what belongs together", "{\"name\": a}";

    NULL: "" ["null", "nil", "undefined", "None", "NULL"] Name,
        "an `if` without `else` gives null", "if (false) {}";
    TRUE: "" ["True", "TRUE"] Name, "", "true";
    FALSE: "" ["False", "FALSE"] Name, "", "false";
    PRINT: "" ["print", "println", "printf", "echo", "console"] Name, "", "puts(\"text\")";
    QUOTE: "" ["quote", "unquote"] Name, "there are no macros", "";
    BREAK: "" ["break", "continue"] Name, "there are no loops, and `return` ends a function", "";
}

/// All texts, each with its entry.
fn texts() -> impl Iterator<Item = Found> {
    FOREIGN
        .iter()
        .flat_map(|what| what.texts.iter().map(move |text| Found { what, text }))
}

impl Foreign {
    /// The entry that has a text, and that text, if it is a word.
    pub(crate) fn word(word: &str) -> Option<Found> {
        Self::longest(word).filter(|found| found.text.len() == word.len())
    }

    /// The entry with the longest text that `source`, which isn't within a string, begins with.
    pub(crate) fn longest(source: &str) -> Option<Found> {
        texts()
            .filter(|found| found.what.role != Role::Escape && source.starts_with(found.text))
            .max_by_key(|found| found.text.len())
    }

    /// The escape that `source`, which is within a string, begins with.
    pub(crate) fn escape(source: &str) -> Option<Found> {
        texts().find(|found| found.what.role == Role::Escape && source.starts_with(found.text))
    }

    /// What to do about it, with what stands on its sides, or letters in its place.
    pub(crate) fn help(&self, left: Option<&str>, right: Option<&str>) -> String {
        let code = self.suggestion(left, right);
        match (self.note, &*code) {
            ("", code) => format!("write `{code}`"),
            (note, "") => note.to_owned(),
            (note, code) => format!("{note}: `{code}`"),
        }
    }

    /// What to write instead of it: a program text, or nothing.
    pub fn suggestion(&self, left: Option<&str>, right: Option<&str>) -> String {
        let (left, right) = (left.unwrap_or("a"), right.unwrap_or("b"));
        let enclosed = if right
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        {
            right.to_owned()
        } else {
            format!("({right})")
        };
        self.write
            .replace("{(right)}", &enclosed)
            .replace("{left}", left)
            .replace("{right}", right)
    }
}

/// Something foreign, and the text by which it was recognized; that is empty if the grammar told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// What it is.
    pub what: &'static Foreign,
    /// The text.
    pub text: &'static str,
}

impl From<&'static Foreign> for Found {
    fn from(what: &'static Foreign) -> Self {
        Self { what, text: "" }
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.what.name {
            "" => write!(f, "`{}`", self.text),
            name => f.write_str(name),
        }
    }
}
