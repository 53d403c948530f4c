//! The names that a user gives: which texts can be one, and what was meant by one that is unknown.

use std::fmt;

use anyhow::ensure;
use catalog::syntax::{near, printable};

/// More names than this are not listed in an error.
const MOST_LISTED: usize = 24;

/// What `monkeybench list` lists.
const LISTED: [&str; 3] = ["engine", "workload", "experiment"];

/// Makes sure that a text shows as itself within a line.
///
/// # Errors
/// If it has a control character, or another that turns or ends a line. `what` is what the text is.
pub(crate) fn check_printable(what: &str, text: &str) -> anyhow::Result<()> {
    ensure!(
        shows_as_itself(text),
        "the {what} has a control character: {text:?}"
    );
    Ok(())
}

/// Whether a text has nothing that is to be shown as something else.
pub(crate) fn shows_as_itself(text: &str) -> bool {
    printable(text) == text
}

/// Makes sure that a text can stand for itself: in a line, a heading or a table.
///
/// # Errors
/// If it can't.
pub(crate) fn check_line(what: &str, text: &str) -> anyhow::Result<()> {
    ensure!(!text.trim().is_empty(), "the {what} is empty");
    check_printable(what, text)
}

/// Makes sure that a text can be a name among others, as options list them.
///
/// # Errors
/// If it can't.
pub(crate) fn check_listed(what: &str, name: &str) -> anyhow::Result<()> {
    check_line(what, name)?;
    ensure!(
        !name.contains(',') && name.trim() == name,
        "the {what} has a comma, or a space at an end, which separate names: {name:?}"
    );
    Ok(())
}

/// Makes sure that a text can be a name that requests and options have as one word.
///
/// # Errors
/// If it can't.
pub(crate) fn check_word(what: &str, name: &str) -> anyhow::Result<()> {
    /// As long as a file's name may be.
    const MOST_BYTES: usize = 255;
    check_listed(what, name)?;
    ensure!(
        !name.contains(char::is_whitespace),
        "the {what} has a space, and must be one word: {name:?}"
    );
    ensure!(
        name.len() <= MOST_BYTES,
        "the {what} is longer than {MOST_BYTES} bytes: {name}"
    );
    Ok(())
}

/// A name that is none of those there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unknown {
    what: &'static str,
    name: String,
    /// Why there is none of that name, if more can be said than that.
    why: Option<&'static str>,
    near: Vec<String>,
    all: Vec<String>,
}

impl Unknown {
    /// The error for `name`, where `all` are the names of a `what`.
    pub(crate) fn new<'n>(
        what: &'static str,
        name: &str,
        all: impl IntoIterator<Item = &'n str>,
    ) -> Self {
        let all: Vec<String> = all.into_iter().map(str::to_owned).collect();
        let near = near(name, all.iter().map(String::as_str));
        let near = near.into_iter().map(str::to_owned).collect();
        Self {
            what,
            name: name.to_owned(),
            why: None,
            near,
            all,
        }
    }

    /// The same error with the reason, as after a colon, and with the names that this makes near: whose
    /// letters are alike says little of what is alike.
    #[must_use]
    pub(crate) fn because(self, why: &'static str, near: Vec<String>) -> Self {
        Self {
            why: Some(why),
            near,
            ..self
        }
    }
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            what,
            name,
            why,
            near,
            all,
        } = self;
        match why {
            Some(why) => write!(f, "{what} {name:?}: {why}; ")?,
            None => write!(f, "unknown {what} {name:?}; ")?,
        }
        if near.is_empty() && all.len() > MOST_LISTED && LISTED.contains(what) {
            write!(f, "`monkeybench list {what}s` tells which there are")
        } else if near.is_empty() {
            write!(f, "there are: {}", all.join(", "))
        } else {
            write!(f, "did you mean {}?", near.join(" or "))
        }
    }
}

impl std::error::Error for Unknown {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_shows_as_itself() {
        for name in [
            "a\nb",
            "a\tb",
            "\u{9b}31m",
            "a\u{202e}b",
            "a\u{2028}b",
            "a\u{2066}b",
        ] {
            let error = check_listed("name", name).unwrap_err().to_string();
            assert!(error.contains("control character"), "{error}");
            assert_eq!(catalog::syntax::printable(&error), error);
        }
        for name in ["größe", "日本", "a b", "e\u{301}"] {
            check_listed("name", name).unwrap();
        }
    }

    #[test]
    fn near_names_come_first_and_alone() {
        let names = ["fibonacci", "hash-access", "nested-loops"];
        let near = Unknown::new("workload", "fibonaci", names).to_string();
        assert_eq!(
            near,
            "unknown workload \"fibonaci\"; did you mean fibonacci?"
        );
        let far = Unknown::new("workload", "xyz", names).to_string();
        assert!(far.ends_with("there are: fibonacci, hash-access, nested-loops"));
        let many: Vec<String> = (0..40).map(|n| format!("engine-{n}")).collect();
        let many = many.iter().map(String::as_str);
        let far = Unknown::new("engine", "xyz", many.clone());
        assert_eq!(
            far.to_string(),
            "unknown engine \"xyz\"; `monkeybench list engines` tells which there are"
        );
        let unbuilt = far.because("it is not built", vec!["abc".to_owned()]);
        assert_eq!(
            unbuilt.to_string(),
            "engine \"xyz\": it is not built; did you mean abc?"
        );
        // No more than can be taken in.
        let short = Unknown::new("engine", "engine", many).to_string();
        assert_eq!(short.matches(" or ").count(), 2, "{short}");
    }
}
