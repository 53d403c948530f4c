//! Generated fragments within a written text, such as the table in a README.

use std::ops::RangeInclusive;

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

/// A text with its new fragment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spliced {
    /// The whole text.
    pub text: String,
    /// The lines of the fragment between the markers, from 1.
    pub lines: RangeInclusive<usize>,
}

/// What every marker starts with.
const MARKER: &str = "<!-- monkeybench:";

/// Replaces what stands between `<!-- monkeybench:begin NAME -->` and
/// `<!-- monkeybench:end NAME -->` by the fragment, on lines of its own, which end as the line of the
/// first marker does. All else stays as it is.
///
/// # Errors
/// Unless each marker is there exactly once and in this order.
pub fn splice(text: &str, name: &str, fragment: &str) -> Result<Spliced, SpliceError> {
    if fragment.contains(MARKER) {
        return Err(SpliceError::Nested(name.to_owned()));
    }
    let (begin, end) = (marker("begin", name), marker("end", name));
    let from = only(text, &begin)? + begin.len();
    let to = only(text, &end)?;
    if to < from {
        return Err(SpliceError::Reversed(end));
    }
    let (before, after) = (&text[..from], &text[to..]);
    let line_end = line_end(&text[from..]);
    let fragment = fragment.trim_matches('\n').replace('\n', line_end);
    let first = before.matches('\n').count() + 2;
    Ok(Spliced {
        lines: first..=first + fragment.matches('\n').count(),
        text: [before, line_end, &fragment, line_end, after].concat(),
    })
}

fn marker(side: &str, name: &str) -> String {
    format!("{MARKER}{side} {name} -->")
}

/// How the first line of a text ends.
fn line_end(text: &str) -> &'static str {
    match text.split_once('\n') {
        Some((line, _)) if line.ends_with('\r') => "\r\n",
        _ => "\n",
    }
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
        let spliced = splice(&text, "table", "| new |\n| row |\n").unwrap();
        let wanted = format!("before\n{BEGIN}\n| new |\n| row |\n{END}\nafter\n");
        assert_eq!((&spliced.text, spliced.lines), (&wanted, 3..=4));
        let twice = splice(&wanted, "table", "| new |\n| row |\n").unwrap();
        assert_eq!(twice.text, wanted, "twice is once");
    }

    #[test]
    fn lines_end_as_those_of_the_text() {
        let text = format!("before\r\n{BEGIN}\r\nold\r\n{END}\r\nafter\r\n");
        let spliced = splice(&text, "table", "| new |\n| row |\n").unwrap().text;
        let wanted = format!("before\n{BEGIN}\n| new |\n| row |\n{END}\nafter\n");
        assert_eq!(spliced, wanted.replace('\n', "\r\n"));
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
