//! Any bytes as a bytecode file: refused, or run without checks to some end.
//!
//! Length and checksum are entered first, or nothing would get past them.
#![no_main]

use std::io;
use std::sync::LazyLock;

use catalog::bytecode::{Bytecode, seal};
use catalog::runtime::Limits;
use catalog::{Variant, variants};
use libfuzzer_sys::fuzz_target;

const LIMITS: Limits = Limits {
    depth: 100,
    fuel: Some(1_000),
    memory: Some(1_000_000),
};

static UNCHECKED: LazyLock<Vec<&'static Variant>> = LazyLock::new(|| {
    let unchecked = variants()
        .iter()
        .filter(|it| it.name.ends_with("/verified"));
    unchecked.collect()
});

fuzz_target!(|bytes: &[u8]| {
    let mut bytes = bytes.to_vec();
    seal(&mut bytes);
    let Ok(file) = Bytecode::new(bytes) else {
        return;
    };
    for variant in UNCHECKED.iter() {
        if let Ok(code) = file.load(variant) {
            let again = code.save(file.engine()).expect("it was a file before");
            assert_eq!(again, file.bytes(), "another file for the same code");
            assert!(code.listing(true).is_some());
            code.run(&LIMITS, &mut io::sink()).ok();
        }
    }
});
