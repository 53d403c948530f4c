//! What the compiler was told for a crate, as a constant of that crate: two builds of the same sources
//! whose settings differ are different machine code.
//!
//! Cargo gathers the settings from profiles, variables of the environment, configuration files of
//! several folders and those that they include, and its own options; and a wrapper of the compiler
//! may change them again. So they are not looked up there: a macro runs within the compiler, whose
//! arguments are what came of all that. They change only when Cargo compiles the crate anew.
//!
//! Deliberately no part of them are the target, the compiler's version and the features, which are
//! recorded apart.

use std::env;

use proc_macro::{Literal, TokenStream, TokenTree};

/// The compiler's settings for the crate that this stands in, as a string literal: `opt-level=3
/// codegen-units=1`.
#[proc_macro]
pub fn of_this_crate(_: TokenStream) -> TokenStream {
    let arguments = env::args_os().map(|it| it.to_string_lossy().into_owned());
    TokenTree::from(Literal::string(&settings(arguments))).into()
}

/// Of a compiler's arguments those that decide what machine code it makes, in their order.
fn settings(arguments: impl Iterator<Item = String>) -> String {
    let mut settings = Vec::new();
    let mut arguments = arguments.skip(1);
    while let Some(argument) = arguments.next() {
        let value = match argument.as_str() {
            "-C" | "-Z" | "--codegen" => arguments.next(),
            "-O" => Some("opt-level=3".to_owned()),
            // Arguments in a file are not followed: its name makes the build unlike any other.
            other if other.starts_with('@') => Some(argument),
            other => {
                let joined = ["-C", "-Z", "--codegen="];
                let value = joined.iter().find_map(|it| other.strip_prefix(it));
                value.map(str::to_owned)
            }
        };
        settings.extend(value.as_deref().and_then(setting));
    }
    settings.join(" ")
}

/// A setting without what differs from folder to folder; none if it changes names, symbols or the
/// place of the result alone.
fn setting(value: &str) -> Option<String> {
    const HARMLESS: [&str; 7] = [
        "debuginfo",
        "extra-filename",
        "linker",
        "metadata",
        "split-debuginfo",
        "strip",
        "symbol-mangling-version",
    ];
    let name = value.split('=').next().unwrap_or(value);
    match name {
        // Its value is a folder.
        "incremental" => Some(name.to_owned()),
        name if HARMLESS.contains(&name) => None,
        _ => Some(value.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(arguments: &str) -> String {
        settings(arguments.split(' ').map(str::to_owned))
    }

    #[test]
    fn what_decides_machine_code_is_kept_in_every_spelling() {
        for (arguments, kept) in [
            (
                "rustc --crate-name stack -C opt-level=3 -C embed-bitcode=no -C codegen-units=1",
                "opt-level=3 embed-bitcode=no codegen-units=1",
            ),
            (
                "rustc -Copt-level=1 --codegen lto=fat",
                "opt-level=1 lto=fat",
            ),
            ("rustc --codegen=panic=abort -O", "panic=abort opt-level=3"),
            (
                "rustc -C target-cpu=native -Zshare-generics -Z x",
                "target-cpu=native share-generics x",
            ),
            (
                "rustc -C debug-assertions -C overflow-checks=on",
                "debug-assertions overflow-checks=on",
            ),
            ("rustc @arguments", "@arguments"),
        ] {
            assert_eq!(of(arguments), kept, "{arguments}");
        }
    }

    #[test]
    fn what_differs_between_folders_is_not() {
        let one =
            "rustc src/lib.rs -C metadata=1 -C extra-filename=-1 -C incremental=/a -C strip=none";
        let other =
            "rustc b/src/lib.rs -C metadata=2 -C incremental=/b --out-dir /b -C debuginfo=1";
        assert_eq!(of(one), "incremental");
        assert_eq!(of(one), of(other));
    }
}
