//! Where code stands in memory, as a random factor of a run.
//!
//! Object files linked in another order are another binary of the same machine code, and as fast as
//! the order makes it: some per cent more or less, as much as a small optimization buys. With one
//! binary a run can't tell the two apart, however many rounds it has. So each round has a binary of
//! its own, linked in an order drawn from the seed. What the variants differ by over the rounds is
//! then no matter of layout, and the interval over rounds holds the layouts too. The control has a
//! binary of its own in each round: in that of the reference it would be blind to layout.
//!
//! (Mytkowicz et al. 2009, “Producing wrong data without doing anything obviously wrong!”, show what
//! link order and the size of the environment do to measurements; Curtsinger and Berger 2013,
//! “Stabilizer”, draw layouts at random.)

mod linker;

use std::collections::BTreeMap;
use std::fs;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::thread;

use anyhow::{Context as _, anyhow, ensure};
use clap::ValueEnum;
use fastrand::Rng;
use reports::schema;
use serde::{Deserialize, Serialize};
use tempfile::TempDir;

use linker::Linker;

use crate::against::OtherBuild;
use crate::contenders::{Contender, Engine};
use crate::tool;
use crate::workers::own_executable;

/// Bytes of linked binaries that are on disk at a time, at the most.
const MOST_ON_DISK: u64 = 160_000_000;

/// Bytes that are added to the environment of a worker, at the most: enough to move its stack over
/// every place within a page.
const MOST_PADDING: usize = 4096;

/// Whether each round has a layout of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Choice {
    /// A layout for each round where the program can be linked anew, else one
    #[default]
    Auto,
    /// A layout for each round, or nothing is measured
    EachRound,
    /// The program as it is
    One,
}

impl Choice {
    /// What it comes to, before anything is linked.
    pub(crate) fn told(self) -> &'static str {
        match self {
            Self::Auto => "one for each round, if the program can be linked anew here",
            Self::EachRound => "one for each round",
            Self::One => "one for all rounds",
        }
    }

    /// Why a run has fewer layouts than it might have.
    ///
    /// # Errors
    /// If it must have them.
    fn less(self, error: anyhow::Error) -> anyhow::Result<String> {
        match self {
            Self::EachRound => Err(error.context("--layouts each-round can't be had")),
            Self::Auto | Self::One => Ok(format!("{error:#}")),
        }
    }
}

/// What draws the layouts of a run, where the user and the machine let it, and what its results say of
/// them.
///
/// # Errors
/// If a layout for each round is asked for, and can't be had.
pub(crate) fn draw(
    choice: Choice,
    contenders: &[Contender],
    other: Option<&OtherBuild>,
    seed: u64,
) -> anyhow::Result<(Option<Layouts>, schema::Layouts)> {
    let is_builtin = |it: &Contender| matches!(it.engine, Engine::Builtin(_));
    let layouts = match choice {
        Choice::One => Err(anyhow!("as --layouts one asks for")),
        _ if !contenders.iter().any(is_builtin) => Err(anyhow!("no engine is of this program")),
        _ => Layouts::new(seed),
    };
    match layouts {
        Ok(mut layouts) => {
            let added = other.map_or(Ok(()), |other| layouts.add(other));
            let added = added.context("the other build");
            let record = match added {
                Ok(()) => schema::Layouts::EachRound,
                Err(error) => schema::Layouts::OwnOnly {
                    why: choice.less(error)?,
                },
            };
            Ok((Some(layouts), record))
        }
        Err(error) => {
            let why = choice.less(error)?;
            Ok((None, schema::Layouts::One { why }))
        }
    }
}

/// Who has a layout of its own in a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Role {
    /// All variants: they are compared with each other.
    Variants,
    /// The reference's second entry.
    Control,
    /// The engines of another build.
    Other,
}

impl Role {
    const COUNT: usize = 3;
}

/// The layouts of a run.
#[derive(Debug)]
pub(crate) struct Layouts {
    seed: u64,
    own: Linker,
    other: Option<(OtherBuild, Linker)>,
    linked: BTreeMap<(u32, Role), PathBuf>,
    /// Where they are, until the run ends.
    folder: TempDir,
}

