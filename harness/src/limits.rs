//! The options that bound what a user's program may do, and how numbers are read from options.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

use anyhow::{Context as _, bail};
use catalog::runtime::Limits;

/// The limits of a program.
#[derive(Debug, clap::Args)]
pub(crate) struct LimitOptions {
    /// Units of work that it may do: calls, and elements that operations walk [default: no limit]
    #[arg(long, value_name = "UNITS", value_parser = whole_number(0..=u64::MAX), allow_negative_numbers = true)]
    fuel: Option<u64>,
    /// Nested calls that it may make
    #[arg(long, value_name = "CALLS", default_value_t = Limits::default().depth,
          value_parser = whole_number::<u32>(1..=1_000_000), allow_negative_numbers = true)]
    max_depth: u32,
    /// Memory that its values may take, and before that parsing and compiling it, in bytes or with a
    /// suffix K, M or G
    #[arg(long, value_name = "BYTES", default_value = "2G", value_parser = parse_bytes, allow_negative_numbers = true)]
    max_memory: u64,
}

impl LimitOptions {
    /// As engines take them.
    pub(crate) fn limits(&self) -> Limits {
        Limits {
            depth: self.max_depth,
            fuel: self.fuel,
            memory: Some(self.max_memory),
        }
    }
}

/// Reads an option's number, which must be one of `range`.
pub(crate) fn whole_number<N>(
    range: RangeInclusive<N>,
) -> impl Fn(&str) -> Result<N, String> + Clone + Send + Sync + 'static
where
    N: FromStr + PartialOrd + Display + Clone + Send + Sync + 'static,
{
    move |text| match text.parse() {
        Ok(number) if range.contains(&number) => Ok(number),
        _ => Err(format!(
            "expected a whole number from {} to {}",
            range.start(),
            range.end()
        )),
    }
}

/// A number of bytes, as `--max-memory` has it: 4096, 64K, 100M, 2G.
pub(crate) fn parse_bytes(text: &str) -> Result<u64, &'static str> {
    let (digits, shift) = match text.as_bytes().last() {
        Some(b'K' | b'k') => (&text[..text.len() - 1], 10),
        Some(b'M' | b'm') => (&text[..text.len() - 1], 20),
        Some(b'G' | b'g') => (&text[..text.len() - 1], 30),
        _ => (text, 0),
    };
    let number: u64 = digits
        .parse()
        .map_err(|_| "expected a whole number of bytes, or one with K, M or G")?;
    number
        .checked_mul(1 << shift)
        .ok_or("more bytes than there can be")
}

/// Refuses what would never end or tell anything.
pub(crate) fn parse_timeout(text: &str) -> anyhow::Result<Duration> {
    let seconds: f64 = text.parse().context("expected a number of seconds")?;
    if !(seconds > 0.0 && seconds <= 86_400.0) {
        bail!("expected more than 0 and at most 86400 seconds");
    }
    Ok(Duration::from_secs_f64(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_within_their_range() {
        let read = whole_number(1..=10_u32);
        assert_eq!((read("1"), read("10")), (Ok(1), Ok(10)));
        for wrong in [
            "",
            "x",
            "0",
            "11",
            "-1",
            "1.5",
            "1_0",
            "99999999999999999999",
        ] {
            let error = read(wrong).unwrap_err();
            assert_eq!(error, "expected a whole number from 1 to 10", "{wrong}");
        }
    }

    #[test]
    fn bytes() {
        assert_eq!(parse_bytes("4096"), Ok(4096));
        assert_eq!(parse_bytes("64k"), Ok(65_536));
        assert_eq!(parse_bytes("2G"), Ok(2 << 30));
        for wrong in ["", "K", "-1", "1.5G", "1KB", "99999999999G", "ß"] {
            assert!(parse_bytes(wrong).is_err(), "{wrong}");
        }
    }
}
