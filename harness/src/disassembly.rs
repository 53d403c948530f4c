//! This program's machine code, taken apart by objdump: where its functions and instructions are, and
//! which instructions jump to a place that is not written in them. Understands x86-64.

use std::io::{self, BufRead as _, BufReader};
use std::process::{Command, Stdio};

use crate::callgrind::executable;

/// The program that takes machine code apart.
const OBJDUMP: &str = "objdump";

/// Machine code, by address.
#[derive(Debug)]
pub(crate) struct Disassembly {
    /// Who took it apart, and its version: `GNU objdump 2.40`.
    pub(crate) disassembler: String,
    code: Code,
}

#[derive(Debug, Default)]
struct Code {
    /// Where functions start, ascending.
    functions: Vec<u64>,
    /// Ascending.
    instructions: Vec<(u64, Kind)>,
}

/// What an instruction does to the flow of control.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Goes on with the next one.
    Plain,
    /// Jumps, perhaps, to a place that is written in it.
    Branch,
    /// Calls a function, of a name or through a slot that the linker fills.
    Call,
    /// Goes elsewhere for good: a return, a jump that is always taken, a trap.
    End,
    /// Jumps to a place in a register or in a table.
    IndirectJump,
    /// Calls a function whose place is in a register or in a table.
    IndirectCall,
}

/// Why there is no disassembly.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DisassemblyError {
    /// Of another architecture than x86-64.
    #[error("machine code of {0} is not understood, only that of x86_64")]
    Architecture(&'static str),
    /// There is no objdump.
    #[error("no `{OBJDUMP}` is in PATH; it comes with the system's package binutils")]
    Missing,
    /// It can't be started or heard.
    #[error("{OBJDUMP} can't be run: {0}")]
    Run(io::Error),
    /// It failed, or said something else.
    #[error("{OBJDUMP} gave no machine code of this program")]
    Nothing,
}

impl From<io::Error> for DisassemblyError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::Missing,
            _ => Self::Run(error),
        }
    }
}

impl Disassembly {
    /// Takes this program apart, which takes a second or two.
    ///
    /// # Errors
    /// [`DisassemblyError`].
    pub(crate) fn own() -> Result<Self, DisassemblyError> {
        const ARCHITECTURE: &str = std::env::consts::ARCH;
        if ARCHITECTURE != "x86_64" {
            return Err(DisassemblyError::Architecture(ARCHITECTURE));
        }
        let version = objdump().arg("--version").output()?;
        let version = String::from_utf8_lossy(&version.stdout).into_owned();
        let executable = executable().map_err(DisassemblyError::Run)?;
        let mut child = objdump()
            .args(["--disassemble", "--no-show-raw-insn"])
            .arg(executable)
            .stdout(Stdio::piped())
            .spawn()?;
        let stdout = child.stdout.take().ok_or(DisassemblyError::Nothing)?;
        let mut code = Code::default();
        for line in BufReader::new(stdout).split(b'\n') {
            code.line(&String::from_utf8_lossy(&line?));
        }
        let succeeded = child.wait()?.success();
        if !succeeded || code.functions.is_empty() || code.instructions.is_empty() {
            return Err(DisassemblyError::Nothing);
        }
        Ok(Self {
            disassembler: disassembler(&version),
            code,
        })
    }

    /// What the instruction at an address does.
    pub(crate) fn kind(&self, address: u64) -> Option<Kind> {
        self.code.kind(address)
    }

    /// Where the function starts that holds an address.
    pub(crate) fn function(&self, address: u64) -> Option<u64> {
        self.code.function(address)
    }

    /// The numbers of indirect jumps and calls in the function that starts at an address.
    pub(crate) fn indirect(&self, function: u64) -> (u32, u32) {
        self.code.indirect(function)
    }

    /// The number of instructions that are executed with the one at an address whenever it is: those
    /// before it, up to where control goes elsewhere or less often. With a call, whose loop does nothing
    /// but dispatch, also those behind it, and those on either side of the loop's own tests.
    pub(crate) fn line(&self, address: u64, times: impl Fn(u64) -> u64) -> u32 {
        self.code.line_through(address, times)
    }
}

impl Code {
    /// Takes up a line of objdump's.
    fn line(&mut self, line: &str) {
        if let Some(header) = line.strip_suffix(">:") {
            // `0000000000156300 <_start>:`
            let address = header.split(" <").next().unwrap_or_default();
            self.functions.extend(hexadecimal(address));
        } else if let Some((address, instruction)) = line.split_once(":\t") {
            // `  4fb120:	call   *(%rbx,%r8,8)`
            let address = hexadecimal(address.trim_start());
            let instruction = |address| (address, kind_of(instruction));
            self.instructions.extend(address.map(instruction));
        }
    }

    fn index(&self, address: u64) -> Option<usize> {
        let found = self.instructions.binary_search_by_key(&address, |it| it.0);
        found.ok()
    }

    fn kind(&self, address: u64) -> Option<Kind> {
        Some(self.instructions[self.index(address)?].1)
    }

    fn function(&self, address: u64) -> Option<u64> {
        let behind = self.functions.partition_point(|&start| start <= address);
        self.functions[..behind].last().copied()
    }

    fn indirect(&self, function: u64) -> (u32, u32) {
        let next = self.functions.partition_point(|&start| start <= function);
        let end = self.functions.get(next).copied().unwrap_or(u64::MAX);
        let first = self
            .instructions
            .partition_point(|&(address, _)| address < function);
        let within = self.instructions[first..].iter();
        let within = within.take_while(|&&(address, _)| address < end);
        let mut counts = (0, 0);
        for (_, kind) in within {
            match kind {
                Kind::IndirectJump => counts.0 += 1,
                Kind::IndirectCall => counts.1 += 1,
                _ => {}
            }
        }
        counts
    }