impl Layouts {
    /// Prepares to link this very program.
    ///
    /// # Errors
    /// If it can't be linked anew here: why.
    pub(crate) fn new(seed: u64) -> anyhow::Result<Self> {
        ensure!(cfg!(target_os = "linux"), "that is done on Linux only");
        let running = own_executable()?;
        let file = running.canonicalize()?;
        let beside = file.parent().context("the program has no folder")?;
        remove_leftovers(beside);
        let folder = tempfile::Builder::new()
            .prefix(&format!("{PREFIX}{}-", std::process::id()))
            .tempdir_in(beside)?;
        let own = fs::create_dir(folder.path().join("own"))
            .map_err(anyhow::Error::from)
            .and_then(|()| Linker::new(&running, beside, &folder.path().join("own")))?;
        Ok(Self {
            seed,
            own,
            other: None,
            linked: BTreeMap::new(),
            folder,
        })
    }

    /// Prepares to link another build of the program, too.
    ///
    /// # Errors
    /// If it can't be linked anew here: why. It has one layout then.
    pub(crate) fn add(&mut self, build: &OtherBuild) -> anyhow::Result<()> {
        let binary = &build.binary;
        let beside = binary.parent().context("the program has no folder")?;
        let folder = self.folder.path().join("other");
        fs::create_dir(&folder)?;
        let linker = Linker::new(binary, beside, &folder)?;
        self.other = Some((build.clone(), linker));
        Ok(())
    }

    /// Whose layout an engine has, if one is drawn for it.
    pub(crate) fn role(&self, engine: &Engine) -> Option<Role> {
        match engine {
            Engine::Builtin(_) => Some(Role::Variants),
            Engine::External(_) => {
                let (build, _) = self.other.as_ref()?;
                build.has(engine).then_some(Role::Other)
            }
        }
    }

    /// Who has a linker, and which.
    fn linkers(&self) -> Vec<(Role, &Linker)> {
        let mut linkers = vec![(Role::Variants, &self.own), (Role::Control, &self.own)];
        linkers.extend(self.other.as_ref().map(|(_, other)| (Role::Other, other)));
        linkers
    }

    /// Links the binaries of a round, unless they are already, and as many of the rounds after it as
    /// there is room for: several at a time take less time. Removes those of the rounds before.
    ///
    /// # Errors
    /// If one can't be linked.
    pub(crate) fn link(&mut self, round: u32, rounds: u32) -> anyhow::Result<()> {
        if self.linked.contains_key(&(round, Role::Variants)) {
            return Ok(());
        }
        for (_, file) in std::mem::take(&mut self.linked) {
            fs::remove_file(&file).with_context(|| format!("can't remove {}", file.display()))?;
        }
        let linkers = self.linkers();
        let of_round: u64 = linkers.iter().map(|(_, linker)| linker.bytes()).sum();
        let at_a_time = u32::try_from(MOST_ON_DISK / of_round.max(1)).unwrap_or(u32::MAX);
        let last = rounds.min(round.saturating_add(at_a_time.max(1)));
        let wanted: Vec<_> = (round..last)
            .flat_map(|round| {
                linkers
                    .iter()
                    .map(move |&(role, linker)| (round, role, linker))
            })
            .collect();
        let workers = thread::available_parallelism().map_or(1, usize::from);
        let mut done = Vec::new();
        for some in wanted.chunks(workers) {
            let linked = thread::scope(|scope| {
                let running: Vec<_> = some
                    .iter()
                    .map(|&(round, role, linker)| {
                        let file = self.folder.path().join(format!("{round}-{role:?}"));
                        let seed = order(self.seed, round, role);
                        scope
                            .spawn(move || linker.link(seed, &file).map(|()| ((round, role), file)))
                    })
                    .collect();
                let outcomes = running.into_iter().map(|it| it.join().expect("no panic"));
                outcomes.collect::<anyhow::Result<Vec<_>>>()
            })?;
            done.extend(linked);
        }
        self.linked.extend(done);
        Ok(())
    }

