//! The documented workloads: complete, fixed, and sized as they say.

mod support;

use std::collections::BTreeSet;

use support::{assert_folder_is_suite, fingerprints, source};
use workloads::{SizeError, Suite, Workload, all, documented, find};

/// The programs, by name and FNV-1a hash of their text. If this fails because a program was
/// changed, give the changed program a new name: results under the old one are about the old text.
const FIXED: [(&str, u64); 5] = [
    ("fibonacci", 0x4491_d3c8_70e2_1bf3),
    ("hash-access", 0x51d4_0c45_6b84_85b9),
    ("nested-loops", 0x4b6b_e64c_4910_62aa),
    ("string-concatenation", 0x9c39_a557_4bb0_8fbf),
    ("integer-arithmetic", 0xeb5d_d294_2eb1_1c7f),
];

#[test]
fn programs_are_those_of_their_names() {
    assert_eq!(fingerprints(Suite::Documented), FIXED);
}

#[test]
fn every_file_of_the_folder_is_a_workload() {
    assert_folder_is_suite(Suite::Documented);
}

#[test]
fn every_workload_is_described() {
    for workload in all() {
        let name = &workload.name;
        assert!(
            name.split('-')
                .all(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase())),
            "{name}: lower-case words with dashes between"
        );
        assert!(!workload.title.is_empty(), "{name}");
        assert!(
            workload.why.len() > 100,
            "{name}: the reason in a sentence or more"
        );
        assert!(!workload.why.contains('\n'), "{name}: one paragraph");
    }
    let names: BTreeSet<_> = all().iter().map(|workload| &workload.name).collect();
    assert_eq!(names.len(), all().len(), "names are unique");
}

#[test]
fn the_documented_figures_are_the_documents() {
    let figures: Vec<_> = documented()
        .iter()
        .map(|workload| {
            (
                workload
                    .expected(None)
                    .expect("a value at the default size"),
                workload
                    .expected_calls(None)
                    .expect("calls at the default size"),
            )
        })
        .collect();
    assert_eq!(
        figures,
        [
            ("75025", 242_785),
            ("600", 101),
            ("0", 501),
            ("200", 101),
            ("93105", 0),
        ]
    );
}

#[test]
fn a_size_replaces_the_first_line_and_nothing_else() {
    let fibonacci = find("fibonacci").expect("fibonacci");
    let rest =
        "let fib = fn(n) { if (n < 2) { n } else { fib(n - 1) + fib(n - 2) } };\nfib(size)\n";
    assert_eq!(source(fibonacci, None), format!("let size = 25;\n{rest}"));
    assert_eq!(
        source(fibonacci, Some(30)),
        format!("let size = 30;\n{rest}")
    );
    for workload in all() {
        if let Some(size) = &workload.size {
            assert_eq!(source(workload, Some(size.default)), source(workload, None));
            for bound in [size.least, size.most] {
                let line = format!("let size = {bound};\n");
                assert!(
                    source(workload, Some(bound)).starts_with(&line),
                    "{}",
                    workload.name
                );
            }
        }
    }
}

#[test]
fn results_are_known_at_the_default_size_only() {
    let fibonacci = find("fibonacci").expect("fibonacci");
    assert_eq!(fibonacci.expected(Some(25)), Some("75025"));
    assert_eq!(fibonacci.expected_output(Some(25)), Some(&[][..]));
    assert_eq!(fibonacci.expected_calls(Some(25)), Some(242_785));
    assert_eq!(fibonacci.expected(Some(24)), None);
    assert_eq!(fibonacci.expected_output(Some(24)), None);
    assert_eq!(fibonacci.expected_calls(Some(24)), None);
    let sizeless = find("integer-arithmetic").expect("integer-arithmetic");
    assert_eq!(sizeless.expected(None), Some("93105"));
    assert_eq!(sizeless.expected(Some(1)), None);
}

#[test]
fn wrong_sizes_are_errors() {
    let countdown = find("nested-loops").expect("nested-loops");
    let error = countdown.source(Some(10_000)).expect_err("over the bound");
    assert_eq!(
        error.to_string(),
        "size 10000 of workload nested-loops is not between 0 and 9999"
    );
    assert!(countdown.source(Some(u64::MAX)).is_err());
    let sizeless = find("integer-arithmetic").expect("integer-arithmetic");
    assert_eq!(
        sizeless.source(Some(1)),
        Err(SizeError::None {
            workload: "integer-arithmetic".to_owned()
        })
    );
}

#[test]
fn names_are_found() {
    assert!(
        documented()
            .iter()
            .all(|workload| workload.suite == Suite::Documented)
    );
    for workload in all() {
        assert_eq!(
            find(&workload.name).map(|found| &found.name),
            Some(&workload.name)
        );
    }
    assert!(find("no-such-workload").is_none());
    assert_eq!(Suite::Documented.name(), "documented");
}

#[test]
fn every_workload_belongs_to_one_suite() {
    let names = |workloads: &[Workload]| -> Vec<String> {
        workloads.iter().map(|it| it.name.clone()).collect()
    };
    let of_suites: Vec<_> = Suite::ALL
        .iter()
        .flat_map(|suite| names(suite.workloads()))
        .collect();
    assert_eq!(of_suites, names(all()));
    assert_eq!(names(documented()), names(Suite::Documented.workloads()));
}
