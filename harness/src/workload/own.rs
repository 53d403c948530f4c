//! A user's own program as a workload: a file, named on the command line or described in an
//! experiment.

use std::ops::Range;
use std::path::{Path, is_separator};

use anyhow::{Context as _, bail, ensure};
use serde::Deserialize;
use workloads::Suite;

use super::{AnyWorkload, Expected};
use crate::names;
use crate::sources;

/// How the name of a program's file ends.
const EXTENSION: &str = ".monkey";

/// The word for the workloads of all suites, which can't be a workload's name.
pub(crate) const ALL_SUITES: &str = "all";

/// A user's own program.
#[derive(Clone, Debug)]
pub(crate) struct OwnWorkload {
    /// Its name: that of the file, unless an experiment gives another.
    pub(super) name: String,
    /// Its file, as messages and reports call it.
    pub(super) file: String,
    /// Why it is there, if an experiment says so.
    pub(super) why: Option<String>,
    /// The text of the file.
    text: String,
    /// Its size, if it has one.
    size: Option<Size>,
    /// What it must give at its default size, if an experiment says so.
    expected: Option<Expected>,
}

/// The size of a program: the number that its first line gives to `size`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Size {
    /// Where the number stands in the text.
    digits: Range<usize>,
    /// The size where none is asked for.
    default: u64,
}

/// The largest number that the language has.
const MOST: u64 = i64::MAX.unsigned_abs();

/// A program as an experiment describes it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WireWorkload {
    file: String,
    name: Option<String>,
    why: Option<String>,
    size: Option<u64>,
    value: Option<String>,
    output: Option<Vec<String>>,
}

/// Whether a word means a file rather than a name.
pub(crate) fn is_path(word: &str) -> bool {
    word.ends_with(EXTENSION) || word.contains(is_separator)
}

/// The programs that an experiment in `folder` describes.
///
/// # Errors
/// If one can't be read, or can't be a workload.
pub(crate) fn declared(wire: Vec<WireWorkload>, folder: &Path) -> anyhow::Result<Vec<AnyWorkload>> {
    let own = |wire: WireWorkload| {
        let file = wire.file.clone();
        let own = wire.validate(folder);
        Ok(AnyWorkload::Own(
            own.with_context(|| format!("workload {file}"))?,
        ))
    };
    let declared = wire
        .into_iter()
        .map(own)
        .collect::<anyhow::Result<Vec<_>>>()?;
    super::check_names(&declared)?;
    Ok(declared)
}

impl WireWorkload {
    fn validate(self, folder: &Path) -> anyhow::Result<OwnWorkload> {
        let Self {
            file,
            name,
            why,
            size,
            value,
            output,
        } = self;
        let mut own = OwnWorkload::read(&sources::within(folder, file))?;
        if let Some(name) = name {
            own.name = name;
        }
        own.check_name()?;
        if let Some(why) = &why {
            names::check_line("reason for it", why)?;
        }
        own.why = why;
        if let Some(asked) = size {
            own.source(Some(asked))?;
            if let Some(size) = &mut own.size {
                size.default = asked;
            }
        }
        own.expected = match (value, output) {
            (Some(value), output) => Some(Expected {
                value,
                output: lines(&output.unwrap_or_default()),
            }),
            (None, None) => None,
            (None, Some(_)) => bail!(
                "it has an output, but no value: give both, or neither, to have the tree-walker \
                 say them"
            ),
        };
        Ok(own)
    }
}

