//! What somebody may have meant who wrote a name that isn't there.

/// So many names are offered in place of one, at most.
const MOST_NEAR: usize = 3;

/// A longer name is not compared letter by letter.
const LONGEST_COMPARED: usize = 100;

/// Those of `names` that are spelled like `name`, the likest first.
pub fn near<'n>(name: &str, names: impl IntoIterator<Item = &'n str>) -> Vec<&'n str> {
    let length = name.chars().count();
    if length > LONGEST_COMPARED {
        return Vec::new();
    }
    // A third of the letters wrong is still a typing mistake; more is another word, and so is
    // one that has no letter in common.
    let limit = length.div_ceil(3).min(length.saturating_sub(1));
    let distance = |other: &'n str| {
        if other.eq_ignore_ascii_case(name) {
            return Some(0);
        }
        let may_be_near = other.len() <= 4 * (length + limit);
        let distance = may_be_near.then(|| strsim::levenshtein(name, other))?;
        (distance <= limit || other.starts_with(name)).then_some(distance)
    };
    let mut near: Vec<_> = names
        .into_iter()
        .filter_map(|other| Some((distance(other)?, other)))
        .collect();
    near.sort();
    near.dedup();
    near.truncate(MOST_NEAR);
    near.into_iter().map(|(_, other)| other).collect()
}

#[cfg(test)]
mod tests {
    use super::near;

    #[test]
    fn typing_mistakes_are_near_and_other_words_are_not() {
        for (name, names, expected) in [
            (
                "fibonaci",
                &["fibonacci", "hash-access"] as &[_],
                &["fibonacci"] as &[&str],
            ),
            ("lenght", &["len", "length"], &["length"]),
            ("Puts", &["puts"], &["puts"]),
            ("LEN", &["len", "let"], &["len"]),
            ("acc", &["accumulator"], &["accumulator"]),
            (
                "total",
                &["totals", "total_of", "tot"],
                &["totals", "tot", "total_of"],
            ),
            // One letter is like any other.
            ("x", &["y", "a", "b"], &[]),
            ("ab", &["ac", "cd"], &["ac"]),
            ("é", &["e"], &[]),
            (
                "a",
                &["b1", "b2", "a1", "a2", "a3", "a4"],
                &["a1", "a2", "a3"],
            ),
            ("sum", &["sum"], &["sum"]),
            ("", &["a"], &[]),
        ] {
            assert_eq!(near(name, names.iter().copied()), expected, "{name}");
        }
        let long = "x".repeat(1_000_000);
        assert!(near(&long, [&*long]).is_empty());
        assert!(near("x1", [&*long]).is_empty());
    }
}
