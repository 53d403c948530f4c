//! Finds out whether calls in tail position become jumps where this crate is compiled, which is where
//! engines are: the compiler does it when it optimizes, and it has been tested on one architecture
//! (`tests/tail_calls.rs`).

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(tail_calls)");
    let is = |name: &str, value: &str| env::var(name).is_ok_and(|found| found == value);
    if is("CARGO_CFG_TARGET_ARCH", "x86_64") && !is("OPT_LEVEL", "0") {
        println!("cargo::rustc-cfg=tail_calls");
    }
}
