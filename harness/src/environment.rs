//! The machine that measures, and what else goes on there meanwhile. Linux tells through `/proc`
//! and `/sys`; elsewhere, what is not known is said to be unknown.

mod quiet;

use std::env;
use std::fs;
use std::num::NonZeroUsize;
use std::path::Path;
use std::thread;

use reports::schema::Environment;

/// What is to be compared with the state of the machine at the end of a run.
#[derive(Debug)]
pub(crate) struct Observation(Option<Times>);

/// How the processors' time has been spent since they started, in clock ticks.
#[derive(Clone, Copy, Debug)]
struct Times {
    /// All of it.
    total: u64,
    /// What the hypervisor gave to others.
    steal: u64,
    /// What processes and the kernel used.
    busy: u64,
    /// Of that, what this process and its children that have ended used.
    own: u64,
}

/// The machine, but for what goes on there.
pub(crate) fn machine() -> Environment {
    let info = CpuInfo::read();
    Environment {
        cpu: info.model.unwrap_or_else(|| env::consts::ARCH.to_owned()),
        cores: cores(),
        core: None,
        kernel: word("/proc/sys/kernel/osrelease").unwrap_or_else(|| "unknown".to_owned()),
        os: os_name().unwrap_or_else(|| env::consts::OS.to_owned()),
        governor: word("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
        hypervisor: info.hypervisor.then(hypervisor),
        clock: word("/sys/devices/system/clocksource/clocksource0/current_clocksource"),
        memory_bytes: memory(),
        load_before: None,
        others_before_percent: None,
        load_after: None,
        steal_percent: None,
        others_percent: None,
    }
}

impl Observation {
    /// Looks at the machine before anything runs, once others have left it alone; see [`quiet`].
    pub(crate) fn start(environment: &mut Environment) -> Self {
        environment.others_before_percent = quiet::wait();
        environment.load_before = load();
        Self(Times::now())
    }

    /// Looks again, and fills in what went on meanwhile. What the workers used is known only once
    /// they have ended and been waited for.
    pub(crate) fn finish(self, environment: &mut Environment) {
        let shares = self
            .0
            .zip(Times::now())
            .and_then(|(before, after)| Shares::between(before, after));
        environment.load_after = load();
        environment.steal_percent = shares.as_ref().map(|shares| shares.steal);
        environment.others_percent = shares.as_ref().map(|shares| shares.others);
    }
}

/// Shares of the time of all processors, in percent.
struct Shares {
    steal: f64,
    others: f64,
}

impl Shares {
    fn between(before: Times, after: Times) -> Option<Self> {
        let total = after.total.checked_sub(before.total).filter(|&it| it > 0)?;
        let percent = |ticks: u64| ticks as f64 * 100.0 / total as f64;
        let busy = after.busy.saturating_sub(before.busy);
        let own = after.own.saturating_sub(before.own);
        Some(Self {
            steal: percent(after.steal.saturating_sub(before.steal)),
            others: percent(busy.saturating_sub(own)),
        })
    }
}

impl Times {
    /// See proc(5): `/proc/stat` for the machine, `/proc/self/stat` for the process.
    fn now() -> Option<Self> {
        let stat = fs::read_to_string("/proc/stat").ok()?;
        let ticks = stat.lines().next()?.strip_prefix("cpu ")?;
        let [user, nice, system, idle, iowait, irq, softirq, steal] = fields(ticks)?;
        let busy = user + nice + system + irq + softirq;
        // The name in parentheses may hold spaces; the fields after it are counted from 3.
        let process = fs::read_to_string("/proc/self/stat").ok()?;
        let (_, after_name) = process.rsplit_once(')')?;
        let from_utime = after_name.trim_start().splitn(12, ' ').nth(11)?;
        let [utime, stime, children_utime, children_stime] = fields(from_utime)?;
        Some(Self {
            total: busy + idle + iowait + steal,
            steal,
            busy,
            own: utime + stime + children_utime + children_stime,
        })
    }
}

/// Logical cores that the program may use.
fn cores() -> u32 {
    let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    cores.try_into().unwrap_or(u32::MAX)
}

/// The first numbers of a line.
fn fields<const N: usize>(line: &str) -> Option<[u64; N]> {
    let numbers: Vec<u64> = line
        .split_whitespace()
        .take(N)
        .map(|field| field.parse().ok())
        .collect::<Option<_>>()?;
    numbers.try_into().ok()
}

/// The one-minute load average.
fn load() -> Option<f64> {
    let text = fs::read_to_string("/proc/loadavg").ok()?;
    text.split_whitespace().next()?.parse().ok()
}

#[derive(Default)]
struct CpuInfo {
    model: Option<String>,
    hypervisor: bool,
}

impl CpuInfo {
    fn read() -> Self {
        let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let value = |key: &str| {
            text.lines()
                .filter_map(|line| line.split_once(':'))
                .find(|(name, _)| name.trim() == key)
                .map(|(_, value)| value.trim().to_owned())
        };
        Self {
            model: value("model name"),
            hypervisor: value("flags")
                .is_some_and(|flags| flags.split_whitespace().any(|flag| flag == "hypervisor")),
        }
    }
}

/// What the firmware calls the virtual machine, if it says.
fn hypervisor() -> String {
    word("/sys/hypervisor/type")
        .or_else(|| word("/sys/class/dmi/id/sys_vendor"))
        .unwrap_or_else(|| "unknown".to_owned())
}

fn os_name() -> Option<String> {
    let text = fs::read_to_string("/etc/os-release").ok()?;
    let name = text
        .lines()
        .find_map(|line| line.strip_prefix("PRETTY_NAME="))?;
    Some(name.trim_matches('"').to_owned())
}

/// Main memory, in bytes.
fn memory() -> Option<u64> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1024)
}

/// The content of a file of one line, if it has any.
fn word(path: impl AsRef<Path>) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEFORE: Times = Times {
        total: 1_000,
        steal: 10,
        busy: 300,
        own: 20,
    };

    #[test]
    fn shares_are_of_the_time_between() {
        let after = Times {
            total: 1_200,
            steal: 20,
            busy: 420,
            own: 80,
        };
        let shares = Shares::between(BEFORE, after).unwrap();
        assert_eq!((shares.steal, shares.others), (5.0, 30.0));
    }

    #[test]
    fn no_time_has_no_shares() {
        assert!(Shares::between(BEFORE, BEFORE).is_none());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn linux_tells() {
        let times = Times::now().unwrap();
        assert!(times.busy <= times.total);
        assert!(memory().unwrap() > 0);
        assert!(load().unwrap() >= 0.0);
    }
}
