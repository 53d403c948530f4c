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
            .map(|other| (distance(name, other), other))
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

/// The Levenshtein distance: how many letters have to be inserted, removed or replaced.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (index, a) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = index + 1;
        for (column, &b) in right.iter().enumerate() {
            let replaced = diagonal + usize::from(a != b);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("abc", "abc"), 0);
        assert_eq!(distance("kitten", "sitting"), 3);
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
    }
}
