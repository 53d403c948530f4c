//! How variants dispatch in machine code: which of its jumps and calls have no fixed target, and how
//! often each was taken.

use serde::{Deserialize, Serialize};

use super::Results;

/// What is known of the machine code of the program that measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum MachineCode {
    /// It was read.
    Read {
        /// What took it apart: `GNU objdump 2.40`.
        disassembler: String,
        /// The functions that hold jumps of the cells.
        functions: Vec<CodeFunction>,
    },
    /// It was not.
    Absent {
        /// Why, as after “because”.
        reason: String,
    },
}

/// A function of the program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeFunction {
    /// Its symbol, as people read it. Two functions may have the same one.
    pub symbol: String,
    /// Where it starts in the executable, as a disassembler numbers it.
    pub address: u64,
    /// The indirect jumps in its machine code.
    pub jumps: u32,
    /// The indirect calls in its machine code.
    pub calls: u32,
}

/// An indirect jump or call that a cell's run took: one whose target is in a register or was looked up in
/// a table. (One through a slot that the linker fills always has the same target, and is none.)
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Jump {
    /// The index of its function in [`MachineCode::Read`].
    pub function: u32,
    /// Whether it is a call, from which the callee comes back.
    #[serde(default, skip_serializing_if = "super::is_false")]
    pub call: bool,
    /// How often it was taken.
    pub taken: u64,
    /// How often a predictor would have been wrong that expects of each jump the target that it had
    /// last: valgrind's, with 512 entries.
    pub mispredicted: u64,
    /// Machine instructions that are executed with it whenever it is, in a straight line that ends in
    /// it. With a call, whose loop does nothing but dispatch, the loop's other instructions, too.
    pub line: u32,
}

impl Results {
    /// The functions that hold the cells' jumps; none if the machine code was not read.
    pub fn code_functions(&self) -> &[CodeFunction] {
        match &self.machine_code {
            Some(MachineCode::Read { functions, .. }) => functions,
            Some(MachineCode::Absent { .. }) | None => &[],
        }
    }
}
