//! What the results say of the run itself: the command that started it, and when.

use std::ffi::OsStr;
use std::time::{SystemTime, UNIX_EPOCH};

/// The command as a user would type it.
pub(crate) fn command_line(arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> String {
    let arguments = words(arguments);
    match &*arguments {
        "" => "monkeybench".to_owned(),
        arguments => format!("monkeybench {arguments}"),
    }
}

/// Words as a user would type them.
pub(crate) fn words(words: impl IntoIterator<Item = impl AsRef<OsStr>>) -> String {
    let words = words.into_iter().map(|it| quoted(it.as_ref()));
    words.collect::<Vec<_>>().join(" ")
}

/// A word as a shell takes it for this one. What isn't text, and what a terminal would act upon, is
/// spelled in the form that POSIX took over from ksh.
fn quoted(word: &OsStr) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_=+,./:%@".contains(c);
    match word.to_str() {
        Some(text) if !text.is_empty() && text.chars().all(plain) => text.to_owned(),
        Some(text) if !text.contains(char::is_control) => {
            format!("'{}'", text.replace('\'', r"'\''"))
        }
        _ => {
            let mut escaped = String::from("$'");
            for chunk in word.as_encoded_bytes().utf8_chunks() {
                for c in chunk.valid().chars() {
                    match c {
                        '\'' | '\\' => escaped.extend(['\\', c]),
                        c if c.is_control() => {
                            let mut bytes = [0; 4];
                            escaped.extend(c.encode_utf8(&mut bytes).bytes().map(octal));
                        }
                        c => escaped.push(c),
                    }
                }
                escaped.extend(chunk.invalid().iter().copied().map(octal));
            }
            escaped + "'"
        }
    }
}

/// A byte, as `$'…'` spells it; in octal, whose three digits no digit after them can prolong.
fn octal(byte: u8) -> String {
    format!("\\{byte:03o}")
}

/// A time as RFC 3339 in UTC, to the second.
pub(crate) fn utc(time: SystemTime) -> String {
    let seconds = time
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = date(days);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// The Gregorian date so many days after 1970-01-01.
fn date(mut days: u64) -> (u64, u64, u64) {
    let leap = |year: u64| {
        year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
    };
    let mut year = 1970;
    while days >= 365 + u64::from(leap(year)) {
        days -= 365 + u64::from(leap(year));
        year += 1;
    }
    let february = 28 + u64::from(leap(year));
    let lengths = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 1;
    for length in lengths {
        if days < length {
            break;
        }
        days -= length;
        month += 1;
    }
    (year, month, days + 1)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn dates() {
        assert_eq!(date(0), (1970, 1, 1));
        assert_eq!(date(11_016), (2000, 2, 29));
        assert_eq!(date(20_777), (2026, 11, 20));
        assert_eq!(
            utc(UNIX_EPOCH + Duration::from_secs(86_399)),
            "1970-01-01T23:59:59Z"
        );
    }

    #[test]
    fn a_command_can_be_typed_again() {
        assert_eq!(
            command_line(["run", "--out", "my dir", "it's", "größe", ""]),
            r"monkeybench run --out 'my dir' 'it'\''s' 'größe' ''"
        );
        assert_eq!(command_line(["a\n7'\\"]), r"monkeybench $'a\0127\'\\'");
    }

    #[cfg(unix)]
    #[test]
    fn a_command_needs_no_text() {
        use std::os::unix::ffi::OsStrExt as _;
        let word = OsStr::from_bytes(b"out\xff\x31");
        assert_eq!(command_line([word]), r"monkeybench $'out\3771'");
    }
}
