//! The line protocol between the harness and a worker: what is asked. Both sides use this one
//! description, and that of the answers; `PROTOCOL.md` tells it to the authors of external engines.

mod answers;

use std::io::{self, BufRead, Read as _};
use std::num::NonZeroU64;

use reports::schema::Measure;

pub(crate) use answers::{
    Answer, Checked, Complaint, Counted, Ended, Hello, Loaded, Measured, Peak, decode_reply,
    encode_reply,
};

/// The version of the protocol that this program speaks; it also gets on with workers of version 1,
/// which know no handshake.
pub(crate) const VERSION: u32 = 2;

/// The longest line of a request, in bytes: names are short, and programs aren't lines.
const MAX_REQUEST_LINE: u64 = 4096;

/// What a worker is asked to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Request {
    /// Say what it is, to a harness that speaks this version of the protocol.
    Hello {
        /// The version.
        version: u32,
    },
    /// Take a program and keep it under a name.
    Program {
        /// The name in later requests.
        name: String,
        /// Its text.
        source: String,
    },
    /// Run the program once.
    Check {
        /// The program.
        name: String,
        /// The limits under which it runs.
        limits: CheckLimits,
    },
    /// Time something.
    Measure {
        /// What to time.
        what: Measure,
        /// The program.
        name: String,
        /// How often, in one timed region.
        iterations: NonZeroU64,
    },
    /// Run the program once, counting.
    Counts {
        /// The program.
        name: String,
    },
    /// Say how much memory the process has held at most.
    Memory,
    /// End.
    Quit,
    /// A line that this version doesn't know, to see what a worker makes of it; none is read as one.
    Unknown(String),
}

/// Limits of an execution that a check may ask for; what is none has the engine's own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct CheckLimits {
    /// Nested calls of functions.
    pub(crate) depth: Option<u32>,
    /// Units of work.
    pub(crate) fuel: Option<u64>,
    /// Bytes of live values.
    pub(crate) memory: Option<u64>,
}

impl CheckLimits {
    /// Those that are set, by the names that they have in requests and in a worker's [`Hello`].
    pub(crate) fn named(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let all = [
            ("depth", self.depth.map(u64::from)),
            ("fuel", self.fuel),
            ("memory", self.memory),
        ];
        all.into_iter()
            .filter_map(|(name, limit)| Some((name, limit?)))
    }

    /// The limits of these words, `NAME=NUMBER` each; none if one isn't such a word or is there twice.
    fn read(words: &[&str]) -> Option<Self> {
        let mut limits = Self::default();
        for word in words {
            let (name, limit) = word.split_once('=')?;
            let is_new = match name {
                "depth" => limits.depth.replace(limit.parse().ok()?).is_none(),
                "fuel" => limits.fuel.replace(limit.parse().ok()?).is_none(),
                "memory" => limits.memory.replace(limit.parse().ok()?).is_none(),
                _ => false,
            };
            if !is_new {
                return None;
            }
        }
        Some(limits)
    }
}

/// Why a request can't be understood.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RequestError {
    /// The stream failed.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The request is none.
    #[error("{0}")]
    Malformed(String),
}

impl Request {
    /// The request as it is sent.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut text = self.line();
        text.push('\n');
        if let Self::Program { source, .. } = self {
            text.push_str(source);
        }
        text.into_bytes()
    }

    /// Its line, without the line's end.
    pub(crate) fn line(&self) -> String {
        match self {
            Self::Hello { version } => format!("hello {version}"),
            Self::Program { name, source } => format!("program {name} {}", source.len()),
            Self::Check { name, limits } => limits
                .named()
                .fold(format!("check {name}"), |line, (name, limit)| {
                    format!("{line} {name}={limit}")
                }),
            Self::Measure {
                what,
                name,
                iterations,
            } => format!("measure {what} {name} {iterations}"),
            Self::Counts { name } => format!("counts {name}"),
            Self::Memory => "memory".to_owned(),
            Self::Quit => "quit".to_owned(),
            Self::Unknown(line) => line.clone(),
        }
    }

    /// Reads the next request; none at the end of the input.
    ///
    /// # Errors
    /// If reading fails or what is read is no request.
    pub(crate) fn read(input: &mut impl BufRead) -> Result<Option<Self>, RequestError> {
        let mut line = String::new();
        if input.take(MAX_REQUEST_LINE).read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let malformed = || RequestError::Malformed(format!("not a request: {:?}", line.trim_end()));
        let words: Vec<&str> = line.split_whitespace().collect();
        let name = |name: &str| name.to_owned();
        Ok(Some(match *words {
            ["hello", version] => Self::Hello {
                version: version.parse().map_err(|_| malformed())?,
            },
            ["program", name, bytes] => {
                let bytes = bytes.parse().map_err(|_| malformed())?;
                Self::Program {
                    name: name.to_owned(),
                    source: read_source(input, bytes)?,
                }
            }
            ["check", program, ref limits @ ..] => Self::Check {
                name: name(program),
                limits: CheckLimits::read(limits).ok_or_else(malformed)?,
            },
            ["measure", what, program, iterations] => Self::Measure {
                what: Measure::named(what).ok_or_else(malformed)?,
                name: name(program),
                iterations: iterations.parse().map_err(|_| malformed())?,
            },
            ["counts", program] => Self::Counts {
                name: name(program),
            },
            ["memory"] => Self::Memory,
            ["quit"] => Self::Quit,
            _ => return Err(malformed()),
        }))
    }
}