    /// The binary of a round that [`Layouts::link`] has linked.
    pub(crate) fn executable(&self, round: u32, role: Role) -> Option<&Path> {
        self.linked.get(&(round, role)).map(PathBuf::as_path)
    }
}

/// The seed of the order in which a round's binary is linked; the linker takes 0 for another one each
/// time.
fn order(seed: u64, round: u32, role: Role) -> NonZeroU32 {
    let mut rng = drawn(seed, round, role as usize);
    NonZeroU32::new(rng.u32(1..)).unwrap_or(NonZeroU32::MIN)
}

/// How many bytes more the environment of a worker has in a round; `place` tells the workers apart.
pub(crate) fn padding(seed: u64, round: u32, place: usize) -> usize {
    drawn(seed, round, Role::COUNT + place).usize(..MOST_PADDING)
}

/// What is drawn for a round, as a function of the seed, so that a resumed run goes on as it would have.
fn drawn(seed: u64, round: u32, what: usize) -> Rng {
    let words = [seed, u64::from(round), what as u64];
    let bytes: Vec<u8> = words.into_iter().flat_map(u64::to_le_bytes).collect();
    let hash = tool::hash(&bytes);
    Rng::with_seed(u64::from_str_radix(&hash, 16).unwrap_or_default())
}

/// What the folders of layouts are called, before the number of the process that made them.
const PREFIX: &str = "layouts-";

/// Removes what a run has left here that was killed.
fn remove_leftovers(beside: &Path) {
    for entry in fs::read_dir(beside).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let maker = name.to_str().and_then(|it| it.strip_prefix(PREFIX));
        let Some((process, _)) = maker.and_then(|it| it.split_once('-')) else {
            continue;
        };
        if process.parse::<u32>().is_ok() && !Path::new("/proc").join(process).exists() {
            fs::remove_dir_all(entry.path()).ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Whether it is this program or the other build that can't be linked anew.
    #[test]
    fn a_layout_for_each_round_is_had_or_refused() {
        let cause = || anyhow!("its objects are not there").context("the other build");
        let refused = Choice::EachRound.less(cause()).unwrap_err();
        assert_eq!(
            format!("{refused:#}"),
            "--layouts each-round can't be had: the other build: its objects are not there"
        );
        let why = Choice::Auto.less(cause()).unwrap();
        assert_eq!(why, "the other build: its objects are not there");
    }

    #[test]
    fn layouts_come_from_the_seed_and_differ_by_round_and_role() {
        let of = |seed| {
            let roles = [Role::Variants, Role::Control];
            (0..100).flat_map(move |round| roles.map(|role| order(seed, round, role).get()))
        };
        assert!(of(7).eq(of(7)));
        let different: BTreeSet<u32> = of(7).chain(of(8)).collect();
        assert_eq!(different.len(), 400);
        let paddings: BTreeSet<usize> = (0..100).map(|round| padding(7, round, 3)).collect();
        assert!(paddings.len() > 90 && paddings.iter().all(|&it| it < MOST_PADDING));
    }

    #[test]
    fn what_dead_runs_have_left_is_removed() {
        let beside = tempfile::tempdir().unwrap();
        let own = format!("{PREFIX}{}-abc", std::process::id());
        for name in [&own, "layouts-4294967295-abc", "layouts-of-mine", "deps"] {
            fs::create_dir(beside.path().join(name)).unwrap();
        }
        remove_leftovers(beside.path());
        let left = fs::read_dir(beside.path()).unwrap();
        let left: BTreeSet<_> = left.map(|it| it.unwrap().file_name()).collect();
        let expected = [&own, "layouts-of-mine", "deps"];
        let expected: BTreeSet<_> = expected.map(std::ffi::OsString::from).into();
        let expected = match cfg!(target_os = "linux") {
            true => expected,
            // Nothing tells there who is alive.
            false => left.clone(),
        };
        assert_eq!(left, expected);
    }
}
