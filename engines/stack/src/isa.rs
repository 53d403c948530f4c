//! The instruction set, declared once.
//!
//! `for_each_opcode` lists every instruction: name, operands, the optimization that it belongs
//! to, its effect on the height of the operand stack, and its meaning in one line. The opcode's
//! enum, its encoding, the disassembler and the stack's height all come from that list.
//!
//! In the meanings, `a b -- c`
//! is the operand stack before and after, top at the right; `K` are constants, `L` the slots of the
//! frame (parameters, then `let`s), `G` globals, `C` what the closure captured.

use bytecode::instruction_set;

use crate::optimizations::Optimizations;

/// The list of all instructions, as [`instruction_set!`] has it. The columns are `pops => pushes`: it takes `pops` values
/// from the operand stack and leaves `pushes` there; that may depend on `n`, the instruction's number of values.
macro_rules! for_each_opcode {
    ($callback:ident) => {
        $callback! {
            n;
            // Constants.
            Constant [Constant] NONE (0 => 1): "-- K[k]";
            ConstantWide [WideConstant] NONE (0 => 1): "-- K[k]";
            Null [] NONE (0 => 1): "-- null";
            True [] NONE (0 => 1): "-- true";
            False [] NONE (0 => 1): "-- false";
            Pop [] NONE (1 => 0): "a --";

            // Operators.
            Add [] NONE (2 => 1) Fails: "a b -- a + b";
            Sub [] NONE (2 => 1) Fails: "a b -- a - b";
            Mul [] NONE (2 => 1) Fails: "a b -- a * b";
            Div [] NONE (2 => 1) Fails: "a b -- a / b";
            Less [] NONE (2 => 1) Fails: "a b -- a < b";
            Greater [] NONE (2 => 1) Fails: "a b -- a > b";
            Equal [] NONE (2 => 1) Fails: "a b -- a == b";
            NotEqual [] NONE (2 => 1) Fails: "a b -- a != b";
            Negate [] NONE (1 => 1) Fails: "a -- -a";
            Not [] NONE (1 => 1): "a -- !a";
            Index [] NONE (2 => 1) Fails: "a i -- a[i]";

            // Variables.
            GetLocal [Local] NONE (0 => 1): "-- L[l]";
            SetLocal [Destination] NONE (1 => 0): "a --, L[l] := a";
            GetGlobal [Global] NONE (0 => 1): "-- G[g]";
            GetForwardGlobal [Global] NONE (0 => 1) Fails: "-- G[g], an error if its let has not run";
            SetGlobal [Global] NONE (1 => 0): "a --, G[g] := a";
            GetCaptured [Captured] NONE (0 => 1): "-- C[c]";
            GetBuiltin [Builtin] NONE (0 => 1): "-- the built-in function";
            CurrentClosure [] NONE (0 => 1): "-- the function that runs";

            // Composite values.
            MakeArray [Count] NONE (n => 1) Fails: "a1 … an -- [a1, …, an]";
            MakeHash [Count] NONE (n => 1) Fails: "k1 v1 … -- {k1: v1, …}, n keys and values";
            MakeClosure [Function Arguments] NONE (n => 1) Fails: "c1 … cn -- the function, capturing c1 … cn";

            // Control.
            Jump [Target] NONE (0 => 0) Ends: "go to t";
            JumpIfFalse [Target] NONE (1 => 0): "a --, go to t if a is falsy";
            Call [Arguments] NONE (n + 1 => 1) Fails Leaves: "f a1 … an -- f(a1, …, an)";
            Return [] NONE (1 => 0) Leaves Ends: "a --, give a to the caller";

            // Constant operands: the right operand is a constant.
            AddConst [Constant] CONSTANT_OPERANDS (1 => 1) Fails: "a -- a + K[k]";
            SubConst [Constant] CONSTANT_OPERANDS (1 => 1) Fails: "a -- a - K[k]";
            MulConst [Constant] CONSTANT_OPERANDS (1 => 1) Fails: "a -- a * K[k]";
            DivConst [Constant] CONSTANT_OPERANDS (1 => 1) Fails: "a -- a / K[k]";
            LessConst [Constant] CONSTANT_OPERANDS (1 => 1) Fails: "a -- a < K[k]";
            GreaterConst [Constant] CONSTANT_OPERANDS (1 => 1) Fails: "a -- a > K[k]";
            EqualConst [Constant] CONSTANT_OPERANDS (1 => 1) Fails: "a -- a == K[k]";
            NotEqualConst [Constant] CONSTANT_OPERANDS (1 => 1) Fails: "a -- a != K[k]";
            IndexConst [Constant] CONSTANT_OPERANDS (1 => 1) Fails: "a -- a[K[k]]";

            // Type specialization: the operands are proven integers.
            AddInt [] TYPE_SPECIALIZATION (2 => 1): "a b -- a + b, integers";
            SubInt [] TYPE_SPECIALIZATION (2 => 1): "a b -- a - b, integers";
            MulInt [] TYPE_SPECIALIZATION (2 => 1): "a b -- a * b, integers";
            DivInt [] TYPE_SPECIALIZATION (2 => 1) Fails: "a b -- a / b, integers";
            LessInt [] TYPE_SPECIALIZATION (2 => 1): "a b -- a < b, integers";
            GreaterInt [] TYPE_SPECIALIZATION (2 => 1): "a b -- a > b, integers";
            EqualInt [] TYPE_SPECIALIZATION (2 => 1): "a b -- a == b, integers";
            NotEqualInt [] TYPE_SPECIALIZATION (2 => 1): "a b -- a != b, integers";
            NegateInt [] TYPE_SPECIALIZATION (1 => 1): "a -- -a, an integer";

            // Both: a proven integer and a constant integer.
            AddIntConst [Constant] CONSTANT_OPERANDS|TYPE_SPECIALIZATION (1 => 1): "a -- a + K[k], integers";
            SubIntConst [Constant] CONSTANT_OPERANDS|TYPE_SPECIALIZATION (1 => 1): "a -- a - K[k], integers";
            MulIntConst [Constant] CONSTANT_OPERANDS|TYPE_SPECIALIZATION (1 => 1): "a -- a * K[k], integers";
            DivIntConst [Constant] CONSTANT_OPERANDS|TYPE_SPECIALIZATION (1 => 1) Fails: "a -- a / K[k], integers";
            LessIntConst [Constant] CONSTANT_OPERANDS|TYPE_SPECIALIZATION (1 => 1): "a -- a < K[k], integers";
            GreaterIntConst [Constant] CONSTANT_OPERANDS|TYPE_SPECIALIZATION (1 => 1): "a -- a > K[k], integers";
            EqualIntConst [Constant] CONSTANT_OPERANDS|TYPE_SPECIALIZATION (1 => 1): "a -- a == K[k], integers";
            NotEqualIntConst [Constant] CONSTANT_OPERANDS|TYPE_SPECIALIZATION (1 => 1): "a -- a != K[k], integers";

            // Superinstructions.
            GetLocalAddConst [Local Constant] SUPERINSTRUCTIONS (0 => 1) Fails: "-- L[l] + K[k]";
            GetLocalSubConst [Local Constant] SUPERINSTRUCTIONS (0 => 1) Fails: "-- L[l] - K[k]";
            GetGlobalIndexConst [Global Constant] SUPERINSTRUCTIONS (0 => 1) Fails: "-- G[g][K[k]]";
            JumpIfNotLess [Target] SUPERINSTRUCTIONS (2 => 0) Fails: "a b --, go to t unless a < b";
            JumpIfNotGreater [Target] SUPERINSTRUCTIONS (2 => 0) Fails: "a b --, go to t unless a > b";
            JumpIfNotEqual [Target] SUPERINSTRUCTIONS (2 => 0) Fails: "a b --, go to t unless a == b";
            JumpIfLocalNotLessConst [Local Constant Target] SUPERINSTRUCTIONS (0 => 0) Fails: "go to t unless L[l] < K[k]";
            JumpIfLocalNotGreaterConst [Local Constant Target] SUPERINSTRUCTIONS (0 => 0) Fails: "go to t unless L[l] > K[k]";
            JumpIfLocalNotEqualConst [Local Constant Target] SUPERINSTRUCTIONS (0 => 0) Fails: "go to t unless L[l] == K[k]";

            // Superinstructions on proven integers.
            GetLocalAddIntConst [Local Constant] SUPERINSTRUCTIONS|TYPE_SPECIALIZATION (0 => 1): "-- L[l] + K[k], integers";
            GetLocalSubIntConst [Local Constant] SUPERINSTRUCTIONS|TYPE_SPECIALIZATION (0 => 1): "-- L[l] - K[k], integers";
            JumpIfNotLessInt [Target] SUPERINSTRUCTIONS|TYPE_SPECIALIZATION (2 => 0): "a b --, go to t unless a < b, integers";
            JumpIfNotGreaterInt [Target] SUPERINSTRUCTIONS|TYPE_SPECIALIZATION (2 => 0): "a b --, go to t unless a > b, integers";
            JumpIfNotEqualInt [Target] SUPERINSTRUCTIONS|TYPE_SPECIALIZATION (2 => 0): "a b --, go to t unless a == b, integers";
            JumpIfLocalNotLessIntConst [Local Constant Target] SUPERINSTRUCTIONS|TYPE_SPECIALIZATION (0 => 0): "go to t unless L[l] < K[k], integers";
            JumpIfLocalNotGreaterIntConst [Local Constant Target] SUPERINSTRUCTIONS|TYPE_SPECIALIZATION (0 => 0): "go to t unless L[l] > K[k], integers";
            JumpIfLocalNotEqualIntConst [Local Constant Target] SUPERINSTRUCTIONS|TYPE_SPECIALIZATION (0 => 0): "go to t unless L[l] == K[k], integers";
        }
    };
}

/// Defines what opcodes do to the operand stack, from the list.
macro_rules! stack_effects {
    ($n:ident; $($name:ident [$($operand:ident)*] $($optimization:ident)|+ ($pops:expr => $pushes:expr) $($effect:ident)*: $meaning:literal;)*) => {
        impl Opcode {
            /// How many operands it takes; `values` is the operand that says how many values the
            /// instruction takes, if it has one.
            pub const fn pops(self, values: u32) -> i64 {
                let $n = values as i64;
                let _ = $n;
                match self {
                    $(Self::$name => $pops,)*
                }
            }

            /// How many operands it leaves.
            pub const fn pushes(self) -> i64 {
                match self {
                    $(Self::$name => $pushes,)*
                }
            }

            /// By how much the operand stack grows.
            pub const fn height(self, values: u32) -> i64 {
                self.pushes() - self.pops(values)
            }
        }
    };
}

pub(crate) use for_each_opcode;

for_each_opcode!(instruction_set);
for_each_opcode!(stack_effects);
