//! A worker whose times are known: each iteration waits by the clock for so many nanoseconds, the first
//! argument. Like the times of engines, they differ by process, and now and then by much.
//!
//! The seed of what they differ by is the second argument and the number of the process.

use std::io::{self, BufRead, Read as _, Write as _};
use std::time::{Duration, Instant};

use fastrand::Rng;

/// By how much processes differ from each other: the half-width of a uniform distribution of logarithms,
/// whose standard deviation is that of copies of one program, 1.7 %.
const PROCESSES: f64 = 0.03;

/// How many samples are disturbed, and by how much at most.
const DISTURBED: f64 = 0.05;
const DISTURBANCE: f64 = 0.4;

/// What the program that it pretends to run gives.
const RESULT: &str = "\"42\"";

fn main() -> io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let mut number = || arguments.next().and_then(|it| it.parse::<u64>().ok());
    let (Some(each), Some(seed)) = (number(), number()) else {
        return Err(io::Error::other("usage: by_clock NANOSECONDS SEED"));
    };
    let mut rng = Rng::with_seed(seed ^ u64::from(std::process::id()));
    let of_process = (PROCESSES * (2.0 * rng.f64() - 1.0)).exp();
    let mut input = io::stdin().lock();
    let mut line = String::new();
    while input.read_line(&mut line)? > 0 {
        let words: Vec<&str> = line.split_whitespace().collect();
        let answer = match *words {
            ["hello", _] => {
                r#"ok {"protocol":2,"engine":"by_clock","phases":["run"],"translated":true}"#
                    .to_owned()
            }
            ["program", _, bytes] => {
                let bytes = bytes.parse().unwrap_or(0);
                io::copy(&mut input.by_ref().take(bytes), &mut io::sink())?;
                "ok".to_owned()
            }
            ["check", ..] => format!("ok {RESULT} \"\""),
            ["measure", "run", _, iterations] => {
                let iterations: f64 = iterations.parse().unwrap_or(1.0);
                let disturbance = match rng.f64() < DISTURBED {
                    true => 1.0 + DISTURBANCE * rng.f64(),
                    false => 1.0,
                };
                let nanoseconds = each as f64 * iterations * of_process * disturbance;
                let taken = wait(Duration::from_nanos(nanoseconds as u64));
                format!("ok {} {RESULT}", taken.as_nanos())
            }
            ["quit"] => break,
            _ => "error not known here".to_owned(),
        };
        let mut output = io::stdout().lock();
        writeln!(output, "{answer}")?;
        output.flush()?;
        line.clear();
    }
    Ok(())
}

/// Waits as engines run: busily.
fn wait(time: Duration) -> Duration {
    let begun = Instant::now();
    loop {
        let taken = begun.elapsed();
        if taken >= time {
            return taken;
        }
        std::hint::spin_loop();
    }
}
