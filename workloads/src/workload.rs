//! Programs to measure: their texts, sizes, expected results and reasons.
//!
//! A suite is a folder of programs and a TOML file of the same name beside it that describes them.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

/// A named set of workloads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Suite {
    /// The five workloads of the source documents.
    Documented,
    /// Programs of the size and kind that people write, each for what it stresses.
    Realistic,
}

impl Suite {
    /// All suites, in their order.
    pub const ALL: [Self; 2] = [Self::Documented, Self::Realistic];

    /// The suite's name, which is also that of its folder.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Documented => "documented",
            Self::Realistic => "realistic",
        }
    }

    /// Its workloads, in the order of its file.
    pub fn workloads(self) -> &'static [Workload] {
        let start = all().partition_point(|workload| workload.suite < self);
        let end = all().partition_point(|workload| workload.suite <= self);
        &all()[start..end]
    }
}

/// A program to measure.
#[derive(Clone, Debug)]
pub struct Workload {
    /// Lower-case words with dashes between. It stands for this very program: a changed program
    /// gets a new name, so that results under one name can always be compared.
    pub name: String,
    /// What the program does, in a few words.
    pub title: String,
    /// Why the workload exists: what it stresses, and what it leaves alone.
    pub why: String,
    /// The suite it belongs to.
    pub suite: Suite,
    /// The size that a user may set; none if it makes no sense here.
    pub size: Option<Size>,
    program: &'static str,
    expected: Expected,
    small: Option<Small>,
}

/// What a program gives at one size.
#[derive(Clone, Debug)]
struct Expected {
    value: String,
    output: Vec<String>,
    calls: u64,
}

/// A small size, and what the program gives there.
#[derive(Clone, Debug)]
struct Small {
    size: u64,
    expected: Expected,
}

/// The size of a workload: the number in its program's first line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Size {
    /// The size of the program as it stands.
    pub default: u64,
    /// The smallest size allowed.
    pub least: u64,
    /// The largest size allowed: one at which recursion stays within the 10,000 nested calls that
    /// every engine promises, or the time within minutes.
    pub most: u64,
    /// What the number means.
    pub means: String,
}

/// Why a workload can't have the size that was asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SizeError {
    /// The program has no size.
    #[error("workload {workload} has no size")]
    None {
        /// The workload's name.
        workload: String,
    },
    /// The size is out of bounds.
    #[error("size {size} of workload {workload} is not between {least} and {most}")]
    OutOfBounds {
        /// The workload's name.
        workload: String,
        /// What was asked for.
        size: u64,
        /// The smallest size allowed.
        least: u64,
        /// The largest size allowed.
        most: u64,
    },
}

impl Workload {
    /// The program's text at a size, or as it stands.
    ///
    /// # Errors
    /// If the workload has no size, or not this one.
    pub fn source(&self, size: Option<u64>) -> Result<String, SizeError> {
        let Some(asked) = size else {
            return Ok(self.program.to_owned());
        };
        let Some(size) = &self.size else {
            return Err(SizeError::None {
                workload: self.name.clone(),
            });
        };
        if !(size.least..=size.most).contains(&asked) {
            return Err(SizeError::OutOfBounds {
                workload: self.name.clone(),
                size: asked,
                least: size.least,
                most: size.most,
            });
        }
        let first_line = size_line(size.default);
        let rest = self.program.strip_prefix(&first_line).unwrap_or_default();
        Ok(size_line(asked) + rest)
    }

    /// A size at which the program does all that it does, but soon: for tests on every engine. None
    /// if the program is quick as it stands.
    pub fn small(&self) -> Option<u64> {
        self.small.as_ref().map(|small| small.size)
    }

    /// The program's value at a size, as it is printed; known at the default size and at the
    /// small one only.
    pub fn expected(&self, size: Option<u64>) -> Option<&str> {
        self.expected_at(size).map(|it| &*it.value)
    }

    /// The lines that the program prints at a size; known where its value is.
    pub fn expected_output(&self, size: Option<u64>) -> Option<&[String]> {
        self.expected_at(size).map(|it| &*it.output)
    }

