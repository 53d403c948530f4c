//! What a worker answers: one line, whose first word says what kind of answer it is.

use reports::schema::{Counts, Identity, Measure};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::num::NonZeroU64;

use crate::names;

/// An answer to a request, as the line that is sent, without its end.
pub(crate) trait Answer: Sized {
    /// What such a line looks like, for those who sent another one.
    const EXPECTED: &'static str;

    /// The line.
    fn encode(&self) -> String;

    /// The answer, if the line is one.
    fn decode(line: &str) -> Option<Self>;
}

/// The text after `ok`.
fn after_ok(line: &str) -> Option<&str> {
    line.strip_prefix("ok ")
}

/// Done, and nothing to tell.
impl Answer for () {
    const EXPECTED: &'static str = "ok";

    fn encode(&self) -> String {
        "ok".to_owned()
    }

    fn decode(line: &str) -> Option<Self> {
        (line == "ok").then_some(())
    }
}

/// What a worker is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Hello {
    /// The version of the protocol that it will speak.
    pub(crate) protocol: u32,
    /// The engine's name.
    pub(crate) engine: String,
    /// The engine's version.
    #[serde(default)]
    pub(crate) version: Option<String>,
    /// What it can time. A phase that this program doesn't know isn't asked for.
    #[serde(default)]
    pub(crate) phases: Vec<String>,
    /// Whether it counts.
    #[serde(default)]
    pub(crate) counts: bool,
    /// Whether it can say how much memory it has held.
    #[serde(default)]
    pub(crate) memory: bool,
    /// The limits under which it can run a program.
    #[serde(default)]
    pub(crate) limits: Vec<String>,
    /// Whether it runs translations of the workloads that it knows by name, rather than the programs
    /// that it is sent.
    #[serde(default)]
    pub(crate) translated: bool,
}

impl Hello {
    /// Those of its phases that this program knows, in the order of the schema.
    pub(crate) fn measures(&self) -> Vec<Measure> {
        let has = |measure: &Measure| self.phases.iter().any(|it| it == measure.name());
        Measure::ALL.into_iter().filter(has).collect()
    }

    /// What the results keep of it.
    pub(crate) fn identity(&self) -> Identity {
        Identity {
            protocol: self.protocol,
            engine: Some(self.engine.clone()),
            version: self.version.clone(),
            phases: self.measures(),
        }
    }
}

impl Answer for Hello {
    const EXPECTED: &'static str = "ok {\"protocol\":2,\"engine\":NAME,…}";

    fn encode(&self) -> String {
        format!("ok {}", json(self))
    }

    fn decode(line: &str) -> Option<Self> {
        let hello: Self = serde_json::from_str(after_ok(line)?).ok()?;
        let is_name = |text: &str| !text.trim().is_empty() && names::shows_as_itself(text);
        let is_fine = hello.protocol > 0
            && is_name(&hello.engine)
            && hello.version.as_deref().is_none_or(is_name);
        is_fine.then_some(hello)
    }
}

/// Something that is wrong with a program, and where: line and column, from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Complaint {
    /// What is wrong.
    pub(crate) text: String,
    /// Where the expression, or whatever else it is about, starts.
    pub(crate) at: (u32, u32),
}

impl Complaint {
    fn encode(&self) -> String {
        let (line, column) = self.at;
        format!("{} {line} {column}", json(&self.text))
    }

    fn decode(values: &[Value]) -> Option<Self> {
        let [text, line, column] = values else {
            return None;
        };
        let place = |value: &Value| u32::try_from(value.as_u64()?).ok().filter(|&it| it > 0);
        Some(Self {
            text: text.as_str()?.to_owned(),
            at: (place(line)?, place(column)?),
        })
    }
}

/// What became of a program that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Loaded {
    /// It can be run.
    Ready,
    /// It is no program of the language: what is wrong with it, in source order.
    Rejected(Vec<Complaint>),
}

impl Answer for Loaded {
    const EXPECTED: &'static str = "ok, or rejected TEXT LINE COLUMN …";

    fn encode(&self) -> String {
        match self {
            Self::Ready => "ok".to_owned(),
            Self::Rejected(complaints) => complaints
                .iter()
                .fold("rejected".to_owned(), |line, it| line + " " + &it.encode()),
        }
    }

    fn decode(line: &str) -> Option<Self> {
        if line == "ok" {
            return Some(Self::Ready);
        }
        let values = values(line.strip_prefix("rejected ")?)?;
        let complaints: Option<Vec<_>> = values.chunks(3).map(Complaint::decode).collect();
        complaints.filter(|it| !it.is_empty()).map(Self::Rejected)
    }
}

