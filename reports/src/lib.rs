//! Results, and what is said about them: the schema of a results file, its statistics, tables,
//! charts and report.
//!
//! A report is a pure function of a results file, byte for byte the same each time. This crate
//! deliberately knows no engine, measures nothing and reads no clock.

pub mod analysis;
pub mod schema;
pub mod stats;
pub mod store;
pub mod validity;
