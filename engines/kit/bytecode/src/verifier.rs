//! Proves of code, before it runs, what unchecked machines rely on.
//!
//! One pass over each function, front to back. It finds, for every instruction: its opcode is one of
//! the machine's, its operands are whole and within their ranges; a local that it reads has been
//! set; the architecture's own rules hold ([`Rules`]), which tell from what is known before an instruction what is known
//! behind it, as the number of operands on a stack. Jumps lead forward, to an instruction, of which the same is known from
//! everywhere; the last instruction ends the function. Constants are integers and strings: no closure, which would say what function
//! it is of. A closure captures as many values as its function reads from. Of an instruction that nothing leads to, such as one behind a `return`, the
//! opcode, the operands and the target are all that has to be right.
//!
//! Since jumps lead forward only, one pass suffices, and a program can repeat itself by calls alone,
//! which fuel limits. Types are not proven, and nothing relies on them: reading an integer from a value
//! that is none gives some integer. What is called, and with how many arguments, is checked as it
//! runs.

mod defect;
mod locals;

use std::collections::BTreeMap;
use std::marker::PhantomData;

use engine::OptimizationSet as _;
use runtime::{Value, View};
use syntax::{Builtin, FunctionId};

use crate::code::{Code, Function, Shape};
use crate::isa::{InstructionSet, MAX_OPERANDS, Operand};
pub use defect::{Defect, Reason};
use locals::{Mark, SetLocals};

/// The most parameters and `let`s that a function has: their numbers are operands of two bytes.
const MAX_LOCALS: u32 = 1 << 16;

/// What an architecture asks of its code besides what all code must be.
///
/// # Safety
/// Machines run verified code without checks. Who implements this answers for it that code which these rules
/// accept does no harm there: that each instruction, as declared, fetches the operands that it is declared with and
/// ends, leaves and jumps as it is declared to; and that what it takes, leaves and indexes by the state is
/// within its function's [`Shape`].
#[allow(unsafe_code, reason = "unsafe code relies on who implements it")]
pub unsafe trait Rules: InstructionSet {
    /// The architecture's name.
    const ARCHITECTURE: &'static str;

    /// What is known at a place besides which locals have been set.
    type State: Copy;

    /// What is known where a function begins.
    const START: Self::State;

    /// What is known behind an instruction, by what is known before it.
    ///
    /// # Errors
    /// What is wrong with the instruction.
    fn step(
        self,
        operands: &Operands,
        shape: &Shape,
        before: Self::State,
    ) -> Result<Self::State, Reason>;

    /// What is known of a place that there are two ways to.
    ///
    /// # Errors
    /// What the two disagree on.
    fn join(one: Self::State, other: Self::State) -> Result<Self::State, Reason>;
}

/// The operands of an instruction, as far as something depends on them besides their ranges.
#[derive(Clone, Copy, Debug, Default)]
pub struct Operands {
    /// The number of values that it takes, if it has such a number.
    pub values: u32,
    /// The locals that it reads.
    read: [Option<u32>; MAX_OPERANDS],
    /// The local that it sets.
    set: Option<u32>,
    target: Option<u32>,
}

/// Code that has been verified by the rules of `I`, for machines with the optimizations whose bits are `OPT`. For
/// another machine it is another type, so that no machine comes by instructions which it hasn't.
#[derive(Debug)]
pub struct Verified<I, V: Value, const OPT: u32>(Code<V>, PhantomData<fn() -> I>);

impl<I: Rules, V: Value, const OPT: u32> Verified<I, V, OPT> {
    /// Verifies code.
    ///
    /// # Errors
    /// The first defect that is found.
    pub fn new(code: Code<V>) -> Result<Self, Defect> {
        verify::<I, V>(&code, I::Optimizations::from_bits(OPT))?;
        Ok(Self(code, PhantomData))
    }
}

