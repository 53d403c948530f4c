//! All engines side by side. One binary: what each of its parts needs is compiled and linked once, and
//! their tests share the cores.

#[path = "../generator/mod.rs"]
mod generator;
#[path = "../../../language/syntax/tests/support/nearly_monkey.rs"]
mod nearly_monkey;
#[path = "../support/mod.rs"]
mod support;

mod bytecode;
mod calls;
mod conformance;
mod differential;
mod foreign;
mod limits;
mod names;
mod profile;
mod settings;
mod specification;
mod verified;
mod workloads;
