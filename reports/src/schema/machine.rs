//! Which times may be compared with each other: those of one machine.

use std::fmt;

use serde::Serialize;

use super::Results;

/// All of a run's surroundings that its times depend on and its engines have no part in. Times of
/// two runs may be compared if, and only if, their keys are equal.
///
/// Part of it are the processor and what decides how fast it goes (cores, governor, hypervisor); the
/// operating system, whose C library allocates; the target and the profile that the engines were
/// compiled for.
///
/// Deliberately no part of it are the commit, the compiler, its settings and the features: they are
/// what one compares. Nor is the kernel, which an update replaces every few weeks: its page faults and
/// mitigations have some part in times, so a comparison says that it differs, but a history that
/// each update splits is none. Nor are the clock source, which is read twice in a sample of
/// milliseconds; the memory, of which engines use little; and the load, which may make each run
/// invalid by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MachineKey {
    /// The processor's model name.
    pub cpu: String,
    /// Logical cores that the run could use.
    pub cores: u32,
    /// The frequency governor.
    pub governor: Option<String>,
    /// The hypervisor, where there is one.
    pub hypervisor: Option<String>,
    /// The operating system.
    pub os: String,
    /// The target triple.
    pub target: String,
    /// The Cargo profile.
    pub profile: String,
}

/// Something in which two runs differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// What it is: `cores`.
    pub what: &'static str,
    /// What it was in the old run.
    pub old: String,
    /// What it is in the new one.
    pub new: String,
}

impl Difference {
    /// The difference between the two, unless they are equal.
    pub fn between(
        what: &'static str,
        old: impl Into<String>,
        new: impl Into<String>,
    ) -> Option<Self> {
        let (old, new) = (old.into(), new.into());
        (old != new).then_some(Self { what, old, new })
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} → {}", self.what, self.old, self.new)
    }
}

impl Results {
    /// The machine, as far as times depend on it.
    pub fn machine_key(&self) -> MachineKey {
        let environment = &self.environment;
        MachineKey {
            cpu: environment.cpu.clone(),
            cores: environment.cores,
            governor: environment.governor.clone(),
            hypervisor: environment.hypervisor.clone(),
            os: environment.os.clone(),
            target: self.tool.target.clone(),
            profile: self.tool.profile.clone(),
        }
    }
}

impl MachineKey {
    /// The parts in which another key differs; none: times may be compared.
    pub fn differences(&self, new: &Self) -> Vec<Difference> {
        let parts = self.parts().into_iter().zip(new.parts());
        parts
            .filter_map(|((what, old), (_, new))| Difference::between(what, old, new))
            .collect()
    }

    fn parts(&self) -> [(&'static str, String); 7] {
        let or_none = |part: &Option<String>| part.clone().unwrap_or_else(|| "none".to_owned());
        [
            ("processor", self.cpu.clone()),
            ("cores", self.cores.to_string()),
            ("governor", or_none(&self.governor)),
            ("hypervisor", or_none(&self.hypervisor)),
            ("operating system", self.os.clone()),
            ("target", self.target.clone()),
            ("profile", self.profile.clone()),
        ]
    }
}

impl fmt::Display for MachineKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {} cores", self.cpu, self.cores)?;
        if let Some(governor) = &self.governor {
            write!(f, ", governor {governor}")?;
        }
        if let Some(hypervisor) = &self.hypervisor {
            write!(f, ", hypervisor {hypervisor}")?;
        }
        write!(
            f,
            ", {}, {}, profile {}",
            self.os, self.target, self.profile
        )
    }
}
