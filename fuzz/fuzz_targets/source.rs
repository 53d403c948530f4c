//! Any text as a program: rejected, or the same on the oracle, the plain machine, and one without
//! checks from a file.
#![no_main]

use std::rc::Rc;

use catalog::bytecode::Bytecode;
use catalog::runtime::{ErrorKind, Limits};
use catalog::syntax::parse;
use catalog::{Executable, Outcome, find, oracle};
use libfuzzer_sys::fuzz_target;

const LIMITS: Limits = Limits {
    depth: 100,
    fuel: Some(1_000),
    memory: Some(1_000_000),
};

fn run(code: &dyn Executable) -> (Outcome, Vec<u8>) {
    let mut output = Vec::new();
    (code.run(&LIMITS, &mut output), output)
}

fn is_out_of_memory((outcome, _): &(Outcome, Vec<u8>)) -> bool {
    matches!(outcome, Err(error) if matches!(error.kind, ErrorKind::OutOfMemory(_)))
}

fuzz_target!(|source: &str| {
    let Ok(program) = parse(source) else {
        return;
    };
    let program = Rc::new(program);
    let expected = run(&*oracle().engine().compile(&program));
    let plain = find("stack").expect("it needs no feature").engine();
    let found = run(&*plain.compile(&program));
    // Where memory runs out is an engine's own affair.
    if is_out_of_memory(&expected) || is_out_of_memory(&found) {
        return;
    }
    assert_eq!(found, expected);

    let optimized = find("stack+all/tagged/verified").expect("all is built");
    let code = optimized.engine().compile(&program);
    let bytes = code.save(&optimized.name).expect("it has code of its own");
    let file = Bytecode::new(bytes).expect("it is whole");
    let loaded = file.load(optimized).expect("the compiler's code is sound");
    assert_eq!(loaded.listing(false), code.listing(false));
    let found = run(&*loaded);
    if !is_out_of_memory(&found) {
        assert_eq!(found, expected);
    }
});
