//! Proves of code, before it runs, what the unchecked machine relies on.
//!
//! One pass over each function, front to back. It finds, for every instruction: its opcode is one of
//! the machine's, its operands are whole and within their ranges; the number of values on the operand
//! stack is known, enough for what it takes, and within the frame; a local that it reads has been
//! set. Jumps lead forward, to an instruction, with the same number of operands from everywhere; the
//! last instruction returns. Constants are integers and strings: no closure, which would say what function
//! it is of. A closure captures as many values as its function reads from. A call leaves fewer values in its caller's frame than the caller's weight allows,
//! so that the limit on depth bounds the stack. Of an instruction that nothing leads to, such as one behind a `return`, the
//! opcode, the operands and the target are all that has to be right.
//!
//! Since jumps lead forward only, one pass suffices, and a program can repeat itself by calls alone,
//! which fuel limits. Types are not proven, and nothing relies on them: reading an integer from a value
//! that is none gives some integer. What is called, and with how many arguments, is checked as it
//! runs.

mod defect;
mod locals;

use std::collections::BTreeMap;

use runtime::{Value, View};
use syntax::{Builtin, FunctionId};

use crate::code::{Code, Function, Shape};
use crate::isa::{Opcode, Operand};
use crate::optimizations::Optimizations;
pub use defect::{Defect, Reason};
use locals::{Mark, SetLocals};

/// The most parameters and `let`s that a function has: their numbers are operands of two bytes.
const MAX_LOCALS: u32 = 1 << 16;

/// Code that has been verified for machines with the optimizations whose bits are `OPT`. For another
/// machine it is another type, so that no machine comes by instructions which it hasn't.
#[derive(Debug)]
pub struct Verified<V: Value, const OPT: u32>(Code<V>);

impl<V: Value, const OPT: u32> Verified<V, OPT> {
    /// Verifies code.
    ///
    /// # Errors
    /// The first defect that is found.
    pub fn new(code: Code<V>) -> Result<Self, Defect> {
        verify(&code, Optimizations::from_bits(OPT))?;
        Ok(Self(code))
    }

    /// The code.
    pub fn code(&self) -> &Code<V> {
        &self.0
    }

    /// The code, which whoever changes it has to verify again.
    pub fn into_code(self) -> Code<V> {
        self.0
    }
}

/// Verifies code for machines with these optimizations.
///
/// # Errors
/// The first defect that is found.
pub fn verify<V: Value>(code: &Code<V>, optimizations: Optimizations) -> Result<(), Defect> {
    let of_program = |reason| Defect {
        function: FunctionId::MAIN,
        offset: 0,
        reason,
    };
    let is_constant = |it: &V| matches!(it.view(), View::Integer(_) | View::String(_));
    if let Some(constant) = code.constants.iter().position(|it| !is_constant(it)) {
        return Err(of_program(Reason::Constant(number(constant))));
    }
    let captures: Vec<u32> = code.functions.iter().map(|it| it.captures).collect();
    let limits = Limits {
        constants: number(code.constants.len()),
        globals: code.globals,
        captures: &captures,
        optimizations,
    };
    for (id, function) in (0..).zip(&code.functions) {
        let verifier = Verifier {
            id: FunctionId(id),
            function,
            limits: &limits,
            targets: BTreeMap::new(),
            locals: SetLocals::default(),
        };
        verifier.verify()?;
    }
    match code.functions.first() {
        Some(main) if main.shape.arity == 0 && main.captures == 0 => Ok(()),
        _ => Err(of_program(Reason::Main)),
    }
}

/// What operands are compared with.
struct Limits<'v> {
    constants: u32,
    globals: u32,
    /// By function.
    captures: &'v [u32],
    optimizations: Optimizations,
}

/// A place ahead that jumps lead to.
#[derive(Clone, Copy)]
struct Target {
    /// The offset of the first of them.
    from: u32,
    /// What is known of the place, if control gets to one of the jumps.
    join: Option<Join>,
}

/// What is known of a place that control gets to.
#[derive(Clone, Copy)]
struct Join {
    /// How many operands there are.
    height: i64,
    /// Which locals have been set on all ways there.
    locals: Mark,
}

struct Verifier<'v> {
    id: FunctionId,
    function: &'v Function,
    limits: &'v Limits<'v>,
    /// The places ahead that jumps lead to, by their offsets.
    targets: BTreeMap<u32, Target>,
    /// The locals that have been set where the verifier is.
    locals: SetLocals,
}

