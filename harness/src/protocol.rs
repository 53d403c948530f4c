//! The line protocol between the harness and a worker: what is asked, what is answered. Both sides
//! use this one description; `PROTOCOL.md` tells it to the authors of external engines.

use std::io::{self, BufRead, Read as _};
use std::num::NonZeroU64;

use reports::schema::{Counts, Measure};

/// The longest line of a request, in bytes: names are short, and programs aren't lines.
const MAX_REQUEST_LINE: u64 = 4096;

/// What a worker is asked to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Request {
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
    /// End.
    Quit,
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
        match self {
            Self::Program { name, source } => {
                format!("program {name} {}\n{source}", source.len())
            }
            Self::Check { name } => format!("check {name}\n"),
            Self::Measure {
                what,
                name,
                iterations,
            } => format!("measure {what} {name} {iterations}\n"),
            Self::Counts { name } => format!("counts {name}\n"),
            Self::Quit => "quit\n".to_owned(),
        }
        .into_bytes()
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
            ["program", name, bytes] => {
                let bytes = bytes.parse().map_err(|_| malformed())?;
                Self::Program {
                    name: name.to_owned(),
                    source: read_source(input, bytes)?,
                }
            }
            ["check", program] => Self::Check {
                name: name(program),
            },
            ["measure", what, program, iterations] => Self::Measure {
                what: Measure::named(what).ok_or_else(malformed)?,
                name: name(program),
                iterations: iterations.parse().map_err(|_| malformed())?,
            },
            ["counts", program] => Self::Counts {
                name: name(program),
            },
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

/// What a program gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Checked {
    /// Its value, as it is printed.
    pub(crate) result: String,
    /// What it printed.
    pub(crate) output: String,
}

/// A timed sample.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Measured {
    /// The time of all iterations together.
    pub(crate) nanoseconds: NonZeroU64,
    /// The program's value, where what was timed gives one.
    pub(crate) result: Option<String>,
}

/// An answer's text, after `ok`.
pub(crate) trait Answer: Sized {
    /// The text.
    fn encode(&self) -> String;

    /// The answer, if the text is one.
    fn decode(text: &str) -> Option<Self>;
}

/// Done, and nothing to tell.
impl Answer for () {
    fn encode(&self) -> String {
        String::new()
    }

    fn decode(text: &str) -> Option<Self> {
        text.is_empty().then_some(())
    }
}

impl Answer for Checked {
    fn encode(&self) -> String {
        format!("{} {}", json(&self.result), json(&self.output))
    }

    fn decode(text: &str) -> Option<Self> {
        let mut strings = serde_json::Deserializer::from_str(text).into_iter::<String>();
        let result = strings.next()?.ok()?;
        let output = strings.next()?.ok()?;
        strings.next().is_none().then_some(Self { result, output })
    }
}

impl Answer for Measured {
    fn encode(&self) -> String {
        format!("{} {}", self.nanoseconds, json(&self.result))
    }

    fn decode(text: &str) -> Option<Self> {
        let (nanoseconds, result) = text.split_once(' ')?;
        Some(Self {
            nanoseconds: nanoseconds.parse().ok()?,
            result: serde_json::from_str(result).ok()?,
        })
    }
}

impl Answer for Counts {
    fn encode(&self) -> String {
        json(self)
    }

    fn decode(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }
}

/// An answer, or the error that the worker reports, as the line that is sent.
pub(crate) fn encode_reply<A: Answer>(reply: &Result<A, String>) -> String {
    match reply {
        Ok(answer) => format!("ok {}", answer.encode()).trim_end().to_owned() + "\n",
        // The text must stay one line.
        Err(text) => format!("error {}\n", text.replace(char::is_control, " ")),
    }
}

/// Takes a reply's line apart: the answer's text, or the error's; none if it is no reply.
pub(crate) fn split_reply(line: &str) -> Option<Result<&str, &str>> {
    let (status, text) = line.split_once(' ').unwrap_or((line, ""));
    match status {
        "ok" => Some(Ok(text)),
        "error" => Some(Err(text)),
        _ => None,
    }
}

/// JSON of strings and numbers, which can't fail.
fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
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
        let requests = [
            Request::Program {
                name: name(),
                source: "let s = \"a\nß\";\n\n".to_owned(),
            },
            Request::Check { name: name() },
            Request::Measure {
                what: Measure::Total,
                name: name(),
                iterations: NonZeroU64::MAX,
            },
            Request::Counts { name: name() },
            Request::Quit,
        ];
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
            "measure run x 0\n",
            "measure sleep x 1\n",
            "program x -1\n",
            "program x 99999999999\n",
            "check\n",
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
    fn replies_are_read_as_they_were_sent() {
        let checked = Checked {
            result: "a \"b\"\n".to_owned(),
            output: String::new(),
        };
        let line = encode_reply(&Ok(checked.clone()));
        assert_eq!(line, "ok \"a \\\"b\\\"\\n\" \"\"\n");
        let text = split_reply(line.trim_end()).unwrap().unwrap();
        assert_eq!(Checked::decode(text), Some(checked));

        let measured = Measured {
            nanoseconds: NonZeroU64::MIN,
            result: None,
        };
        let line = encode_reply(&Ok(measured.clone()));
        assert_eq!(line, "ok 1 null\n");
        assert_eq!(Measured::decode("1 null"), Some(measured));

        assert_eq!(encode_reply(&Ok(())), "ok\n");
        assert_eq!(split_reply("ok"), Some(Ok("")));
        let line = encode_reply::<()>(&Err("no\nway".to_owned()));
        assert_eq!(split_reply(line.trim_end()), Some(Err("no way")));
    }

    #[test]
    fn what_is_no_answer_is_none() {
        assert_eq!(split_reply("okay 1"), None);
        assert_eq!(split_reply(""), None);
        assert_eq!(<()>::decode("1"), None);
        for text in ["", "\"a\"", "\"a\" 1", "\"a\" \"b\" \"c\"", "\"a"] {
            assert_eq!(Checked::decode(text), None, "{text:?}");
        }
        for text in ["", "1", "0 null", "-1 null", "x null", "1 2", "1 null null"] {
            assert_eq!(Measured::decode(text), None, "{text:?}");
        }
        assert_eq!(Counts::decode("{\"calls\":-1}"), None);
    }
}