    /// How often the program calls a Monkey function (not a builtin) at a size; known where its
    /// value is.
    pub fn expected_calls(&self, size: Option<u64>) -> Option<u64> {
        self.expected_at(size).map(|it| it.calls)
    }

    fn expected_at(&self, size: Option<u64>) -> Option<&Expected> {
        if size.is_none() || size == self.size.as_ref().map(|size| size.default) {
            return Some(&self.expected);
        }
        let small = self.small.as_ref().filter(|small| Some(small.size) == size);
        small.map(|small| &small.expected)
    }
}

/// All workloads, suite by suite, each in the order of its file.
pub fn all() -> &'static [Workload] {
    // The data are part of the binary, and the tests read all of them: no user can make this fail.
    static ALL: LazyLock<Vec<Workload>> = LazyLock::new(|| {
        SUITES
            .iter()
            .flat_map(|files| load(files).unwrap_or_else(|error| panic!("{error}")))
            .collect()
    });
    &ALL
}

/// The workloads of the source documents, in the order of their baseline table.
pub fn documented() -> &'static [Workload] {
    Suite::Documented.workloads()
}

/// The workload of that name, in whichever suite.
pub fn find(name: &str) -> Option<&'static Workload> {
    all().iter().find(|workload| workload.name == name)
}

/// A suite's files as embedded.
struct SuiteFiles {
    suite: Suite,
    description: &'static str,
    /// Name and text of each program.
    programs: &'static [(&'static str, &'static str)],
}

/// Embeds the files of a suite: all that a new program needs besides its own files is its name here.
macro_rules! suite_files {
    ($suite:expr, $folder:literal, [$($name:literal),* $(,)?]) => {
        SuiteFiles {
            suite: $suite,
            description: include_str!(concat!("../", $folder, ".toml")),
            programs: &[$(
                ($name, include_str!(concat!("../", $folder, "/", $name, ".monkey"))),
            )*],
        }
    };
}

/// In the order of [`Suite`].
const SUITES: &[SuiteFiles] = &[
    suite_files!(
        Suite::Documented,
        "documented",
        [
            "fibonacci",
            "hash-access",
            "nested-loops",
            "string-concatenation",
            "integer-arithmetic",
        ]
    ),
    suite_files!(
        Suite::Realistic,
        "realistic",
        [
            "merge-sort",
            "queens",
            "prime-sieve",
            "tokenizer",
            "word-count",
            "church-numerals",
            "binary-trees",
            "tak",
            "interpreter",
            "mandelbrot",
        ]
    ),
];

