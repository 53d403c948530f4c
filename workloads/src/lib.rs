//! What the engines run, as data: programs to measure, with the values they must give and the
//! reason for their existence, and the cases that settle what Monkey means.
//!
//! Everything is embedded in the binary, so that it works wherever it is copied to. This crate
//! runs nothing and knows no parser and no engine: it can't be wrong in the same way as one of them.

pub mod conformance;
mod workload;

pub use conformance::{Case, CaseLimits, conformance};
pub use workload::{Size, SizeError, Suite, Workload, all, documented, find};
