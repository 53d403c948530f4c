//! Settings that change the machine code without changing the key. Counts made under them would be
//! compared with others, so they are refused; `-C target-cpu=native` may also make code that
//! valgrind can't run.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

/// Makes sure that the benches are built as the project says.
///
/// # Errors
/// The setting that says otherwise, and where it stands.
pub(crate) fn refuse(root: &Path) -> anyhow::Result<()> {
    let variables = env::vars_os().map(|(name, value)| {
        let text = |text: std::ffi::OsString| text.to_string_lossy().into_owned();
        (text(name), text(value))
    });
    refuse_variables(variables)?;
    for path in configurations(root) {
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("can't read {}", path.display()))?;
        let table: toml::Table = text
            .parse()
            .with_context(|| format!("{} is not TOML", path.display()))?;
        if let Some(setting) = setting(&table) {
            bail!("{} sets {setting}, {WHY}", path.display());
        }
    }
    Ok(())
}

const WHY: &str = "which the baseline's key doesn't tell of";

/// What to do about it.
pub(crate) const ADVICE: &str =
    "mend or remove it, or check the portable layer alone: `ci/check --layer counts`";

fn refuse_variables(variables: impl Iterator<Item = (String, String)>) -> anyhow::Result<()> {
    const NAMES: [&str; 7] = [
        "RUSTFLAGS",
        "CARGO_ENCODED_RUSTFLAGS",
        "CARGO_BUILD_RUSTFLAGS",
        "CARGO_BUILD_TARGET",
        "CARGO_BUILD_RUSTC",
        "RUSTC",
        "RUSTC_BOOTSTRAP",
    ];
    const WRAPPERS: [&str; 4] = [
        "RUSTC_WRAPPER",
        "RUSTC_WORKSPACE_WRAPPER",
        "CARGO_BUILD_RUSTC_WRAPPER",
        "CARGO_BUILD_RUSTC_WORKSPACE_WRAPPER",
    ];
    /// With the value that turns it on, as Cargo reads it.
    const INCREMENTAL: [(&str, &str); 2] = [
        ("CARGO_INCREMENTAL", "1"),
        ("CARGO_BUILD_INCREMENTAL", "true"),
    ];
    const PROFILES: [&str; 2] = ["CARGO_PROFILE_RELEASE_", "CARGO_PROFILE_BENCH_"];
    for (name, value) in variables {
        let is_target_flags = name.starts_with("CARGO_TARGET_") && name.ends_with("_RUSTFLAGS");
        let is_profile = PROFILES.iter().any(|prefix| name.starts_with(prefix));
        let is_wrapper = WRAPPERS.contains(&&*name) && !is_cache(&value);
        let is_named = NAMES.contains(&&*name) || is_target_flags || is_profile || is_wrapper;
        let is_incremental = INCREMENTAL.contains(&(&name, &value));
        if !value.is_empty() && is_named || is_incremental {
            bail!("the environment sets {name}={value:?}, {WHY}");
        }
    }
    Ok(())
}

/// Whether a wrapper of the compiler hands its arguments on as they are.
fn is_cache(wrapper: &str) -> bool {
    Path::new(wrapper)
        .file_stem()
        .is_some_and(|it| it == "sccache")
}

/// The files of settings that Cargo reads: of the folder, of those above, and of the user.
fn configurations(root: &Path) -> Vec<PathBuf> {
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".cargo")));
    let folders = root.ancestors().map(|folder| folder.join(".cargo"));
    let mut files: Vec<PathBuf> = folders
        .chain(home)
        .flat_map(|folder| ["config.toml", "config"].map(|name| folder.join(name)))
        .filter(|path| path.is_file())
        .collect();
    files.dedup();
    files
}

