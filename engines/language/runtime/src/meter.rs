//! Counting, apart from timing: an engine is compiled once with [`Unmetered`], whose methods are
//! empty and leave nothing in the machine code, and once with [`Counts`].

/// Where an instruction stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Position {
    /// The function's number.
    pub function: u32,
    /// The instruction's offset in the function's code; of a node, its number.
    pub offset: u32,
}

/// What an engine reports as it runs.
pub trait Meter {
    /// Whether it wants to be told of anything. An engine that is not measured by the clock may take
    /// another way to the same counts.
    const COUNTS: bool = true;

    /// An instruction is dispatched (in the tree-walker: a node is evaluated). `at` finds out where
    /// it stands, at the expense of those meters alone that ask.
    #[inline(always)]
    fn dispatch(&mut self, _opcode: u8, _at: impl FnOnce() -> Position) {}

    /// A Monkey function (not a builtin) is called.
    #[inline(always)]
    fn call(&mut self) {}

    /// A heap object is made: a value, or an environment of the tree-walker.
    #[inline(always)]
    fn allocation(&mut self) {}
}

/// Counts nothing and costs nothing: for timed runs.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unmetered;

impl Meter for Unmetered {
    const COUNTS: bool = false;
}

/// Exact counts of one execution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counts {
    /// Instructions dispatched; in the tree-walker, nodes evaluated.
    pub dispatched: u64,
    /// Calls of Monkey functions.
    pub calls: u64,
    /// Heap objects made.
    pub allocations: u64,
    /// `dispatched` by opcode.
    pub by_opcode: Box<[u64; 256]>,
}

impl Default for Counts {
    fn default() -> Self {
        Self {
            dispatched: 0,
            calls: 0,
            allocations: 0,
            by_opcode: Box::new([0; 256]),
        }
    }
}

impl Meter for Counts {
    fn dispatch(&mut self, opcode: u8, _at: impl FnOnce() -> Position) {
        self.dispatched += 1;
        self.by_opcode[usize::from(opcode)] += 1;
    }

    fn call(&mut self) {
        self.calls += 1;
    }

    fn allocation(&mut self) {
        self.allocations += 1;
    }
}
