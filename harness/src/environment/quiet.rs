//! Waiting, before anything is timed, for what this run's own build keeps the machine busy with.
//!
//! A load average remembers a build for minutes after its end, so it only says that a look is
//! needed. What counts is what others use of the machine now.

use std::thread;
use std::time::Duration;

use reports::validity::{LOAD_PER_CORE_LIMIT, OTHERS_LIMIT_PERCENT};

use super::{Shares, Times, cores, load};
use crate::console;
use crate::interrupt;
use crate::tool;

/// How long a run waits at most.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long each look at the machine takes.
const LOOK: Duration = Duration::from_secs(1);

/// How long a pause may keep a signal waiting.
const PAUSE: Duration = Duration::from_millis(50);

/// Waits until others have left the machine alone, where its load average is too high for a valid
/// run, but not for long; tells what they used of it last, in percent, if that was looked at.
pub(crate) fn wait() -> Option<f64> {
    // No run of an unoptimized build is ever valid.
    if tool::tool().profile != "release" {
        return None;
    }
    settle(&mut ThisMachine, console::note)
}

/// What is asked of a machine, so that tests need none that is busy.
trait Machine {
    /// Logical cores.
    fn cores(&self) -> u32;
    /// The one-minute load average.
    fn load(&mut self) -> Option<f64>;
    /// What others use of the machine, in percent, over some time from now on. None where the system
    /// doesn't tell, and once the user wants to stop.
    fn others(&mut self, time: Duration) -> Option<f64>;
}

struct ThisMachine;

impl Machine for ThisMachine {
    fn cores(&self) -> u32 {
        cores()
    }

    fn load(&mut self) -> Option<f64> {
        load()
    }

    fn others(&mut self, time: Duration) -> Option<f64> {
        let before = Times::now()?;
        let mut waited = Duration::ZERO;
        while waited < time {
            if interrupt::requested() {
                return None;
            }
            thread::sleep(PAUSE);
            waited += PAUSE;
        }
        Some(Shares::between(before, Times::now()?)?.others)
    }
}

fn settle(machine: &mut impl Machine, mut say: impl FnMut(String)) -> Option<f64> {
    let limit = LOAD_PER_CORE_LIMIT * f64::from(machine.cores());
    let mut waited = Duration::ZERO;
    let mut seen = None;
    while let Some(load) = machine.load().filter(|&load| load > limit) {
        let others = machine.others(LOOK)?;
        seen = Some(others);
        if others <= OTHERS_LIMIT_PERCENT {
            break;
        }
        if waited.is_zero() {
            let cores = machine.cores();
            say(format!(
                "others use {others:.0} % of the machine (load {load:.2} on {cores} cores), as the end \
                 of a build does; waiting up to {} s for it to pass",
                PATIENCE.as_secs()
            ));
        }
        waited += LOOK;
        if waited >= PATIENCE {
            say(format!(
                "others still use {others:.0} % of the machine; measuring all the same"
            ));
            break;
        }
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A machine of two cores: its load averages, and what others use, look after look.
    struct Told {
        loads: Vec<f64>,
        others: Vec<Option<f64>>,
        looks: usize,
    }

    impl Machine for Told {
        fn cores(&self) -> u32 {
            2
        }

        fn load(&mut self) -> Option<f64> {
            Some(self.loads[self.looks.min(self.loads.len() - 1)])
        }

        fn others(&mut self, _: Duration) -> Option<f64> {
            self.looks += 1;
            self.others[(self.looks - 1).min(self.others.len() - 1)]
        }
    }

    /// What is seen last, how often was looked, and what was said.
    fn settled(loads: &[f64], others: &[Option<f64>]) -> (Option<f64>, usize, Vec<String>) {
        let mut machine = Told {
            loads: loads.to_vec(),
            others: others.to_vec(),
            looks: 0,
        };
        let mut said = Vec::new();
        let seen = settle(&mut machine, |line| said.push(line));
        (seen, machine.looks, said)
    }

    #[test]
    fn a_quiet_machine_is_not_looked_at() {
        assert_eq!(settled(&[1.9], &[Some(99.0)]), (None, 0, vec![]));
    }

    #[test]
    fn what_a_build_left_in_the_average_alone_keeps_nobody_waiting() {
        assert_eq!(settled(&[7.5], &[Some(0.4)]), (Some(0.4), 1, vec![]));
    }

    #[test]
    fn the_end_of_a_build_is_waited_for_with_a_word() {
        let (seen, looks, said) = settled(&[7.5], &[Some(98.0), Some(60.0), Some(3.0)]);
        assert_eq!((seen, looks), (Some(3.0), 3));
        let [said] = &*said else { panic!("{said:?}") };
        assert!(said.contains("waiting up to 20 s"), "{said}");

        let (seen, looks, _) = settled(&[2.3, 2.2, 1.9], &[Some(98.0)]);
        assert_eq!((seen, looks), (Some(98.0), 2), "the load is low enough");
    }

    #[test]
    fn a_machine_that_stays_busy_is_not_waited_for_forever() {
        let (seen, looks, said) = settled(&[7.5], &[Some(98.0)]);
        assert_eq!((seen, looks), (Some(98.0), 20));
        assert!(said[1].contains("still use 98 %"), "{said:?}");
    }

    #[test]
    fn whoever_wants_to_stop_does_not_wait() {
        let (seen, looks, _) = settled(&[7.5], &[Some(98.0), None]);
        assert_eq!((seen, looks), (None, 2));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn linux_tells() {
        let others = ThisMachine.others(Duration::from_millis(100)).unwrap();
        assert!((0.0..=100.0).contains(&others), "{others}");
    }
}