/// The text that prints these lines.
fn lines(lines: &[String]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

impl OwnWorkload {
    /// Reads a program, whatever its name.
    ///
    /// # Errors
    /// If it can't be read.
    pub(crate) fn read(path: &Path) -> anyhow::Result<Self> {
        let source = sources::read(path)?;
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        Ok(Self {
            // A name is one word of the protocol.
            name: stem.split_whitespace().collect::<Vec<_>>().join("-"),
            file: source.origin,
            why: None,
            size: Size::of(&source.text),
            text: source.text,
            expected: None,
        })
    }

    /// Reads a program that is to be measured beside others.
    ///
    /// # Errors
    /// If it can't be read, or has a name that it can't have.
    pub(crate) fn workload(path: &Path) -> anyhow::Result<Self> {
        let own = Self::read(path)?;
        own.check_name()
            .with_context(|| format!("{} can't be a workload", own.file))?;
        Ok(own)
    }

    /// Makes sure that its name can be one, and is none of this program's.
    fn check_name(&self) -> anyhow::Result<()> {
        let name = &*self.name;
        names::check_word("name", name)?;
        let suites = Suite::ALL.map(Suite::name);
        let means_others = suites.contains(&name) || name == ALL_SUITES;
        ensure!(
            !means_others && workloads::find(name).is_none(),
            "{name} is the name of a workload of this program, whose figures it must not seem to \
             have: rename the file, or give it a name in an experiment"
        );
        Ok(())
    }

    pub(super) fn default_size(&self) -> Option<u64> {
        self.size.as_ref().map(|size| size.default)
    }

    /// Its text at a size, or at its default one: the same but for that number.
    pub(super) fn source(&self, asked: Option<u64>) -> anyhow::Result<String> {
        let name = &self.name;
        let size = match (asked, &self.size) {
            (None, None) => return Ok(self.text.clone()),
            (Some(_), None) => bail!(
                "workload {name} has no size: the first line of {} is not `let size = N;`",
                self.file
            ),
            (_, Some(size)) => size,
        };
        let number = asked.unwrap_or(size.default);
        ensure!(
            number <= MOST,
            "size {number} of workload {name} is not between 0 and {MOST}"
        );
        let mut text = self.text.clone();
        text.replace_range(size.digits.clone(), &number.to_string());
        Ok(text)
    }

    pub(super) fn expected(&self, size: Option<u64>) -> Option<&Expected> {
        let is_default = size.is_none() || size == self.default_size();
        self.expected.as_ref().filter(|_| is_default)
    }
}

impl Size {
    /// The size of a program, if its first line begins with `let size = N;`, blanks aside.
    fn of(text: &str) -> Option<Self> {
        let line = text.lines().next()?;
        // After a blank at least: without one it would be another word.
        let rest = line.trim_start().strip_prefix("let")?;
        let rest = rest.strip_prefix(char::is_whitespace)?.trim_start();
        let rest = rest.strip_prefix("size")?.trim_start();
        let rest = rest.strip_prefix('=')?.trim_start();
        let length = rest.find(|c: char| !c.is_ascii_digit())?;
        let (number, end) = rest.split_at(length);
        end.trim_start().strip_prefix(';')?;
        let start = line.len() - rest.len();
        Some(Self {
            default: number.parse().ok()?,
            digits: start..start + length,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_may_give_a_size() {
        let size = |text: &str| Size::of(text).map(|size| (size.default, size.digits));
        assert_eq!(size("let size = 18;\nsize"), Some((18, 11..13)));
        assert_eq!(size("let size=7; // small\r\nsize"), Some((7, 9..10)));
        assert_eq!(size("  let\tsize  =  07 ; size"), Some((7, 15..17)));
        for text in [
            "",
            "let size = 18\n;",
            "let size = -1;",
            "let size = 1 + 1;",
            "let size = x;",
            "let sizes = 1;",
            "letsize = 1;",
            "let size = 99999999999999999999;",
            "// why\nlet size = 1;",
            "\nlet size = 1;",
        ] {
            assert_eq!(size(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_word_is_a_path_by_its_looks() {
        for word in [
            "own.monkey",
            "./own",
            "programs/own.monkey",
            "/own",
            "é.monkey",
        ] {
            assert!(is_path(word), "{word}");
        }
        for word in ["own", "fibonacci", "own.monkeys", "monkey", ""] {
            assert!(!is_path(word), "{word}");
        }
    }
}
