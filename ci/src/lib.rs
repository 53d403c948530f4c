//! What the gate counts, and how a workload is run for it: what its command, its benches and the
//! project's tests share.

pub mod cells;
pub mod comparison;
pub mod explanation;
pub mod heap;
pub mod portable;
pub mod subject;
