//! The conformance cases: small programs with what they must give, for every sentence of the
//! language's specification, in TOML files under `conformance/`.
//!
//! A case says what a program gives, never how an engine finds it. How a case is run, and how
//! positions are computed from spans, is up to the crate that has the engines.

use std::fmt;

use serde::Deserialize;

/// A program and what it must give.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// `FILE/NAME`, unique: where the case stands.
    pub name: String,
    /// The section of the specification that it is for.
    pub section: String,
    /// The sentence of the specification that it is for, or what follows from one.
    pub rule: String,
    /// The program.
    pub source: String,
    /// The limits under which it runs.
    pub limits: CaseLimits,
    /// The lines that it prints before it ends, in whichever way.
    pub output: Vec<String>,
    /// How it ends.
    pub expected: Expected,
}

/// Limits that a case sets; what is none has its default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseLimits {
    /// Nested calls of functions.
    pub depth: Option<u32>,
    /// Units of work.
    pub fuel: Option<u64>,
    /// Bytes of live values.
    pub memory: Option<u64>,
}

/// How a program ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// It has this value, as it is printed.
    Value(String),
    /// It runs into an error.
    Error {
        /// The error's text, exactly.
        text: String,
        /// Where the expression that failed starts.
        at: Position,
    },
    /// It is rejected before anything runs, with exactly these diagnostics, in source order.
    Rejected(Vec<Complaint>),
}

/// One of a rejected program's diagnostics.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Complaint {
    /// Where what it complains of starts.
    pub at: Position,
    /// What its text contains.
    pub text: String,
}

/// A place in a source text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct Position {
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1, in characters.
    pub column: u32,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

impl TryFrom<String> for Position {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let parse = || {
            let (line, column) = text.split_once(':')?;
            let (line, column) = (line.parse().ok()?, column.parse().ok()?);
            (line > 0 && column > 0).then_some(Self { line, column })
        };
        parse().ok_or_else(|| format!("{text:?} is no position LINE:COLUMN"))
    }
}

/// Why the cases can't be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConformanceError {
    /// A file isn't what a file of cases should be.
    #[error("conformance/{file}.toml: {error}")]
    Toml {
        /// The file's name, without its ending.
        file: &'static str,
        /// What is wrong with it.
        error: Box<toml::de::Error>,
    },
    /// A case says too little or too much.
    #[error("conformance case {case}: {what}")]
    Case {
        /// The case's name.
        case: String,
        /// What is wrong with it.
        what: &'static str,
    },
}

/// All cases, file by file.
///
/// # Errors
/// If a file or a case in it is not well formed. The files are part of the binary, so this is a
/// matter for who edits them, and this crate's tests find it first.
pub fn conformance() -> Result<Vec<Case>, ConformanceError> {
    let mut cases = Vec::new();
    for &(file, text) in FILES {
        cases.append(&mut read(file, text)?);
    }
    Ok(cases)
}

/// The cases of one file.
fn read(file: &'static str, text: &str) -> Result<Vec<Case>, ConformanceError> {
    let wire: WireFile = toml::from_str(text).map_err(|error| ConformanceError::Toml {
        file,
        error: Box::new(error),
    })?;
    let mut cases = Vec::new();
    for rule in wire.rule {
        for case in rule.case {
            let name = format!("{file}/{}", case.name);
            let case = case
                .validate(&name, &wire.section, &rule.says)
                .map_err(|what| ConformanceError::Case { case: name, what })?;
            cases.push(case);
        }
    }
    Ok(cases)
}

/// Name and text of each file.
macro_rules! files {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../conformance/", $name, ".toml")))),*]
    };
}

const FILES: &[(&str, &str)] = files![
    "programs",
    "lexical",
    "parse-errors",
    "nesting",
    "integers",
    "strings",
    "arrays",
    "hashes",
    "functions",
    "printing",
    "precedence",
    "operators",
    "equality",
    "scope",
    "closures",
    "forward-globals",
    "builtins",
    "errors",
    "positions",
    "evaluation-order",
    "limits",
    "recursion",
];

/// A file of cases.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireFile {
    section: String,
    rule: Vec<WireRule>,
}