/// The name of a setting that changes the machine code, or may do so from another file.
fn setting(table: &toml::Table) -> Option<String> {
    const ANY_VALUE: [&str; 8] = [
        "include",
        "patch",
        "paths",
        "build.rustflags",
        "build.target",
        "build.rustc",
        "profile.release",
        "profile.bench",
    ];
    let value = |path: &str| {
        let mut keys = path.split('.');
        let first = table.get(keys.next()?)?;
        keys.try_fold(first, |value, key| value.get(key))
    };
    let is_wrapper = |path: &str| {
        let wrapper = value(path).and_then(toml::Value::as_str);
        wrapper.is_some_and(|it| !is_cache(it))
    };
    let any = ANY_VALUE.into_iter().find(|path| value(path).is_some());
    let incremental = ["build.incremental"]
        .into_iter()
        .find(|path| value(path).and_then(toml::Value::as_bool) == Some(true));
    let wrapper = ["build.rustc-wrapper", "build.rustc-workspace-wrapper"]
        .into_iter()
        .find(|path| is_wrapper(path));
    let of_target = || {
        let targets = table.get("target")?.as_table()?;
        let flags = targets
            .iter()
            .find(|(_, target)| target.get("rustflags").is_some());
        flags.map(|(name, _)| format!("target.{name}.rustflags"))
    };
    let found = any.or(incremental).or(wrapper).map(str::to_owned);
    found.or_else(of_target)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_and_profiles_of_the_environment_are_refused() {
        let refused = |name: &str, value: &str| {
            let variable = (name.to_owned(), value.to_owned());
            refuse_variables([variable].into_iter()).is_err()
        };
        for name in [
            "RUSTFLAGS",
            "CARGO_ENCODED_RUSTFLAGS",
            "CARGO_BUILD_RUSTFLAGS",
            "CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUSTFLAGS",
            "CARGO_PROFILE_RELEASE_LTO",
            "CARGO_PROFILE_BENCH_STRIP",
            "RUSTC_WRAPPER",
            "CARGO_BUILD_RUSTC_WORKSPACE_WRAPPER",
        ] {
            assert!(refused(name, "-C target-cpu=native"), "{name}");
            assert!(!refused(name, ""), "{name}");
        }
        for name in ["CARGO_TARGET_DIR", "CARGO_TERM_COLOR", "PATH"] {
            assert!(!refused(name, "value"), "{name}");
        }
        // What turns it off is the default of what is counted.
        for (name, value, is_refused) in [
            ("CARGO_INCREMENTAL", "1", true),
            ("CARGO_INCREMENTAL", "0", false),
            ("CARGO_BUILD_INCREMENTAL", "true", true),
            ("CARGO_BUILD_INCREMENTAL", "false", false),
            ("RUSTC_WRAPPER", "/usr/bin/sccache", false),
        ] {
            assert_eq!(refused(name, value), is_refused, "{name}={value}");
        }
    }

    #[test]
    fn flags_and_profiles_of_files_are_refused() {
        for (text, found) in [
            (
                "[build]\nrustflags = ['-Ctarget-cpu=native']",
                Some("build.rustflags"),
            ),
            (
                "[target.'cfg(unix)']\nrustflags = ''",
                Some("target.cfg(unix).rustflags"),
            ),
            ("[profile.bench]\nlto = true", Some("profile.bench")),
            ("include = ['other.toml']", Some("include")),
            (
                "include = [{ path = 'a.toml', optional = true }]",
                Some("include"),
            ),
            ("[build]\nincremental = true", Some("build.incremental")),
            ("[build]\nincremental = false", None),
            ("[build]\nrustc-wrapper = 'w'", Some("build.rustc-wrapper")),
            ("[build]\nrustc-wrapper = 'sccache'", None),
            ("paths = ['/a']", Some("paths")),
            (
                "[build]\njobs = 1\n[alias]\nb = 'build'\n[profile.dev]\ndebug = 0",
                None,
            ),
        ] {
            let table: toml::Table = text.parse().expect("the text is TOML");
            assert_eq!(setting(&table).as_deref(), found, "{text}");
        }
    }
}
