//! What is kept of a run, and what is noticed when it is gone on with.

use super::*;
use crate::contenders::Command;
use crate::environment;
use crate::experiments;
use crate::plan::Request;

/// A run of these engines on the smallest workload.
pub(crate) fn planned(engines: &[&str], rounds: u32) -> Setup {
    let choices = Choices {
        engines: engines.iter().map(|&it| it.to_owned()).collect(),
        workloads: vec!["integer-arithmetic".to_owned()],
        rounds: Some(rounds),
        ..Choices::default()
    };
    let plan = Plan::new(Request {
        experiment: experiments::find(experiments::DEFAULT, None, false).unwrap(),
        engines: &choices.engines,
        workloads: &choices.workloads,
        sizes: &choices.size,
        quick: choices.quick,
        rounds: choices.rounds,
        seed: 1,
        variance: false,
        repeat: None,
        against: None,
    })
    .unwrap();
    of(&choices, &plan)
}

fn of(choices: &Choices, plan: &Plan) -> Setup {
    let results = plan.results(environment::machine()).unwrap();
    Setup::new(choices, plan, &results)
}

/// The same run with an external engine too.
fn with_external(words: &[&str]) -> Setup {
    let setup = planned(&["tree", "stack"], 4);
    let mut plan = setup.plan();
    plan.experiment.contenders[1].engine = Engine::External(Command {
        words: words.iter().map(|&it| it.to_owned()).collect(),
        directory: None,
    });
    of(&setup.choices, &plan)
}

fn refusal(then: &Setup, now: &Setup) -> String {
    then.ensure_same(now).unwrap_err().to_string()
}

#[test]
fn what_is_kept_makes_the_same_plan() {
    for setup in [
        planned(&["tree", "stack"], 4),
        with_external(&["sh", "worker.sh", "it's"]),
    ] {
        let text = serde_json::to_string(&setup).unwrap();
        let kept: Setup = serde_json::from_str(&text).unwrap();
        assert_eq!(kept, setup);
        let again = of(&kept.choices, &kept.plan());
        kept.ensure_same(&again).unwrap();
        assert_eq!(again.tasks, setup.tasks);
    }
}

#[test]
fn all_that_differs_is_named_with_both_values() {
    let then = planned(&["tree", "stack"], 4);
    let now = planned(&["stack", "tree"], 5);
    let refused = refusal(&then, &now);
    for difference in [
        "the variants: tree,stack then, stack,tree now",
        "the rounds: 4 then, 5 now",
    ] {
        assert!(refused.contains(difference), "{refused}");
    }

    let mut now = then.clone();
    now.world.kernel = "9.9".to_owned();
    now.world.tool.executable = Some("0".to_owned());
    now.tasks[0].source.push(' ');
    let refused = refusal(&then, &now);
    let kernel = format!("the kernel: {} then, 9.9 now", then.world.kernel);
    assert!(refused.contains(&kernel), "{refused}");
    assert!(refused.contains("its file's hash: "), "{refused}");
    assert!(
        refused.contains("the hash of the program integer-arithmetic: "),
        "{refused}"
    );
}

#[test]
fn a_command_that_differs_is_named() {
    let refused = refusal(
        &with_external(&["sh", "worker.sh", "500"]),
        &with_external(&["sh", "worker.sh", "700"]),
    );
    assert_eq!(
        refused,
        "the command of stack: `sh worker.sh 500` then, `sh worker.sh 700` now"
    );
}

#[test]
fn a_file_of_a_command_that_has_changed_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("worker.sh");
    std::fs::write(&file, "one").unwrap();
    let path = file.display().to_string();
    let option = format!("--code={path}");
    for words in [["sh", &path], ["sh", &option]] {
        std::fs::write(&file, "one").unwrap();
        let then = with_external(&words);
        then.ensure_same(&with_external(&words)).unwrap();
        std::fs::write(&file, "two").unwrap();
        let refused = refusal(&then, &with_external(&words));
        assert!(
            refused.starts_with(&format!("the hash of {path}: ")),
            "{refused}"
        );
        std::fs::remove_file(&file).unwrap();
        let refused = refusal(&then, &with_external(&words));
        assert!(refused.ends_with("then, no such file now"), "{refused}");
    }
}

#[test]
fn what_is_not_chosen_is_as_before() {
    let before = planned(&["tree", "stack"], 4).choices;
    assert_eq!(Choices::default().or(&before), before);
    let chosen = Choices {
        rounds: Some(9),
        ..Choices::default()
    };
    assert_eq!(
        chosen.or(&before),
        Choices {
            rounds: Some(9),
            ..before
        }
    );
}
