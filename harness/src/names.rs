//! Unknown names: what the user may have meant.

use std::fmt;

/// A name that is none of those there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unknown {
    what: &'static str,
    name: String,
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
        // A third of the letters wrong is still a typing mistake; more is another word.
        let limit = name.chars().count().div_ceil(3);
        let mut near: Vec<_> = all
            .iter()
            .map(|other| (strsim::levenshtein(name, other), other))
            .filter(|(distance, other)| *distance <= limit || other.starts_with(name))
            .collect();
        near.sort();
        Self {
            what,
            name: name.to_owned(),
            near: near.into_iter().map(|(_, near)| near.clone()).collect(),
            all,
        }
    }
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            what,
            name,
            near,
            all,
        } = self;
        write!(f, "unknown {what} {name:?}; ")?;
        if near.is_empty() {
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
    fn near_names_come_first_and_alone() {
        let names = ["fibonacci", "hash-access", "nested-loops"];
        let near = Unknown::new("workload", "fibonaci", names).to_string();
        assert_eq!(
            near,
            "unknown workload \"fibonaci\"; did you mean fibonacci?"
        );
        let far = Unknown::new("workload", "xyz", names).to_string();
        assert!(far.ends_with("there are: fibonacci, hash-access, nested-loops"));
    }
}