impl<I, V: Value, const OPT: u32> Verified<I, V, OPT> {
    /// The code.
    #[inline]
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
pub fn verify<I: Rules, V: Value>(
    code: &Code<V>,
    optimizations: I::Optimizations,
) -> Result<(), Defect> {
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
    };
    for (id, function) in (0..).zip(&code.functions) {
        let verifier = Verifier::<I> {
            id: FunctionId(id),
            function,
            limits: &limits,
            optimizations,
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
}

/// A place ahead that jumps lead to.
#[derive(Clone, Copy)]
struct Target<S> {
    /// The offset of the first of them.
    from: u32,
    /// What is known of the place, if control gets to one of the jumps.
    join: Option<Join<S>>,
}

/// What is known of a place that control gets to.
#[derive(Clone, Copy)]
struct Join<S> {
    /// By the architecture's rules.
    state: S,
    /// Which locals have been set on all ways there.
    locals: Mark,
}

struct Verifier<'v, I: Rules> {
    id: FunctionId,
    function: &'v Function,
    limits: &'v Limits<'v>,
    optimizations: I::Optimizations,
    /// The places ahead that jumps lead to, by their offsets.
    targets: BTreeMap<u32, Target<I::State>>,
    /// The locals that have been set where the verifier is.
    locals: SetLocals,
}

impl<I: Rules> Verifier<'_, I> {
    fn verify(mut self) -> Result<(), Defect> {
        self.shape()?;
        // What is known behind the instruction before, if control gets there.
        let mut state = Some(I::START);
        let mut offset = 0;
        let mut origins = self.function.origins.iter();
        while (offset as usize) < self.function.code.len() {
            if origins.next().is_none_or(|origin| origin.offset != offset) {
                return Err(self.defect(offset, Reason::Origin));
            }
            state = self.arrive(offset, state)?;
            let opcode = self.opcode(offset)?;
            state = self.step(offset, opcode, state)?;
            offset += number(opcode.size());
        }
        if state.is_some() {
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

    /// Verifies the function's shape, and sets the parameters. No instruction has use for more slots than it
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

    /// What is known at an instruction, from the one before and from jumps, if control gets there.
    fn arrive(
        &mut self,
        offset: u32,
        before: Option<I::State>,
    ) -> Result<Option<I::State>, Defect> {
        self.no_target_before(offset)?;
        let Some(join) = self.targets.remove(&offset).and_then(|it| it.join) else {
            return Ok(before);
        };
        self.locals.return_to(join.locals);
        let state = match before {
            Some(before) => self.join(offset, before, join.state)?,
            None => join.state,
        };
        Ok(Some(state))
    }

    /// What is known at a place, by two ways there.
    fn join(&self, offset: u32, one: I::State, other: I::State) -> Result<I::State, Defect> {
        I::join(one, other).map_err(|reason| self.defect(offset, reason))
    }

    /// The opcode at an offset, if the machine has it and its operands are whole.
    fn opcode(&self, offset: u32) -> Result<I, Defect> {
        let rest = &self.function.code[offset as usize..];
        let opcode = I::from_byte(rest[0])
            .filter(|opcode| self.optimizations.contains(opcode.needs()))
            .ok_or_else(|| self.defect(offset, Reason::Opcode(rest[0])))?;
        if rest.len() < opcode.size() {
            return Err(self.defect(offset, Reason::CutShort));
        }
        Ok(opcode)
    }

    /// Verifies an instruction, before which this is known; gives what is known behind it. Both are none if control
    /// doesn't get there.
    fn step(
        &mut self,
        offset: u32,
        opcode: I,
        before: Option<I::State>,
    ) -> Result<Option<I::State>, Defect> {
        let operands = self.operands(offset, opcode)?;
        let behind = match before {
            Some(before) => Some(self.reached(offset, opcode, &operands, before)?),
            None => None,
        };
        if let Some(target) = operands.target {
            self.jump(offset, opcode, target, behind)?;
        }
        Ok(behind.filter(|_| !opcode.ends()))
    }

    /// Verifies that an instruction's operands are within their ranges and go together.
    fn operands(&self, offset: u32, opcode: I) -> Result<Operands, Defect> {
        let mut operands = Operands::default();
        let mut function = None;
        for (place, (kind, value)) in self.function.operands(opcode, offset as usize).enumerate() {
            if let Some(count) = self.count(kind)
                && value >= count
            {
                return Err(self.defect(offset, Reason::Operand { kind, value, count }));
            }
            match kind {
                Operand::Count | Operand::Arguments => operands.values = value,
                Operand::Target => operands.target = Some(value),
                Operand::Local => operands.read[place] = Some(value),
                Operand::Destination => operands.set = Some(value),
                Operand::Function => function = Some(value),
                _ => {}
            }
        }
        let captures = operands.values;
        match function.map(|function| self.limits.captures[function as usize]) {
            Some(function) if function != captures => {
                Err(self.defect(offset, Reason::Captures { captures, function }))
            }
            _ => Ok(operands),
        }
    }

    /// Verifies what holds only where control gets to: that the locals which the instruction reads have been set, and the
    /// architecture's rules. What it sets itself has been set behind it.
    fn reached(
        &mut self,
        offset: u32,
        opcode: I,
        operands: &Operands,
        before: I::State,
    ) -> Result<I::State, Defect> {
        let mut read = operands.read.iter().flatten();
        if let Some(&local) = read.find(|&&local| !self.locals.contains(local)) {
            return Err(self.defect(offset, Reason::Unset(local)));
        }
        let behind = opcode
            .step(operands, &self.function.shape, before)
            .map_err(|reason| self.defect(offset, reason))?;
        if let Some(local) = operands.set {
            self.locals.insert(local);
        }
        Ok(behind)
    }

    /// How many there are of what an operand is an index into.
    fn count(&self, kind: Operand) -> Option<u32> {
        Some(match kind {
            Operand::Constant | Operand::WideConstant => self.limits.constants,
            Operand::Local | Operand::Destination => self.function.shape.locals,
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
        opcode: I,
        target: u32,
        state: Option<I::State>,
    ) -> Result<(), Defect> {
        let behind = offset as usize + opcode.size();
        if (target as usize) < behind || target as usize >= self.function.code.len() {
            return Err(self.defect(offset, Reason::Target(target)));
        }
        let known = self.targets.get(&target).copied();
        let mut join = known.and_then(|it| it.join);
        if let Some(state) = state {
            let here = self.locals.mark();
            join = Some(match join {
                Some(join) => Join {
                    state: self.join(target, join.state, state)?,
                    locals: self.locals.earlier(join.locals, here),
                },
                None => Join {
                    state,
                    locals: here,
                },
            });
        }
        let from = known.map_or(offset, |it| it.from);
        self.targets.insert(target, Target { from, join });
        Ok(())
    }
}

fn number(count: usize) -> u32 {
    u32::try_from(count).expect("code and its tables are smaller than 4 GiB")
}
