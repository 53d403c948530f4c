//! `--fail-on slower[:PERCENT]`: when a comparison of builds is to stop a pipeline.

use std::str::FromStr;

use anyhow::{Context as _, bail};

/// From which difference on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct FailOn {
    /// So many per cent more time, at the least.
    pub(crate) percent: f64,
}

impl FromStr for FailOn {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let expected = "expected slower, or slower:PERCENT";
        let percent = match text.split_once(':') {
            None if text == "slower" => 0.0,
            Some(("slower", percent)) => percent.parse().context(expected)?,
            _ => bail!(expected),
        };
        if !(0.0..1_000.0).contains(&percent) {
            bail!("expected a PERCENT from 0 to below 1000");
        }
        Ok(Self { percent })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for() {
        let percent = |text: &str| text.parse::<FailOn>().map(|it| it.percent).ok();
        assert_eq!(percent("slower"), Some(0.0));
        assert_eq!(percent("slower:2.5"), Some(2.5));
        for wrong in [
            "",
            "faster",
            "slower:",
            "slower:x",
            "slower:-1",
            "slower:NaN",
            "2",
        ] {
            assert_eq!(percent(wrong), None, "{wrong}");
        }
    }
}
