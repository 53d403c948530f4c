//! Callgrind's account of one run: how often each machine instruction of this program was executed, and
//! which of them jumped to a place that was not written in them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The options that make callgrind keep such an account: by instruction, with branches, and without the
/// abbreviations of its format.
pub(super) const OPTIONS: [&str; 5] = [
    "--dump-instr=yes",
    "--dump-line=no",
    "--branch-sim=yes",
    "--compress-strings=no",
    "--compress-pos=no",
];

/// What the account counts, in its order: instructions, conditional branches, those that its predictor
/// got wrong, and the same of indirect ones.
const EVENTS: &str = "Ir Bc Bcm Bi Bim";

/// How often the machine instructions of this program were executed, by their addresses in its file.
#[derive(Debug, Default)]
pub(crate) struct Executed {
    instructions: BTreeMap<u64, Tally>,
}

/// What happened at one machine instruction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// How often it was executed.
    pub(crate) executed: u64,
    /// How often it was an indirect jump or call.
    pub(crate) indirect: u64,
    /// How many of these the predictor got wrong.
    pub(crate) mispredicted: u64,
    /// The symbol of its function, as people read it.
    pub(crate) function: String,
}

impl Executed {
    /// Reads an account.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn read(path: &Path) -> Result<Self, String> {
        Self::parse(&fs::read_to_string(path).map_err(|error| error.to_string())?)
    }

    /// The instructions that were executed, by address.
    pub(crate) fn instructions(&self) -> impl Iterator<Item = (u64, &Tally)> {
        self.instructions
            .iter()
            .map(|(&address, tally)| (address, tally))
    }

    /// How often the instruction at an address was executed.
    pub(crate) fn times(&self, address: u64) -> u64 {
        self.instructions
            .get(&address)
            .map_or(0, |tally| tally.executed)
    }

    fn parse(text: &str) -> Result<Self, String> {
        let (mut object, mut function) = ("", "");
        let mut own = None;
        // By object, since addresses are those in a file.
        let mut objects: BTreeMap<&str, Self> = BTreeMap::new();
        let mut is_of_call = false;
        for line in text.lines() {
            if let Some(events) = line.strip_prefix("events: ") {
                if events != EVENTS {
                    return Err(format!("it counts {events:?} instead of {EVENTS:?}"));
                }
            } else if let Some(name) = line.strip_prefix("ob=") {
                object = name;
            } else if let Some(name) = line.strip_prefix("fn=") {
                // Its recursive calls are told apart: `name'2`.
                function = match name.rsplit_once('\'') {
                    Some((name, level)) if level.parse::<u32>().is_ok() => name,
                    _ => name,
                };
                if function.starts_with(catalog::COUNTED_REGION.trim_end_matches('*')) {
                    own = Some(object);
                }
            } else if line.starts_with("calls=") {
                is_of_call = true;
            } else if line.starts_with("0x") && !std::mem::take(&mut is_of_call) {
                let (address, tally) = tally(line).ok_or_else(|| format!("it has {line:?}"))?;
                let instructions = &mut objects.entry(object).or_default().instructions;
                let sum = instructions.entry(address).or_default();
                sum.executed += tally.executed;
                sum.indirect += tally.indirect;
                sum.mispredicted += tally.mispredicted;
                function.clone_into(&mut sum.function);
            }
        }
        let own = own.and_then(|own| objects.remove(own));
        own.ok_or_else(|| format!("it has no function {}", catalog::COUNTED_REGION))
    }
}

/// `0x4fb120 11840 0 0 11840 11839`: an address and its counts, of which the last ones are left out
/// where they are zero.
fn tally(line: &str) -> Option<(u64, Tally)> {
    let mut words = line.split(' ');
    let address = u64::from_str_radix(words.next()?.strip_prefix("0x")?, 16).ok()?;
    let mut counts = [0; 5];
    for (index, word) in words.enumerate() {
        *counts.get_mut(index)? = word.parse().ok()?;
    }
    let [executed, _, _, indirect, mispredicted] = counts;
    let tally = Tally {
        executed,
        indirect,
        mispredicted,
        function: String::new(),
    };
    Some((address, tally))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACCOUNT: &str = "\
# callgrind format
events: Ir Bc Bcm Bi Bim

ob=/lib/libc.so.6
fl=???
fn=free
0x10 7

ob=/bin/monkeybench
fl=???
fn=stack::thin'2
0x10 5
0x13 5 0 0 5 1
cfn=free
calls=2 0x10
0x20 2000
0x20 2

fn=stack::thin
0x13 1 0 0 1

fn=engine::erased::counted_region
0x40 1
";

    #[test]
    fn instructions_are_summed_by_their_addresses_in_this_program() {
        let executed = Executed::parse(ACCOUNT).unwrap();
        let addresses: Vec<u64> = executed
            .instructions()
            .map(|(address, _)| address)
            .collect();
        assert_eq!(addresses, [0x10, 0x13, 0x20, 0x40]);
        assert_eq!(executed.times(0x10), 5, "not those of the library");
        assert_eq!(executed.times(0x20), 2, "not what was called");
        assert_eq!(executed.times(0x21), 0);
        let jump = Tally {
            executed: 6,
            indirect: 6,
            mispredicted: 1,
            function: "stack::thin".to_owned(),
        };
        assert_eq!(executed.instructions[&0x13], jump);
    }

    #[test]
    fn what_is_no_such_account_is_refused() {
        for (text, complaint) in [
            ("", "no function"),
            ("events: Ir\n", "it counts \"Ir\""),
            ("fn=x\n0x10 a\n", "it has \"0x10 a\""),
            ("fn=x\n0x10 1 2 3 4 5 6\n", "it has"),
        ] {
            let error = Executed::parse(text).unwrap_err();
            assert!(error.contains(complaint), "{text:?}: {error}");
        }
    }
}
