//! What callgrind writes: <https://valgrind.org/docs/manual/cl-format.html>. Of a profile, the total
//! and the cost of each function itself are taken; the graph of calls is passed over.

use std::collections::{BTreeMap, HashMap};

use anyhow::{Context as _, bail, ensure};

/// The costs of a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Profile {
    /// All instructions.
    pub(crate) total: u64,
    /// Instructions by function, callees not included.
    pub(crate) functions: BTreeMap<String, u64>,
}

/// Reads a profile.
///
/// # Errors
/// In one line, with the number of the line at fault: it is no profile of instructions, is cut
/// off, or its parts don't add up to its total.
pub(crate) fn parse(text: &str) -> anyhow::Result<Profile> {
    let mut parser = Parser::default();
    for (number, line) in (1..).zip(text.lines()) {
        parser
            .line(line.trim())
            .with_context(|| format!("line {number}, {line:?}"))?;
    }
    parser.finish()
}

#[derive(Default)]
struct Parser {
    /// The number of a cost line's columns before the costs.
    positions: Option<usize>,
    /// Which of the costs is that of instructions.
    event: Option<usize>,
    names: HashMap<String, String>,
    function: Option<String>,
    /// The next line is the cost of a call: that of the callee.
    is_call: bool,
    functions: BTreeMap<String, u64>,
    totals: Option<u64>,
}

impl Parser {
    fn line(&mut self, line: &str) -> anyhow::Result<()> {
        if line.is_empty() || line.starts_with('#') {
            return Ok(());
        }
        if line.starts_with(|first: char| first.is_ascii_digit() || "+-*".contains(first)) {
            return self.cost(line);
        }
        if let Some((key, value)) = line.split_once('=')
            && key.bytes().all(|byte| byte.is_ascii_lowercase())
        {
            match key {
                "fn" => self.function = Some(self.name(value)?),
                // Named here, a function may be called by its number alone further down.
                "cfn" => drop(self.name(value)?),
                "calls" => self.is_call = true,
                // Where code lies, and jumps, which have no cost of their own.
                "ob" | "fl" | "fi" | "fe" | "cob" | "cfi" | "cfl" | "jump" | "jcnd" => {}
                _ => bail!("is nothing that callgrind writes"),
            }
            return Ok(());
        }
        let (key, value) = line.split_once(':').context("is no header")?;
        match key {
            "positions" => self.positions = Some(value.split_whitespace().count()),
            "events" => {
                let event = value.split_whitespace().position(|event| event == "Ir");
                self.event = Some(event.context("has no count of instructions")?);
            }
            "totals" => self.totals = Some(self.costs(value.split_whitespace())?),
            _ => {}
        }
        Ok(())
    }

    /// A line of cost: positions, which may be relative, then costs, of which zeros at the end may
    /// be left out.
    fn cost(&mut self, line: &str) -> anyhow::Result<()> {
        let positions = self.positions.context("comes before `positions:`")?;
        let cost = self.costs(line.split_whitespace().skip(positions))?;
        if std::mem::take(&mut self.is_call) {
            return Ok(());
        }
        let function = self.function.as_ref().context("belongs to no function")?;
        *self.functions.entry(function.clone()).or_default() += cost;
        Ok(())
    }

    fn costs<'w>(&self, mut words: impl Iterator<Item = &'w str>) -> anyhow::Result<u64> {
        let event = self.event.context("comes before `events:`")?;
        let word = words.nth(event).unwrap_or("0");
        word.parse().with_context(|| format!("{word:?} is no cost"))
    }

    /// The name of `(number) name`, of `(number)`, if it has been named before, or of `name`.
    fn name(&mut self, text: &str) -> anyhow::Result<String> {
        let Some((number, name)) = text.strip_prefix('(').and_then(|rest| rest.split_once(')'))
        else {
            return Ok(plain(text));
        };
        // `(below main)` is a name.
        if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return Ok(plain(text));
        }
        match name.trim() {
            "" => {
                let name = self.names.get(number).cloned();
                name.with_context(|| format!("name {number} has not been given"))
            }
            name => {
                let name = plain(name);
                self.names.insert(number.to_owned(), name.clone());
                Ok(name)
            }
        }
    }

    fn finish(self) -> anyhow::Result<Profile> {
        let total = self.totals.context("has no `totals:`, so it is cut off")?;
        let sum: u64 = self.functions.values().sum();
        ensure!(
            sum == total,
            "its functions have {sum} instructions together, its total is {total}"
        );
        Ok(Profile {
            total,
            functions: self
                .functions
                .into_iter()
                .filter(|(_, cost)| *cost > 0)
                .collect(),
        })
    }
}

