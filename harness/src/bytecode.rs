//! Bytecode files, as the commands that take a program take them too.

use anyhow::{Context as _, anyhow};
use catalog::bytecode::Bytecode;
use catalog::{Executable, Variant};

use crate::failure::Failure;

/// Loads a bytecode file for the engine that the user picked, or else for the one that it was
/// compiled for.
///
/// # Errors
/// The engine doesn't run the file (a wrong usage, if the user picked it), or the file is not sound:
/// where and why.
pub(crate) fn load(
    origin: &str,
    bytes: Vec<u8>,
    engine: Option<&'static Variant>,
) -> Result<(&'static Variant, Box<dyn Executable>), Failure> {
    let file = Bytecode::new(bytes).with_context(|| format!("can't load {origin}"))?;
    let variant = match engine {
        Some(variant) => variant,
        None => compiled_for(&file, origin)?,
    };
    if !file.engines().any(|other| other.name == variant.name) {
        let refusal = anyhow!(
            "engine {} can't run {origin}: it has the instruction set of {}",
            variant.name,
            file.instruction_set()
        );
        return Err(match engine {
            Some(_) => Failure::usage(refusal),
            None => Failure::Failed(refusal),
        });
    }
    let code = file
        .load(variant)
        .with_context(|| format!("can't load {origin}"))?;
    Ok((variant, code))
}

/// The engine that a file was compiled for.
fn compiled_for(file: &Bytecode, origin: &str) -> anyhow::Result<&'static Variant> {
    catalog::find(file.engine()).map_err(|_| {
        let engine = file.engine();
        match file.engines().next() {
            Some(other) => anyhow!(
                "{origin} was compiled for engine {engine}, which this build doesn't have: \
                 try --engine {}",
                other.name
            ),
            None => anyhow!(
                "{origin} was compiled for engine {engine}, and this build has none with the \
                 instruction set of {}",
                file.instruction_set()
            ),
        }
    })
}