fn read_source(input: &mut impl BufRead, bytes: u64) -> Result<String, RequestError> {
    if bytes > catalog::syntax::MAX_SOURCE_BYTES as u64 {
        return Err(RequestError::Malformed(format!(
            "a program of {bytes} bytes is larger than the limit of {}",
            catalog::syntax::MAX_SOURCE_BYTES
        )));
    }
    let mut source = Vec::new();
    input.take(bytes).read_to_end(&mut source)?;
    if (source.len() as u64) < bytes {
        return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
    }
    String::from_utf8(source)
        .map_err(|error| RequestError::Malformed(format!("the program is not text: {error}")))
}

/// A name as one word, which is what requests are made of: white space, control characters and `%` are
/// written as `%` and two hexadecimal digits for each byte.
pub(crate) fn word(name: &str) -> String {
    let mut word = String::new();
    for c in name.chars() {
        if c.is_whitespace() || c.is_control() || c == '%' {
            let mut bytes = [0; 4];
            for byte in c.encode_utf8(&mut bytes).bytes() {
                word += &format!("%{byte:02X}");
            }
        } else {
            word.push(c);
        }
    }
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8]) -> Result<Option<Request>, RequestError> {
        Request::read(&mut &*text)
    }

    #[test]
    fn requests_are_read_as_they_were_sent() {
        let name = || "fibonacci".to_owned();
        let limits = [
            CheckLimits::default(),
            CheckLimits {
                fuel: Some(0),
                ..CheckLimits::default()
            },
            CheckLimits {
                depth: Some(7),
                fuel: Some(u64::MAX),
                memory: Some(3),
            },
        ];
        let checks = limits.map(|limits| Request::Check {
            name: name(),
            limits,
        });
        let others = [
            Request::Hello { version: 2 },
            Request::Program {
                name: name(),
                source: "let s = \"a\nß\";\n\n".to_owned(),
            },
            Request::Program {
                name: name(),
                source: String::new(),
            },
            Request::Measure {
                what: Measure::Warm,
                name: name(),
                iterations: NonZeroU64::MAX,
            },
            Request::Counts { name: name() },
            Request::Memory,
            Request::Quit,
        ];
        let requests: Vec<_> = checks.into_iter().chain(others).collect();
        let sent: Vec<u8> = requests.iter().flat_map(Request::encode).collect();
        let mut input = &*sent;
        for request in requests {
            assert_eq!(Request::read(&mut input).unwrap(), Some(request));
        }
        assert_eq!(Request::read(&mut input).unwrap(), None);
    }

    #[test]
    fn what_is_no_request_is_told_from_a_broken_stream() {
        for text in [
            "nonsense\n",
            "hello\n",
            "hello two\n",
            "measure run x 0\n",
            "measure sleep x 1\n",
            "program x -1\n",
            "program x 99999999999\n",
            "check\n",
            "check x fuel\n",
            "check x fuel=-1\n",
            "check x fuel=1 fuel=2\n",
            "check x time=1\n",
            "memory x\n",
            "program x 1\n\u{ff}",
        ] {
            let error = read(text.as_bytes()).unwrap_err();
            assert!(matches!(error, RequestError::Malformed(_)), "{text:?}");
        }
        for text in [&b"program x 5\nabc"[..], b"\xff\xfe\n"] {
            assert!(matches!(read(text).unwrap_err(), RequestError::Io(_)));
        }
    }

    #[test]
    fn a_name_is_one_word() {
        assert_eq!(word("fibonacci"), "fibonacci");
        assert_eq!(word("größe/1"), "größe/1");
        assert_eq!(word("my file\u{a0}1%\n"), "my%20file%C2%A01%25%0A");
    }
}