/// What a program gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Checked {
    /// Its value, as it is printed.
    pub(crate) result: String,
    /// What it printed.
    pub(crate) output: String,
}

impl Answer for Checked {
    const EXPECTED: &'static str = "ok RESULT OUTPUT";

    fn encode(&self) -> String {
        format!("ok {} {}", json(&self.result), json(&self.output))
    }

    fn decode(line: &str) -> Option<Self> {
        match &*values(after_ok(line)?)? {
            [Value::String(result), Value::String(output)] => Some(Self {
                result: result.clone(),
                output: output.clone(),
            }),
            _ => None,
        }
    }
}

/// How an execution ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// With a value.
    Value(Checked),
    /// With an error of the language, having printed something.
    Raised(Complaint, String),
}

impl Answer for Ended {
    const EXPECTED: &'static str = "ok RESULT OUTPUT, or raised TEXT LINE COLUMN OUTPUT";

    fn encode(&self) -> String {
        match self {
            Self::Value(checked) => checked.encode(),
            Self::Raised(error, output) => format!("raised {} {}", error.encode(), json(output)),
        }
    }

    fn decode(line: &str) -> Option<Self> {
        let Some(raised) = line.strip_prefix("raised ") else {
            return Checked::decode(line).map(Self::Value);
        };
        match &*values(raised)? {
            [error @ .., Value::String(output)] => {
                Some(Self::Raised(Complaint::decode(error)?, output.clone()))
            }
            _ => None,
        }
    }
}

/// A timed sample.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Measured {
    /// The time of all iterations together.
    pub(crate) nanoseconds: NonZeroU64,
    /// The program's value, where what was timed gives one.
    pub(crate) result: Option<String>,
}

impl Answer for Measured {
    const EXPECTED: &'static str = "ok NANOSECONDS RESULT";

    fn encode(&self) -> String {
        format!("ok {} {}", self.nanoseconds, json(&self.result))
    }

    fn decode(line: &str) -> Option<Self> {
        let (nanoseconds, result) = after_ok(line)?.split_once(' ')?;
        Some(Self {
            nanoseconds: nanoseconds.parse().ok()?,
            result: serde_json::from_str(result).ok()?,
        })
    }
}

/// Counts, and the names of those that this program doesn't know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Counted {
    /// The counts.
    pub(crate) counts: Counts,
    /// Names that mean nothing here.
    pub(crate) unknown: Vec<String>,
}

impl Answer for Counted {
    const EXPECTED: &'static str =
        "ok {\"dispatched\":NUMBER,\"calls\":NUMBER,\"allocations\":NUMBER,\"code_bytes\":NUMBER}";

    fn encode(&self) -> String {
        format!("ok {}", json(&self.counts))
    }

    fn decode(line: &str) -> Option<Self> {
        let mut found: serde_json::Map<String, Value> =
            serde_json::from_str(after_ok(line)?).ok()?;
        let mut count = |name| match found.remove(name) {
            None | Some(Value::Null) => Some(None),
            Some(count) => count.as_u64().map(Some),
        };
        let counts = Counts {
            dispatched: count("dispatched")?,
            calls: count("calls")?,
            allocations: count("allocations")?,
            code_bytes: count("code_bytes")?,
        };
        Some(Self {
            counts,
            unknown: found.into_iter().map(|(name, _)| name).collect(),
        })
    }
}

/// The most memory that a process has held, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Peak(pub(crate) NonZeroU64);

impl Answer for Peak {
    const EXPECTED: &'static str = "ok BYTES";

    fn encode(&self) -> String {
        format!("ok {}", self.0)
    }

    fn decode(line: &str) -> Option<Self> {
        after_ok(line)?.parse().ok().map(Self)
    }
}

/// An answer, or the error that the worker reports, as the line that is sent.
pub(crate) fn encode_reply<A: Answer>(reply: &Result<A, String>) -> String {
    match reply {
        Ok(answer) => answer.encode() + "\n",
        // The text must stay one line.
        Err(text) => format!("error {}\n", text.replace(char::is_control, " ")),
    }
}

/// The answer of a line, or the text of the error that it is; none if it is neither.
pub(crate) fn decode_reply<A: Answer>(line: &str) -> Option<Result<A, &str>> {
    if let Some(text) = line.strip_prefix("error") {
        return (text.is_empty() || text.starts_with(' ')).then(|| Err(text.trim_start()));
    }
    A::decode(line).map(Ok)
}

/// JSON values that are separated by white space.
fn values(text: &str) -> Option<Vec<Value>> {
    let values = serde_json::Deserializer::from_str(text).into_iter();
    values.collect::<Result<_, _>>().ok()
}

