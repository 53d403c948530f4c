//! The optimizations, each declared once: the space of engines that this crate spans.

use bytecode::Rewriting;

use crate::constant_operands::ConstantOperands;
use crate::isa::Opcode;
use crate::superinstructions::Superinstructions;

engine::optimizations! {
    /// A set of optimizations, as bits, so that it can be a `const` parameter.
    pub struct Optimizations, the first 5 documented;
    /// A binary instruction takes a constant right operand as its own.
    CONSTANT_OPERANDS = 0, "co", "constant-operands", "constant operands";
    /// Frequent sequences of instructions become one.
    SUPERINSTRUCTIONS = 1, "si", "superinstructions", "superinstructions";
    /// Operators on literals are evaluated by the compiler.
    CONSTANT_FOLDING = 2, "cf", "constant-folding", "constant folding";
    /// Small integers are made once.
    INTEGER_CACHE = 3, "ic", "integer-cache", "integer cache";
    /// Instructions whose operands are proven integers don't test them.
    TYPE_SPECIALIZATION = 4, "ts", "type-specialization", "type specialization";
}

impl Optimizations {
    /// Those in the set that rewrite what the compiler emits, in the order in which they do. Superinstructions come before
    /// constant operands, since what three or four instructions become one of saves more than what
    /// two do.
    pub(crate) fn rewritings(self) -> impl Iterator<Item = Rewriting<Opcode>> {
        let all = [
            (
                Self::SUPERINSTRUCTIONS,
                Rewriting::by::<Superinstructions>(),
            ),
            (Self::CONSTANT_OPERANDS, Rewriting::by::<ConstantOperands>()),
        ];
        all.into_iter()
            .filter(move |&(one, _)| self.contains(one))
            .map(|(_, rewriting)| rewriting)
    }

    /// The documented ones that don't rely on types. Where an integer may lie outside of the value
    /// (`nan`, `ptr`), reading it takes a test of where it is, which tells its type, too: type specialization
    /// would leave nothing out, so no engine there has it in its name.
    pub const UNTYPED: Self = Self::ALL.without(Self::TYPE_SPECIALIZATION);

    /// Those that show in the machine's loop: all but constant folding, which leaves nothing to the
    /// machine.
    pub const fn in_machine(self) -> Self {
        self.without(Self::CONSTANT_FOLDING)
    }
}