impl Verifier<'_> {
    fn verify(mut self) -> Result<(), Defect> {
        self.shape()?;
        // How many operands there are behind the instruction before, if control gets there.
        let mut height = Some(0);
        let mut offset = 0;
        let mut origins = self.function.origins().iter();
        while (offset as usize) < self.function.code.len() {
            if origins.next().is_none_or(|origin| origin.offset != offset) {
                return Err(self.defect(offset, Reason::Origin));
            }
            height = self.arrive(offset, height)?;
            let opcode = self.opcode(offset)?;
            height = self.step(offset, opcode, height)?;
            offset += number(opcode.size());
        }
        if height.is_some() {
            return Err(self.defect(offset, Reason::NoReturn));
        }
        self.no_target_before(u32::MAX)?;
        match origins.next() {
            Some(_) => Err(self.defect(offset, Reason::Origin)),
            None => Ok(()),
        }
    }

    /// Verifies that the places that jumps lead to have been found, up to an offset.
    fn no_target_before(&self, offset: u32) -> Result<(), Defect> {
        match self.targets.range(..offset).next() {
            Some((&target, jump)) => Err(self.defect(jump.from, Reason::Target(target))),
            None => Ok(()),
        }
    }

    fn defect(&self, offset: u32, reason: Reason) -> Defect {
        Defect {
            function: self.id,
            offset,
            reason,
        }
    }

    /// Verifies the function's shape, and sets the parameters. No instruction leaves more operands than it
    /// has bytes, so that a frame that has more room is none of the compiler's.
    fn shape(&mut self) -> Result<(), Defect> {
        let Shape {
            arity,
            locals,
            slots,
            weight,
        } = self.function.shape;
        let operands = slots.checked_sub(locals);
        let fits = operands.is_some_and(|operands| operands as usize <= self.function.code.len());
        if arity > locals || locals > MAX_LOCALS || !fits || weight == 0 {
            return Err(self.defect(0, Reason::Shape));
        }
        (0..arity).for_each(|parameter| self.locals.insert(parameter));
        Ok(())
    }

    /// How many operands there are at an instruction, from the one before and from jumps, if
    /// control gets there.
    fn arrive(&mut self, offset: u32, before: Option<i64>) -> Result<Option<i64>, Defect> {
        self.no_target_before(offset)?;
        let Some(join) = self.targets.remove(&offset).and_then(|it| it.join) else {
            return Ok(before);
        };
        self.locals.return_to(join.locals);
        let height = self.agree(offset, before.unwrap_or(join.height), join.height)?;
        Ok(Some(height))
    }

    /// The number of operands at a place, by two ways there.
    fn agree(&self, offset: u32, one: i64, other: i64) -> Result<i64, Defect> {
        if one == other {
            Ok(one)
        } else {
            Err(self.defect(offset, Reason::Heights { one, other }))
        }
    }

    /// The opcode at an offset, if the machine has it and its operands are whole.
    fn opcode(&self, offset: u32) -> Result<Opcode, Defect> {
        let rest = &self.function.code[offset as usize..];
        let opcode = Opcode::from_byte(rest[0])
            .filter(|opcode| self.limits.optimizations.contains(opcode.needs()))
            .ok_or_else(|| self.defect(offset, Reason::Opcode(rest[0])))?;
        if rest.len() < opcode.size() {
            return Err(self.defect(offset, Reason::CutShort));
        }
        Ok(opcode)
    }

    /// Verifies an instruction, before which there are `height` operands; gives how many there are
    /// behind it. Both are none if control doesn't get there.
    fn step(
        &mut self,
        offset: u32,
        opcode: Opcode,
        height: Option<i64>,
    ) -> Result<Option<i64>, Defect> {
        let operands = self.operands(offset, opcode)?;
        let behind = match height {
            Some(height) => {
                self.local(offset, opcode, operands.local)?;
                Some(self.height(offset, opcode, operands.values, height)?)
            }
            None => None,
        };
        if let Some(target) = operands.target {
            self.jump(offset, opcode, target, behind)?;
        }
        Ok(behind.filter(|_| !opcode.ends()))
    }

    /// Verifies that an instruction's operands are within their ranges and go together.
    fn operands(&self, offset: u32, opcode: Opcode) -> Result<Operands, Defect> {
        let mut operands = Operands::default();
        let mut function = None;
        for (kind, value) in self.function.operands(opcode, offset as usize) {
            if let Some(count) = self.count(kind)
                && value >= count
            {
                return Err(self.defect(offset, Reason::Operand { kind, value, count }));
            }
            match kind {
                Operand::Count | Operand::Arguments => operands.values = value,
                Operand::Target => operands.target = Some(value),
                Operand::Local => operands.local = Some(value),
                Operand::Function => function = Some(value),
                _ => {}
            }
        }
        let captures = operands.values;
        if opcode == Opcode::MakeHash && captures % 2 == 1 {
            return Err(self.defect(offset, Reason::OddHash(captures)));
        }
        match function.map(|function| self.limits.captures[function as usize]) {
            Some(function) if function != captures => {
                Err(self.defect(offset, Reason::Captures { captures, function }))
            }
            _ => Ok(operands),
        }
    }

    /// Verifies that the local that an instruction reads has been set, or sets it.
    fn local(&mut self, offset: u32, opcode: Opcode, local: Option<u32>) -> Result<(), Defect> {
        match local {
            Some(local) if opcode == Opcode::SetLocal => self.locals.insert(local),
            Some(local) if !self.locals.contains(local) => {
                return Err(self.defect(offset, Reason::Unset(local)));
            }
            _ => {}
        }
        Ok(())
    }

    /// Verifies that an instruction's operands are there, and that there is room for what it leaves;
    /// gives the height behind it.
    fn height(&self, offset: u32, opcode: Opcode, values: u32, there: i64) -> Result<i64, Defect> {
        let takes = opcode.pops(values);
        if takes > there {
            return Err(self.defect(offset, Reason::Underflow { takes, there }));
        }
        let height = there + opcode.height(values);
        let shape = self.function.shape;
        let slots = i64::from(shape.slots - shape.locals);
        if height > slots {
            return Err(self.defect(offset, Reason::Overflow { height, slots }));
        }
        if opcode == Opcode::Call {
            self.held(offset, there - takes)?;
        }
        Ok(height)
    }

    /// Verifies that the function's calls count for enough, against the limit on depth, for what its
    /// frame holds while one of them waits for another: the locals and so many operands. (Function and
    /// arguments belong to the next frame.) The compiler's do, by [`syntax::Function::weight`]: the
    /// operands are entries of lists, which its width counts, and on each level one besides.
    fn held(&self, offset: u32, operands: i64) -> Result<(), Defect> {
        let Shape { locals, weight, .. } = self.function.shape;
        let held = i64::from(locals) + operands;
        if held >= i64::from(weight) * i64::from(syntax::Function::VALUES_PER_WEIGHT) {
            return Err(self.defect(offset, Reason::Weight { held, weight }));
        }
        Ok(())
    }

    /// How many there are of what an operand is an index into.
    fn count(&self, kind: Operand) -> Option<u32> {
        Some(match kind {
            Operand::Constant | Operand::WideConstant => self.limits.constants,
            Operand::Local => self.function.shape.locals,
            Operand::Captured => self.function.captures,
            Operand::Global => self.limits.globals,
            Operand::Builtin => number(Builtin::ALL.len()),
            Operand::Function => number(self.limits.captures.len()),
            Operand::Target | Operand::Count | Operand::Arguments => return None,
        })
    }

    /// Keeps what is known of the place where a jump leads, if control gets to the jump.
    fn jump(
        &mut self,
        offset: u32,
        opcode: Opcode,
        target: u32,
        height: Option<i64>,
    ) -> Result<(), Defect> {
        let behind = offset as usize + opcode.size();
        if (target as usize) < behind || target as usize >= self.function.code.len() {
            return Err(self.defect(offset, Reason::Target(target)));
        }
        let known = self.targets.get(&target).copied();
        let mut join = known.and_then(|it| it.join);
        if let Some(height) = height {
            let here = self.locals.mark();
            let locals = match join {
                Some(join) => {
                    self.agree(target, join.height, height)?;
                    self.locals.earlier(join.locals, here)
                }
                None => here,
            };
            join = Some(Join { height, locals });
        }
        let from = known.map_or(offset, |it| it.from);
        self.targets.insert(target, Target { from, join });
        Ok(())
    }
}

/// The operands of an instruction, as far as something depends on them.
#[derive(Default)]
struct Operands {
    /// The number of values that it takes, if it has such a number.
    values: u32,
    local: Option<u32>,
    target: Option<u32>,
}

fn number(count: usize) -> u32 {
    u32::try_from(count).expect("code and its tables are smaller than 4 GiB")
}

#[cfg(test)]
mod tests;
