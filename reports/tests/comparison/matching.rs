//! What keeps two runs, or a part of them, from being compared: each is said.

use reports::comparison::{Basis, CompareError, Invalid};
use reports::schema::{Measure, Results, VariantId};

use crate::support::{cut, progression, with_failure};
use crate::{again, compare, compare_by, compare_ratios, holds, is_run, left_out, speedup, suite};

#[test]
fn times_of_another_machine_are_not_compared() {
    let old = progression(8);
    let mut new = again(old.clone(), 3, |_| 2.0);
    new.environment.kernel = "6.2.0".to_owned();
    new.environment.cores = 4;
    new.environment.hypervisor = None;
    new.tool.commit = Some("abcdef0".to_owned());
    let comparison = compare(&old, &new);
    assert!(matches!(&*comparison.invalid, [Invalid::OtherMachine(parts)] if parts.len() == 2));
    assert_eq!((comparison.cells.len(), comparison.suite.len()), (0, 0));
    for text in [comparison.terminal(100, false), comparison.markdown()] {
        for part in ["INVALID", "--ratios", "cores 2 → 4", "kernel 6.1.0 → 6.2.0"] {
            assert!(text.replace('\n', " ").contains(part), "{part}\n{text}");
        }
        assert!(!text.contains("fibonacci"), "no figures:\n{text}");
    }
    let ratios = compare_ratios(&old, &new);
    assert_eq!(ratios.invalid, []);
    let stack = speedup(&ratios, "stack", "fibonacci");
    assert!(holds(&stack, 1.0), "{stack:?}");
    let differences: Vec<&str> = ratios.differences.iter().map(|it| it.what).collect();
    assert_eq!(differences, ["cores", "hypervisor", "commit", "kernel"]);
}

