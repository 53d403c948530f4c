//! Text from outside as a terminal may get it.

/// A text on one line that moves no terminal's cursor, changes no colour and hides nothing: what would
/// is replaced by what can be seen. For all that a source, a file or another program has
/// written and this one shows; what a program prints itself is its own affair.
pub fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\t' => shown.push_str("    "),
            // The pictures are in the order of what they stand for.
            '\0'..='\x1f' => shown.extend(char::from_u32('␀' as u32 + character as u32)),
            '\x7f' => shown.push('␡'),
            // The zero-width joiner, which would make two characters one.
            '\u{200d}' => {}
            // What changes the direction of writing shows another text than there is.
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                shown.push(char::REPLACEMENT_CHARACTER);
            }
            // What ends a line for some.
            '\u{2028}' | '\u{2029}' => shown.push(char::REPLACEMENT_CHARACTER),
            // Those beyond ASCII have no pictures, and some terminals obey them.
            _ if character.is_control() => shown.push(char::REPLACEMENT_CHARACTER),
            _ => shown.push(character),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_seen_instead() {
        for (text, shown) in [
            ("\x1b[2J", "␛[2J"),
            ("a\0\x07\x7f", "a␀␇␡"),
            ("b\r\n\x08", "b␍␊␈"),
            ("c\td", "c    d"),
            ("\u{80}e\u{9b}31m\u{9f}", "\u{fffd}e\u{fffd}31m\u{fffd}"),
            ("\u{202e}f\u{2066}", "\u{fffd}f\u{fffd}"),
            ("\u{2028}g\u{200f}", "\u{fffd}g\u{fffd}"),
            ("h\u{200d}i", "hi"),
            ("ünïcödé 猿 🐒", "ünïcödé 猿 🐒"),
        ] {
            assert_eq!(printable(text), shown);
        }
    }

    #[test]
    fn no_control_character_is_left_of_any() {
        let all: String = ('\0'..=char::MAX).collect();
        let is_left = |c: char| c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c);
        assert!(!printable(&all).contains(is_left));
    }
}
