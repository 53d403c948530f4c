//! Generated fragments within a written text, such as the table in a README.

/// Why a fragment can't be put into a text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SpliceError {
    /// A marker isn't there.
    #[error("the marker `{0}` is missing")]
    Missing(String),
    /// A marker is there more than once.
    #[error("the marker `{0}` is there more than once")]
    Doubled(String),
    /// The end stands before the beginning.
    #[error("the marker `{0}` stands before the one that it should follow")]
    Reversed(String),
    /// The fragment itself holds a marker, and could never be replaced again.
    #[error("the fragment for `{0}` holds a marker itself")]
    Nested(String),
}

/// What every marker starts with.
const MARKER: &str = "<!-- monkeybench:";

/// Replaces what stands between `<!-- monkeybench:begin NAME -->` and
/// `<!-- monkeybench:end NAME -->` by the fragment, on lines of its own. All else stays as it is.
///
/// # Errors
/// Unless each marker is there exactly once and in this order.
pub fn splice(text: &str, name: &str, fragment: &str) -> Result<String, SpliceError> {
    if fragment.contains(MARKER) {
        return Err(SpliceError::Nested(name.to_owned()));
    }
    let (begin, end) = (marker("begin", name), marker("end", name));
    let from = only(text, &begin)? + begin.len();
    let to = only(text, &end)?;
    if to < from {
        return Err(SpliceError::Reversed(end));
    }
    Ok(format!(
        "{}\n{}\n{}",
        &text[..from],
        fragment.trim_matches('\n'),
        &text[to..]
    ))
}

fn marker(side: &str, name: &str) -> String {
    format!("{MARKER}{side} {name} -->")
}

/// Where the marker stands, if it does so once.
fn only(text: &str, marker: &str) -> Result<usize, SpliceError> {
    let mut places = text.match_indices(marker);
    match (places.next(), places.next()) {
        (Some((place, _)), None) => Ok(place),
        (None, _) => Err(SpliceError::Missing(marker.to_owned())),
        (Some(_), Some(_)) => Err(SpliceError::Doubled(marker.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEGIN: &str = "<!-- monkeybench:begin table -->";
    const END: &str = "<!-- monkeybench:end table -->";

    #[test]
    fn replaces_only_what_is_between_the_markers() {
        let text = format!("before\n{BEGIN}\nold\n{END}\nafter\n");
        let spliced = splice(&text, "table", "| new |\n").unwrap();
        assert_eq!(spliced, format!("before\n{BEGIN}\n| new |\n{END}\nafter\n"));
        assert_eq!(
            splice(&spliced, "table", "| new |\n").unwrap(),
            spliced,
            "twice is once"
        );
    }

    #[test]
    fn markers_must_be_there_once_and_in_order() {
        let splice = |text: &str| splice(text, "table", "new");
        assert_eq!(splice("nothing"), Err(SpliceError::Missing(BEGIN.into())));
        assert_eq!(splice(BEGIN), Err(SpliceError::Missing(END.into())));
        let doubled = format!("{BEGIN}{BEGIN}{END}");
        assert_eq!(splice(&doubled), Err(SpliceError::Doubled(BEGIN.into())));
        let reversed = format!("{END}{BEGIN}");
        assert_eq!(splice(&reversed), Err(SpliceError::Reversed(END.into())));
        let other = "<!-- monkeybench:begin tables --><!-- monkeybench:end tables -->";
        assert_eq!(splice(other), Err(SpliceError::Missing(BEGIN.into())));
    }

    #[test]
    fn a_fragment_must_not_hold_markers() {
        let text = format!("{BEGIN}{END}");
        assert_eq!(
            splice(&text, "table", END),
            Err(SpliceError::Nested("table".into()))
        );
    }
}
