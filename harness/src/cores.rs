//! The processor core on which workers run.
//!
//! Cores differ for as long as their neighbours are busy: another guest of the machine on the same physical core
//! makes one a third slower than the other, for milliseconds or for minutes. What is compared should be on the
//! same side of that. So all workers run on one core, of which each then has its share. Only Linux can be told
//! so; elsewhere the system chooses.

use std::process::Child;
use std::str::FromStr;

use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};

use crate::against::OtherBuild;
use crate::contenders::{Contender, Engine};

/// What the user says of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Choice {
    /// One core, unless an engine is another program: that may have threads of its own.
    #[default]
    Auto,
    /// Whichever the system chooses, for each worker and at any time.
    Any,
    /// This one.
    Core(u32),
}

impl FromStr for Choice {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        Ok(match text {
            "auto" => Self::Auto,
            "any" => Self::Any,
            number => Self::Core(
                number
                    .parse()
                    .ok()
                    .context("expected auto, any or the number of a core")?,
            ),
        })
    }
}

/// The core of all workers of a run; none: the system chooses. An engine of the other build is no other
/// program.
///
/// # Errors
/// If the one that is asked for can't be had.
pub(crate) fn choose(
    choice: Choice,
    contenders: &[Contender],
    build: Option<&OtherBuild>,
) -> anyhow::Result<Option<u32>> {
    let usable = system::usable();
    Ok(match choice {
        Choice::Any => None,
        Choice::Core(core) if usable.contains(&core) => Some(core),
        Choice::Core(core) => bail!(
            "--core {core}: there is no such core, or this program may not use it; {}",
            match &*usable {
                [] => "here the system alone chooses".to_owned(),
                all => format!(
                    "there are {}",
                    all.iter()
                        .map(u32::to_string)
                        .collect::<Vec<_>>()
                        .join(", ")
                ),
            }
        ),
        Choice::Auto => {
            let is_other = |it: &Contender| match it.engine {
                Engine::Builtin(_) => false,
                Engine::External(_) => !build.is_some_and(|build| build.has(&it.engine)),
            };
            // The system's own work is mostly done by the first.
            usable
                .last()
                .copied()
                .filter(|_| !contenders.iter().any(is_other))
        }
    })
}

/// Moves a process to a core. Where that can't be done it stays where it is.
pub(crate) fn move_to(child: &Child, core: u32) {
    system::move_to(child, core);
}

#[cfg(target_os = "linux")]
mod system {
    use std::process::Child;

    use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
    use nix::unistd::Pid;

    /// The cores that this process may use.
    pub(super) fn usable() -> Vec<u32> {
        let Ok(set) = sched_getaffinity(Pid::this()) else {
            return Vec::new();
        };
        let is_usable = |core: &usize| set.is_set(*core) == Ok(true);
        let usable = (0..CpuSet::count()).filter(is_usable);
        usable.filter_map(|core| u32::try_from(core).ok()).collect()
    }

    pub(super) fn move_to(child: &Child, core: u32) {
        let mut set = CpuSet::new();
        let Ok(process) = i32::try_from(child.id()) else {
            return;
        };
        if set.set(core as usize).is_ok() {
            // It may have ended already.
            sched_setaffinity(Pid::from_raw(process), &set).ok();
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use std::process::Child;

    pub(super) fn usable() -> Vec<u32> {
        Vec::new()
    }

    pub(super) fn move_to(_child: &Child, _core: u32) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contenders::Command;

    fn external(name: &str) -> Contender {
        let command = Command {
            words: ["true".to_owned()].into(),
            directory: None,
        };
        Contender::external(name.to_owned(), command, None)
    }

    fn builtin() -> Contender {
        Contender::builtin(catalog::oracle())
    }

    #[test]
    fn engines_of_this_program_share_a_core_and_others_are_left_alone() {
        let last = system::usable().last().copied();
        let chosen = |choice, contenders: &[Contender]| choose(choice, contenders, None).unwrap();
        assert_eq!(chosen(Choice::Auto, &[builtin()]), last);
        assert_eq!(chosen(Choice::Any, &[builtin()]), None);
        let both = [builtin(), external("other")];
        assert_eq!(chosen(Choice::Auto, &both), None);
        let build = OtherBuild {
            name: "old".to_owned(),
            binary: "true".into(),
        };
        assert_eq!(choose(Choice::Auto, &both, Some(&build)).unwrap(), last);
    }

    #[test]
    fn a_core_that_is_not_there_is_refused() {
        let error = choose(Choice::Core(1 << 20), &[builtin()], None).unwrap_err();
        assert!(error.to_string().contains("--core 1048576"), "{error}");
        assert!("first".parse::<Choice>().is_err());
        assert_eq!("any".parse::<Choice>().unwrap(), Choice::Any);
    }
}
