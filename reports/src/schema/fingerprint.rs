//! What makes two runs one: a run is only gone on with as what it was.

use serde::{Deserialize, Serialize};

use super::Results;

/// What a run was configured to be: two runs with equal fingerprints may be joined.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fingerprint {
    /// The experiment's name.
    pub experiment: String,
    /// The variants' names, in order.
    pub variants: Vec<String>,
    /// The workloads' names and sizes, in order.
    pub workloads: Vec<(String, Option<u64>)>,
    /// Hashes of their programs' texts.
    #[serde(default)]
    pub programs: Vec<Option<String>>,
    /// The seed of the shuffles.
    pub seed: u64,
    /// Rounds planned.
    pub rounds: u32,
    /// Whether it is a `--quick` run.
    pub quick: bool,
    /// The tool's version.
    pub version: String,
    /// The tool's commit.
    pub commit: Option<String>,
    /// Whether the tree differed from that commit.
    pub dirty: bool,
    /// The Cargo features that chose the variants.
    pub features: Vec<String>,
    /// The Cargo profile.
    pub profile: String,
    /// A hash of the running program, where whoever measures knows it; results don't keep it.
    pub executable: Option<String>,
    /// The processor's model name.
    pub cpu: String,
    /// The kernel's release.
    pub kernel: String,
}

impl Fingerprint {
    /// The first field in which another run differs, by name; `None` when they are the same run.
    pub fn difference(&self, other: &Self) -> Option<&'static str> {
        [
            ("experiment", self.experiment == other.experiment),
            ("variants", self.variants == other.variants),
            (
                "workloads or their sizes",
                self.workloads == other.workloads,
            ),
            ("programs' texts", self.programs == other.programs),
            ("seed", self.seed == other.seed),
            ("number of rounds", self.rounds == other.rounds),
            ("--quick", self.quick == other.quick),
            ("version of monkeybench", self.version == other.version),
            ("commit of monkeybench", self.commit == other.commit),
            ("state of monkeybench's tree", self.dirty == other.dirty),
            ("set of Cargo features", self.features == other.features),
            ("Cargo profile", self.profile == other.profile),
            ("build of monkeybench", self.executable == other.executable),
            ("processor", self.cpu == other.cpu),
            ("kernel", self.kernel == other.kernel),
        ]
        .into_iter()
        .find_map(|(field, same)| (!same).then_some(field))
    }
}

impl Results {
    /// What the run was configured to be.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint {
            experiment: self.experiment.name.clone(),
            variants: self.variants.iter().map(|v| v.name.clone()).collect(),
            workloads: self
                .workloads
                .iter()
                .map(|w| (w.name.clone(), w.size))
                .collect(),
            programs: self.workloads.iter().map(|w| w.program.clone()).collect(),
            seed: self.seed,
            rounds: self.rounds_planned,
            quick: self.quick,
            version: self.tool.version.clone(),
            commit: self.tool.commit.clone(),
            dirty: self.tool.dirty,
            features: self.tool.features.clone(),
            profile: self.tool.profile.clone(),
            executable: None,
            cpu: self.environment.cpu.clone(),
            kernel: self.environment.kernel.clone(),
        }
    }
}