/// An update of the kernel doesn't end a history, and settings of the compiler are what one compares;
/// but both are said.
#[test]
fn another_kernel_and_other_settings_differ_and_are_compared() {
    let old = progression(8);
    let mut new = again(old.clone(), 3, |_| 2.0);
    new.environment.kernel = "6.2.0".to_owned();
    new.tool.settings = "opt-level=1".to_owned();
    let comparison = compare(&old, &new);
    assert_eq!(comparison.invalid, []);
    assert!(!comparison.cells.is_empty());
    let text = comparison.terminal(100, false);
    for part in [
        "differs: kernel 6.1.0 → 6.2.0",
        "differs: compiler settings unknown → opt-level=1",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
}

/// Each part of the key alone makes it another; what one compares, and what disturbs, doesn't.
#[test]
fn the_key_is_of_what_times_depend_on() {
    let base = progression(0);
    let changed = |change: fn(&mut Results)| {
        let mut other = progression(0);
        change(&mut other);
        let parts = base.machine_key().differences(&other.machine_key());
        let parts: Vec<&str> = parts.iter().map(|it| it.what).collect();
        parts.join(",")
    };
    assert_eq!(changed(|it| it.environment.cpu.push('x')), "processor");
    assert_eq!(changed(|it| it.environment.cores = 3), "cores");
    assert_eq!(
        changed(|it| it.environment.governor = Some("powersave".to_owned())),
        "governor"
    );
    assert_eq!(changed(|it| it.environment.hypervisor = None), "hypervisor");
    assert_eq!(
        changed(|it| it.environment.os.push('x')),
        "operating system"
    );
    assert_eq!(changed(|it| it.environment.kernel.push('x')), "");
    assert_eq!(changed(|it| it.tool.settings.push('x')), "");
    assert_eq!(changed(|it| it.tool.target.push('x')), "target");
    assert_eq!(changed(|it| it.tool.profile.push('x')), "profile");
    assert_eq!(changed(|it| it.tool.rustc.push('x')), "");
    assert_eq!(changed(|it| it.tool.commit = None), "");
    assert_eq!(changed(|it| it.environment.load_before = None), "");
    assert_eq!(changed(|it| it.environment.memory_bytes = None), "");
    assert_eq!(
        base.machine_key().to_string(),
        "Example CPU @ 2.80GHz, 2 cores, hypervisor KVM, Debian GNU/Linux 12, \
         x86_64-unknown-linux-gnu, profile release"
    );
}

#[test]
fn an_invalid_run_makes_the_comparison_invalid() {
    let good = progression(10);
    let mut busy = progression(10);
    busy.environment.load_before = Some(7.0);
    for compare in [compare, compare_ratios] {
        let comparison = compare(&good, &busy);
        let reasons: Vec<String> = comparison.invalid.iter().map(Invalid::to_string).collect();
        assert_eq!(reasons.len(), 1);
        assert!(
            reasons[0].starts_with("the new run: the load average"),
            "{reasons:?}"
        );
        let text = comparison.terminal(100, false);
        assert!(text.starts_with("INVALID: the new run"), "{text}");
        assert!(
            text.contains("fibonacci(25)"),
            "the figures are shown:\n{text}"
        );
        assert_eq!(compare(&busy, &busy).invalid.len(), 2);
    }
}

#[test]
fn what_is_in_one_run_only_is_named() {
    let whole = progression(8);
    let part = cut(progression(8), 6, 4);
    let comparison = compare(&whole, &part);
    assert_eq!(comparison.cells.len(), 24);
    assert_eq!(
        left_out(&comparison),
        [
            "stack+co+si+cf+ic+ts: it is only in the old run",
            "integer-arithmetic: it is only in the old run",
        ]
    );
    assert!(left_out(&compare(&part, &whole))[0].ends_with("only in the new run"));
    let text = comparison.terminal(100, false);
    assert!(
        text.contains("Not compared\nstack+co+si+cf+ic+ts: it is only"),
        "{text}"
    );
}

#[test]
fn failed_and_untimed_cells_are_named() {
    let old = with_failure(progression(8), 3, 1);
    let mut new = progression(8);
    new.samples
        .retain(|it| !(is_run(it) && it.variant == VariantId(2) && it.workload.index() == 0));
    let comparison = compare(&old, &new);
    assert_eq!(comparison.cells.len(), 33);
    let [untimed, failed] = &*left_out(&comparison) else {
        panic!("{:?}", comparison.left_out);
    };
    assert_eq!(
        untimed,
        "stack+co on fibonacci: the new run did not time its run"
    );
    assert!(
        failed.starts_with("stack+co+si on hash-access: failed in the old run: a sample failed"),
        "{failed}"
    );
    assert_eq!(suite(&comparison, "stack+co"), None);
    assert!(suite(&comparison, "stack").is_some());
    assert!(
        comparison
            .markdown()
            .contains("not every workload of the suite")
    );
    let untimed = left_out(&compare_ratios(&progression(8), &new));
    assert_eq!(
        untimed,
        ["stack+co on fibonacci: the new run has no round that timed its run and the reference's"]
    );
    // The reference's failure takes every ratio on that workload with it.
    let ratios = compare_ratios(&with_failure(progression(8), 0, 2), &new);
    let lost = left_out(&ratios);
    let lost = lost
        .iter()
        .filter(|it| it.contains("the reference failed in the old run"));
    assert_eq!(lost.count(), 6);
}

#[test]
fn another_program_is_not_compared() {
    let old = progression(8);
    let mut new = progression(8);
    new.workloads[0].size = Some(30);
    new.workloads[1].value = "3".to_owned();
    for cell in &mut new.cells {
        cell.counts.as_mut().unwrap().calls = Some(1);
    }
    let comparison = compare(&old, &new);
    assert_eq!(comparison.cells.len(), 21);
    assert_eq!(
        left_out(&comparison),
        [
            "fibonacci: it has size 25 in the old run, size 30 in the new run",
            "hash-access: its value is 75025 in the old run, 3 in the new run, so it is another \
             program",
        ]
    );
    assert_eq!(comparison.changed_counts.len(), 21, "nor are its counts");
}

#[test]
fn runs_without_anything_in_common_are_refused() {
    let old = cut(progression(8), 1, 1);
    let mut new = cut(progression(8), 1, 1);
    let error = compare_by(&old, &new, Basis::Ratios, Measure::Run).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the two runs have nothing in common to compare but the reference itself"
    );
    new.workloads[0].size = Some(30);
    let error = compare_by(&old, &new, Basis::Times, Measure::Run).unwrap_err();
    assert!(error.to_string().contains("size 25"), "{error}");
    assert!(
        error.to_string().ends_with("size 30 in the new run"),
        "{error}"
    );

    new = progression(8);
    new.samples.retain(|sample| !sample.control);
    new.experiment.reference = "stack".to_owned();
    let error = compare_by(&progression(8), &new, Basis::Ratios, Measure::Run).unwrap_err();
    assert!(
        matches!(error, CompareError::OtherReference { .. }),
        "{error}"
    );
    assert_eq!(compare(&progression(8), &new).cells.len(), 35);
}