/// A name without what differs between builds, or between levels of one recursion: the hash at the
/// end of a Rust symbol, and callgrind's `'2`.
fn plain(name: &str) -> String {
    const HASH_DIGITS: usize = 16;
    let name = match name.rsplit_once('\'') {
        Some((name, level)) if level.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => name,
    };
    let name = match name.rsplit_once("::h") {
        Some((name, hash))
            if hash.len() == HASH_DIGITS && hash.bytes().all(|byte| byte.is_ascii_hexdigit()) =>
        {
            name
        }
        _ => name,
    };
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "# callgrind format\nversion: 1\ncreator: callgrind-3.19.0\npid: 7\n\
                          cmd: ./program --option=1\npart: 1\n\ndesc: I1 cache: \n";

    fn functions(profile: &Profile) -> Vec<(&str, u64)> {
        let functions = profile.functions.iter();
        functions
            .map(|(name, &cost)| (name.as_str(), cost))
            .collect()
    }

    #[test]
    fn names_and_positions_may_be_written_in_full() {
        let text = format!(
            "{HEADER}positions: line\nevents: Ir\nsummary: 18\n\n\
             ob=/p\nfl=???\nfn=(below main)\n0 3\ncfn=a::b\ncalls=1 0 \n0 15\n\n\
             fn=a::b::h0123456789abcdef\n0 10\n5 2\nfn=a::b'2\n0 3\n\ntotals: 18\n"
        );
        let profile = parse(&text).unwrap();
        assert_eq!(profile.total, 18);
        assert_eq!(functions(&profile), [("(below main)", 3), ("a::b", 15)]);
    }

    #[test]
    fn names_and_positions_may_be_compressed() {
        let text = format!(
            "{HEADER}positions: instr line\nevents: Dr Ir\nsummary: 9 14\n\n\
             ob=(1) /p\nfl=(1) a.rs\nfn=(1) main\n0x401000 16 4 2\n+3 +1 5 1\n\
             cob=(2) /libc\ncfi=(2) b.rs\ncfn=(2) other\ncalls=2 0x402000 3\n* * 0 7\n\
             jcnd=1/2 +4 +1\njump=1 0x401000 5\n-4 * 0 4\nfi=(2)\nfn=(2)\n+1 7 0 7\nfe=(1)\n\
             fn=(1)\n* +2\n* * 3\ntotals: 9 14\n"
        );
        let profile = parse(&text).unwrap();
        assert_eq!(profile.total, 14);
        assert_eq!(functions(&profile), [("main", 7), ("other", 7)]);
    }

    #[test]
    fn nothing_counted_is_a_total_of_nothing() {
        let text = format!("{HEADER}positions: line\nevents: Ir\nsummary: 0\n\n\ntotals: 0\n");
        let profile = parse(&text).unwrap();
        assert_eq!((profile.total, profile.functions.len()), (0, 0));
    }

    #[test]
    fn what_is_no_profile_is_refused_with_the_reason() {
        let body = format!("{HEADER}positions: line\nevents: Ir\nfn=a\n0 5\n");
        for (text, reason) in [
            (String::new(), "cut off"),
            (body.clone(), "cut off"),
            (format!("{body}totals: 6\n"), "5 instructions together"),
            (format!("{body}0 many\n"), "\"many\" is no cost"),
            (format!("{body}fn=(3)\n"), "name 3 has not been given"),
            (format!("{body}qq=1\n"), "line 13"),
            ("0 5\n".to_owned(), "comes before `positions:`"),
            ("positions: line\nevents: Dr\n".to_owned(), "instructions"),
            ("positions: line\nevents: Ir\n0 5\n".to_owned(), "function"),
            ("<html>\n".to_owned(), "is no header"),
        ] {
            let error = format!("{:#}", parse(&text).unwrap_err());
            assert!(error.contains(reason), "{text:?}: {error}");
        }
    }

    #[test]
    fn names_lose_only_what_differs_between_builds() {
        for (name, kept) in [
            ("a::b::h0123456789abcdef", "a::b"),
            ("a::b::hello", "a::b::hello"),
            ("<A as B>::c::h0123456789abcdef'3", "<A as B>::c"),
            ("f<'a>", "f<'a>"),
            ("a::h0123456789abcdeg", "a::h0123456789abcdeg"),
        ] {
            assert_eq!(plain(name), kept);
        }
    }
}