/// The cases for one sentence of the specification.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireRule {
    says: String,
    case: Vec<WireCase>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireCase {
    name: String,
    source: WireText,
    value: Option<WireText>,
    error: Option<String>,
    at: Option<Position>,
    errors: Option<Vec<Complaint>>,
    #[serde(default)]
    output: Vec<WireText>,
    #[serde(default)]
    limits: CaseLimits,
}

/// A text as it stands, or one too long to be written out.
#[derive(Deserialize)]
#[serde(untagged)]
enum WireText {
    Plain(String),
    Generated(Generated),
}

/// `prefix`, then `open` so many `times`, `body`, `close` as many times, and `suffix`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Generated {
    times: usize,
    #[serde(default)]
    prefix: String,
    #[serde(default)]
    open: String,
    #[serde(default)]
    body: String,
    #[serde(default)]
    close: String,
    #[serde(default)]
    suffix: String,
}

impl WireText {
    fn into_text(self) -> String {
        match self {
            Self::Plain(text) => text,
            Self::Generated(Generated {
                times,
                prefix,
                open,
                body,
                close,
                suffix,
            }) => [
                prefix,
                open.repeat(times),
                body,
                close.repeat(times),
                suffix,
            ]
            .concat(),
        }
    }
}

impl WireCase {
    fn validate(self, name: &str, section: &str, rule: &str) -> Result<Case, &'static str> {
        let expected = match (self.value, self.error, self.at, self.errors) {
            (Some(value), None, None, None) => Expected::Value(value.into_text()),
            (None, Some(text), Some(at), None) => Expected::Error { text, at },
            (None, Some(_), None, None) => return Err("`error` wants `at`"),
            (None, None, None, Some(complaints)) => match &*complaints {
                [] => return Err("`errors` is empty"),
                [..] if !self.output.is_empty() => {
                    return Err("a program that is rejected prints nothing");
                }
                [..] => Expected::Rejected(complaints),
            },
            _ => return Err("wants exactly one of `value`, `error` with `at`, and `errors`"),
        };
        Ok(Case {
            name: name.to_owned(),
            section: section.to_owned(),
            rule: rule.to_owned(),
            source: self.source.into_text(),
            limits: self.limits,
            output: self.output.into_iter().map(WireText::into_text).collect(),
            expected,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads a file with one case of these keys; gives the error's text.
    fn complaint(keys: &str) -> Option<String> {
        let text = format!(
            "section = \"S\"\n[[rule]]\nsays = \"R\"\ncase = [{{ name = \"n\", source = \"1\"{keys} }}]"
        );
        read("file", &text).err().map(|error| error.to_string())
    }

    #[test]
    fn a_case_says_exactly_one_thing() {
        assert_eq!(complaint(", value = \"1\""), None);
        assert_eq!(complaint(", error = \"e\", at = \"1:1\""), None);
        let one = "conformance case file/n: wants exactly one of";
        for keys in [
            "",
            ", at = \"1:1\"",
            ", value = \"1\", at = \"1:1\"",
            ", value = \"1\", error = \"e\", at = \"1:1\"",
            ", value = \"1\", errors = [{ at = \"1:1\", text = \"t\" }]",
        ] {
            let complaint = complaint(keys).unwrap_or_default();
            assert!(complaint.starts_with(one), "{keys}: {complaint}");
        }
    }

    #[test]
    fn a_case_that_says_too_little_or_nonsense_is_refused() {
        for (keys, what) in [
            (", error = \"e\"", "`error` wants `at`"),
            (", errors = []", "`errors` is empty"),
            (
                ", errors = [{ at = \"1:1\", text = \"t\" }], output = [\"o\"]",
                "prints nothing",
            ),
            (", error = \"e\", at = \"1\"", "is no position LINE:COLUMN"),
            (", value = \"1\", valeu = \"2\"", "unknown field `valeu`"),
            (
                ", value = \"1\", limits = { dept = 3 }",
                "unknown field `dept`",
            ),
        ] {
            let complaint = complaint(keys).unwrap_or_default();
            assert!(complaint.contains(what), "{keys}: {complaint}");
        }
    }
}
