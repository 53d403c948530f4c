//! The most memory that this process has held at once, as the system tells the process itself.
//!
//! On Linux that is `VmHWM`, the peak of the resident set since the program was started: of the whole
//! process, whatever it is for, in whole pages. (What the system tells a parent of its children counts
//! what the parent held when it started them.) Elsewhere nothing is known.

/// The peak, in bytes.
pub(crate) fn of_this_process() -> Option<u64> {
    if !cfg!(target_os = "linux") {
        return None;
    }
    in_status(&std::fs::read_to_string("/proc/self/status").ok()?)
}

/// The peak in the text of a `status` file, which tells it in units of 1024 bytes.
fn in_status(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|it| it.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    kibibytes.checked_mul(1024).filter(|&bytes| bytes > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peak_is_found_among_other_lines() {
        let status = "Name:\tx\nVmPeak:\t 99 kB\nVmHWM:\t    2180 kB\nVmRSS:\t 7 kB\n";
        assert_eq!(in_status(status), Some(2180 * 1024));
        for none in ["", "VmHWM:\t0 kB", "VmHWM:\t5", "VmRSS:\t 7 kB"] {
            assert_eq!(in_status(none), None, "{none:?}");
        }
    }

    /// What a process is told of itself starts with its program, however large its parent was.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_childs_peak_is_without_its_parents_memory() {
        let large = vec![1_u8; 100 << 20];
        assert!(of_this_process().unwrap() >= 100 << 20);
        let child = std::process::Command::new("cat")
            .arg("/proc/self/status")
            .output()
            .unwrap();
        let status = String::from_utf8(child.stdout).unwrap();
        assert!(in_status(&status).unwrap() < 50 << 20, "{status}");
        drop(std::hint::black_box(large));
    }
}