/// A suite's TOML file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireSuite {
    workload: Vec<WireWorkload>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireWorkload {
    name: String,
    title: String,
    why: String,
    value: String,
    #[serde(default)]
    output: Vec<String>,
    calls: u64,
    size: Option<WireSize>,
    small: Option<WireSmall>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireSize {
    least: u64,
    most: u64,
    means: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireSmall {
    size: u64,
    value: String,
    #[serde(default)]
    output: Vec<String>,
    calls: u64,
}

#[derive(Debug, thiserror::Error)]
enum SuiteError {
    #[error("{suite}.toml: {error}")]
    Toml {
        suite: &'static str,
        error: toml::de::Error,
    },
    #[error("{suite}.toml: {name}: {what}")]
    Workload {
        suite: &'static str,
        name: String,
        what: &'static str,
    },
}

fn load(files: &SuiteFiles) -> Result<Vec<Workload>, SuiteError> {
    let suite = files.suite.name();
    let wire: WireSuite =
        toml::from_str(files.description).map_err(|error| SuiteError::Toml { suite, error })?;
    let mut programs: BTreeMap<_, _> = files.programs.iter().copied().collect();
    let mut workloads = Vec::with_capacity(programs.len());
    for wire in wire.workload {
        let name = wire.name.clone();
        let workload = programs
            .remove(&*name)
            .ok_or("no such program is embedded, or it is described twice")
            .and_then(|program| wire.validate(files.suite, program))
            .map_err(|what| SuiteError::Workload { suite, name, what })?;
        workloads.push(workload);
    }
    match programs.into_keys().next() {
        None => Ok(workloads),
        Some(name) => Err(SuiteError::Workload {
            suite,
            name: name.to_owned(),
            what: "the program is not described",
        }),
    }
}

impl WireWorkload {
    fn validate(self, suite: Suite, program: &'static str) -> Result<Workload, &'static str> {
        let size = match (self.size, default_size(program)) {
            (None, None) => None,
            (Some(size), Some(default)) if (size.least..=size.most).contains(&default) => {
                Some(Size {
                    default,
                    least: size.least,
                    most: size.most,
                    means: size.means,
                })
            }
            (Some(_), Some(_)) => return Err("the program's size is out of its own bounds"),
            (None, Some(_)) => return Err("the program has a size that is not described"),
            (Some(_), None) => return Err("the program has no line `let size = …;`"),
        };
        if let Some(small) = &self.small {
            match &size {
                Some(size) if (size.least..size.default).contains(&small.size) => {}
                _ => return Err("its small size is not between the least and the default"),
            }
        }
        Ok(Workload {
            name: self.name,
            title: self.title,
            why: self.why,
            suite,
            size,
            program,
            expected: Expected {
                value: self.value,
                output: self.output,
                calls: self.calls,
            },
            small: self.small.map(|small| Small {
                size: small.size,
                expected: Expected {
                    value: small.value,
                    output: small.output,
                    calls: small.calls,
                },
            }),
        })
    }
}

/// The first line of a program that has a size.
fn size_line(size: u64) -> String {
    format!("let size = {size};\n")
}

/// The number in the program's first line, if that sets a size, exactly as [`size_line`] writes it.
fn default_size(program: &str) -> Option<u64> {
    let number = program.strip_prefix("let size = ")?.split(';').next()?;
    let size = number.parse().ok()?;
    program.starts_with(&size_line(size)).then_some(size)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The error of a suite of one program and this description of it.
    fn complaint(program: &'static str, description: &'static str) -> Option<String> {
        let files = SuiteFiles {
            suite: Suite::Documented,
            description,
            programs: Box::leak(Box::new([("p", program)])),
        };
        load(&files).err().map(|error| error.to_string())
    }

    /// A description with these keys after the ones that every workload has.
    macro_rules! described {
        ($name:literal, $keys:literal) => {
            concat!(
                "[[workload]]\nname = \"",
                $name,
                "\"\ntitle = \"t\"\nwhy = \"w\"\nvalue = \"v\"\ncalls = 0\n",
                $keys
            )
        };
    }

    #[test]
    fn descriptions_must_fit_their_programs() {
        const BOUNDS: &str = described!("p", "size = { least = 1, most = 9, means = \"m\" }");
        const SMALL: &str = described!(
            "p",
            "size = { least = 4, most = 9, means = \"m\" }\n\
             small = { size = 4, value = \"v\", calls = 0 }"
        );
        assert_eq!(complaint("1", described!("p", "")), None);
        assert_eq!(complaint("let size = 5;\nsize", BOUNDS), None);
        assert_eq!(complaint("let size = 5;\nsize", SMALL), None);
        for (program, description, what) in [
            ("1", BOUNDS, "no line `let size = …;`"),
            ("let size = 05;\nsize", BOUNDS, "no line `let size = …;`"),
            ("let size = 5; size", BOUNDS, "no line `let size = …;`"),
            ("let size = 10;\nsize", BOUNDS, "out of its own bounds"),
            (
                "let size = 5;\n",
                described!("p", ""),
                "a size that is not described",
            ),
            (
                "let size = 4;\nsize",
                SMALL,
                "its small size is not between",
            ),
            (
                "1",
                described!("p", "small = { size = 1, value = \"v\", calls = 0 }"),
                "its small size is not between",
            ),
            ("1", described!("q", ""), "q: no such program is embedded"),
            ("1", "workload = []", "p: the program is not described"),
            ("1", described!("p", "tilte = 1"), "unknown field `tilte`"),
        ] {
            let complaint = complaint(program, description).unwrap_or_default();
            assert!(complaint.contains(what), "{program:?}: {complaint}");
        }
    }
}