/// JSON of strings and numbers, which can't fail.
fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round_trip<A: Answer + PartialEq + std::fmt::Debug>(answer: A, line: &str) {
        let sent = encode_reply(&Ok::<_, String>(answer));
        assert_eq!(sent, format!("{line}\n"));
        let back = decode_reply::<A>(line).unwrap().unwrap();
        assert_eq!(back.encode(), line);
    }

    fn checked(result: &str, output: &str) -> Checked {
        Checked {
            result: result.to_owned(),
            output: output.to_owned(),
        }
    }

    #[test]
    fn replies_are_read_as_they_were_sent() {
        round_trip((), "ok");
        round_trip(checked("a \"b\"\n", ""), "ok \"a \\\"b\\\"\\n\" \"\"");
        round_trip(Ended::Value(checked("1", "2\n")), "ok \"1\" \"2\\n\"");
        let error = |text: &str, at| Complaint {
            text: text.to_owned(),
            at,
        };
        let raised = Ended::Raised(error("out of fuel", (3, 14)), "x\n".to_owned());
        round_trip(raised, "raised \"out of fuel\" 3 14 \"x\\n\"");
        round_trip(Loaded::Ready, "ok");
        let rejected = Loaded::Rejected(vec![error("a", (1, 2)), error("b", (3, 4))]);
        round_trip(rejected, "rejected \"a\" 1 2 \"b\" 3 4");
        round_trip(Peak(NonZeroU64::MIN), "ok 1");
        let measured = |result: Option<&str>| Measured {
            nanoseconds: NonZeroU64::MIN,
            result: result.map(str::to_owned),
        };
        round_trip(measured(None), "ok 1 null");
        round_trip(measured(Some("a b")), "ok 1 \"a b\"");

        let line = encode_reply::<()>(&Err("no\nway".to_owned()));
        assert_eq!(decode_reply::<()>(line.trim_end()), Some(Err("no way")));
        assert_eq!(decode_reply::<()>("error"), Some(Err("")));
    }

    #[test]
    fn what_is_no_answer_is_none() {
        assert_eq!(decode_reply::<()>("okay"), None);
        assert_eq!(decode_reply::<()>("errors"), None);
        assert_eq!(decode_reply::<()>(""), None);
        assert_eq!(decode_reply::<()>("ok 1"), None);
        for text in ["", "\"a\"", "\"a\" 1", "\"a\" \"b\" \"c\"", "\"a"] {
            assert_eq!(Checked::decode(&format!("ok {text}")), None, "{text:?}");
        }
        for text in ["", "1", "0 null", "-1 null", "x null", "1 2", "1 null null"] {
            assert_eq!(Measured::decode(&format!("ok {text}")), None, "{text:?}");
        }
        for text in ["\"a\" 1 1", "\"a\" 0 1 \"\"", "1 1 1 \"\"", "\"a\" 1 1 2"] {
            assert_eq!(Ended::decode(&format!("raised {text}")), None, "{text:?}");
        }
        for text in ["", "\"a\"", "\"a\" 1", "\"a\" 1 1 \"b\""] {
            assert_eq!(
                Loaded::decode(&format!("rejected {text}")),
                None,
                "{text:?}"
            );
        }
        assert_eq!(Peak::decode("ok 0"), None);
        assert_eq!(Counted::decode("ok {\"calls\":-1}"), None);
    }

    #[test]
    fn a_hello_may_say_little_or_more_than_is_known() {
        let hello = |text: &str| Hello::decode(&format!("ok {text}"));
        let least = hello(r#"{"protocol":2,"engine":"x"}"#).unwrap();
        assert_eq!(
            (least.counts, least.memory, least.translated),
            (false, false, false)
        );
        assert_eq!(least.identity().phases, []);
        let later = hello(
            r#"{"protocol":2,"engine":"x","version":"1","phases":["osr","total","run"],"new":{}}"#,
        );
        assert_eq!(later.unwrap().measures(), [Measure::Run, Measure::Total]);
        for text in [
            "{}",
            r#"{"protocol":0,"engine":"x"}"#,
            r#"{"protocol":2,"engine":""}"#,
            r#"{"protocol":2,"engine":"a\nb"}"#,
            r#"{"protocol":2,"engine":"a\u202eb"}"#,
            r#"{"protocol":2,"engine":"x","version":""}"#,
            r#"5 "93105""#,
        ] {
            assert_eq!(hello(text), None, "{text}");
        }
    }

    #[test]
    fn a_count_that_is_not_known_costs_itself() {
        let counted = Counted::decode(r#"ok {"calls":7,"dispatched":null,"spills":3}"#).unwrap();
        assert_eq!(counted.counts.calls, Some(7));
        assert_eq!(counted.counts.dispatched, None);
        assert_eq!(counted.unknown, ["spills"]);
    }
}
