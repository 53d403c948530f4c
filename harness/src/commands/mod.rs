//! The subcommands, one file each.

pub(crate) mod attribute;
pub(crate) mod check;
pub(crate) mod compare;
pub(crate) mod compile;
pub(crate) mod completions;
pub(crate) mod disasm;
pub(crate) mod exec;
pub(crate) mod history;
pub(crate) mod list;
pub(crate) mod man;
pub(crate) mod profile;
pub(crate) mod report;
pub(crate) mod run;
pub(crate) mod worker_test;
