//! The language's specification where it can be run: its example does what the page says.

use std::path::Path;

use crate::support::{parse, run};
use runtime::Limits;

#[test]
fn the_example_does_what_the_page_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../workloads/LANGUAGE.md");
    let page = std::fs::read_to_string(path).expect("the specification");
    let (_, from) = page.split_once("```monkey\n").expect("an example");
    let (example, after) = from.split_once("```\n").expect("its end");
    let sentence = after.trim_start().split('.').next().unwrap_or_default();
    let stated: Vec<&str> = sentence.split('`').skip(1).step_by(2).collect();

    let code = catalog::oracle().engine().compile(&parse(example));
    let found = run(&*code, &Limits::default());
    let value = found.outcome.expect("it has a value");
    let lines = found.output.lines().chain([&*value]);
    assert!(lines.eq(stated), "{}{value}", found.output);
}
