//! What the results say of the run itself: the command that started it, and when.

use std::time::{SystemTime, UNIX_EPOCH};

/// The command as a user would type it.
pub(super) fn command_line(arguments: impl Iterator<Item = String>) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_=+,./:%@".contains(c);
    arguments.fold("monkeybench".to_owned(), |line, argument| {
        if !argument.is_empty() && argument.chars().all(plain) {
            line + " " + &argument
        } else {
            line + " '" + &argument.replace('\'', r"'\''") + "'"
        }
    })
}

/// A time as RFC 3339 in UTC, to the second.
pub(super) fn utc(time: SystemTime) -> String {
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
        let arguments = ["run", "--out", "my dir", "it's", ""];
        assert_eq!(
            command_line(arguments.map(str::to_owned).into_iter()),
            r"monkeybench run --out 'my dir' 'it'\''s' ''"
        );
    }
}