    fn line_through(&self, address: u64, times: impl Fn(u64) -> u64) -> u32 {
        let Some(index) = self.index(address) else {
            return 0;
        };
        let often = times(address);
        let (before, from_it) = self.instructions.split_at(index);
        let is_call = from_it[0].1 == Kind::IndirectCall;
        let goes_on = |kind| kind == Kind::Plain || is_call && kind == Kind::Branch;
        let before = before
            .iter()
            .rev()
            .take_while(|&&(address, kind)| goes_on(kind) && times(address) >= often);
        let mut length = 1 + before.count();
        if is_call {
            for &(address, kind) in &from_it[1..] {
                if times(address) < often {
                    break;
                }
                length += 1;
                if !goes_on(kind) {
                    break;
                }
            }
        }
        u32::try_from(length).unwrap_or(u32::MAX)
    }
}

fn objdump() -> Command {
    let mut command = Command::new(OBJDUMP);
    command
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .stderr(Stdio::null());
    command
}

/// `GNU objdump 2.40` of `GNU objdump (GNU Binutils for Debian) 2.40`.
fn disassembler(version: &str) -> String {
    let line = version.lines().next().unwrap_or_default();
    match (line.split_once(" ("), line.rsplit_once(") ")) {
        (Some((name, _)), Some((_, version))) => format!("{name} {version}"),
        _ => line.to_owned(),
    }
}

fn hexadecimal(text: &str) -> Option<u64> {
    u64::from_str_radix(text, 16).ok()
}

/// What an instruction does, as AT&T's syntax writes it: an indirect target has an asterisk.
fn kind_of(instruction: &str) -> Kind {
    let mut words = instruction.split_whitespace();
    let is_prefix = |word: &&str| matches!(*word, "bnd" | "notrack" | "rep" | "repz" | "data16");
    let mnemonic = words.find(|word| !is_prefix(word)).unwrap_or_default();
    let target = words.next().unwrap_or_default();
    // The linker's slots are at a fixed distance.
    let is_indirect = target.starts_with('*') && !target.contains("(%rip)");
    match mnemonic {
        "jmp" | "jmpq" if is_indirect => Kind::IndirectJump,
        "call" | "callq" if is_indirect => Kind::IndirectCall,
        "call" | "callq" => Kind::Call,
        "jmp" | "jmpq" | "ret" | "retq" | "ud2" | "hlt" | "int3" => Kind::End,
        _ if mnemonic.starts_with('j') || mnemonic.starts_with("loop") => Kind::Branch,
        _ => Kind::Plain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A loop that calls handlers through a table, and a handler that jumps to the next one.
    const LISTING: &str = "
Disassembly of section .text:

0000000000000100 <call_all>:
 100:\tpush   %rbx
 101:\tmovzbl (%rax),%r8d
 105:\tinc    %rax
 108:\tcall   *(%rbx,%r8,8)
 10c:\ttest   %rax,%rax
 10f:\tje     117 <call_all+0x17>
 111:\tjmp    101 <call_all+0x1>
 117:\tcall   *0x21faa1(%rip)        # 633680 <_DYNAMIC+0x2030>
 11d:\tret

0000000000000200 <thin>:
 200:\tcmp    $0x5,%rax
 204:\tjne    210 <thin+0x10>
 206:\tmovzbl (%rdi),%eax
 209:\tinc    %rdi
 20c:\tnotrack jmp *(%r8,%rax,8)
 210:\tjmp    *%rax
";

    fn code() -> Code {
        let mut code = Code::default();
        LISTING.lines().for_each(|line| code.line(line));
        code
    }

    #[test]
    fn functions_and_their_indirect_jumps_are_found() {
        let code = code();
        assert_eq!(code.functions, [0x100, 0x200]);
        assert_eq!(code.function(0x10c), Some(0x100));
        assert_eq!(code.function(0x210), Some(0x200));
        assert_eq!(code.function(0xff), None);
        assert_eq!(code.indirect(0x100), (0, 1), "a linker's slot is none");
        assert_eq!(code.indirect(0x200), (2, 0));
        assert_eq!(code.kind(0x108), Some(Kind::IndirectCall));
        assert_eq!(code.kind(0x117), Some(Kind::Call));
        assert_eq!(code.kind(0x20c), Some(Kind::IndirectJump));
        assert_eq!(code.kind(0x20d), None);
    }

    #[test]
    fn a_line_ends_where_control_goes_elsewhere_or_less_often() {
        let code = code();
        let times = |address| if address == 0x100 { 1 } else { 7 };
        // The fetch, the call, the test of what it gives, and the way back to the top.
        assert_eq!(code.line_through(0x108, times), 6);
        assert_eq!(code.line_through(0x20c, times), 3);
        assert_eq!(code.line_through(0x210, times), 1);
        assert_eq!(code.line_through(0x103, times), 0, "there is nothing");
        let rarely_behind = |address| if address > 0x108 { 6 } else { 7 };
        assert_eq!(code.line_through(0x108, rarely_behind), 4);
    }

    #[test]
    fn the_version_is_what_stands_behind_the_package() {
        let version = "GNU objdump (GNU Binutils for Debian) 2.40\nCopyright";
        assert_eq!(disassembler(version), "GNU objdump 2.40");
        assert_eq!(disassembler("llvm-objdump 17"), "llvm-objdump 17");
        assert_eq!(disassembler(""), "");
    }
}
