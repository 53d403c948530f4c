//! The options that bound what a user's program may do.

use catalog::runtime::Limits;

/// The limits of a program.
#[derive(Debug, clap::Args)]
pub(crate) struct LimitOptions {
    /// Units of work that it may do: calls, and elements that operations walk [default: no limit]
    #[arg(long, value_name = "UNITS")]
    fuel: Option<u64>,
    /// Nested calls that it may make
    #[arg(long, value_name = "CALLS", default_value_t = Limits::default().depth,
          value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    max_depth: u32,
    /// Memory that its values may take, and before that parsing and compiling it, in bytes or with a
    /// suffix K, M or G
    #[arg(long, value_name = "BYTES", default_value = "2G", value_parser = parse_bytes)]
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

#[cfg(test)]
mod tests {
    use super::*;

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
