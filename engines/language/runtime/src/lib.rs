//! What Monkey means, written once: values, operators, builtins, printing, errors and limits.
//!
//! Everything is generic over the [`Value`] representation; no engine defines any of this anew,
//! so that engines differ in how they find out what to do next and in nothing else.

pub mod builtins;
mod calls;
mod equality;
mod error;
mod heap;
mod limits;
pub mod memory;
mod meter;
mod object;
pub mod operators;
pub mod print;
mod session;
mod source_info;
mod value;

pub use calls::{Call, Calls};
pub use error::{ErrorKind, Raised, RuntimeError, Shortage, Type};
pub use limits::{Fuel, Limits};
pub use meter::{Counts, Meter, Position, Unmetered};
pub use object::{Array, Closure, Hash, Key, KeyRef, Str};
pub use session::{Fresh, Integers, Session};
pub use source_info::SourceInfo;
pub use value::boxed::{Boxed, BoxedPool};
pub use value::nan::Nan;
pub use value::ptr::Ptr;
pub use value::tagged::Tagged;
pub use value::{Value, View};

/// What the compiler was told for this crate.
pub const SETTINGS: &str = settings::of_this_crate!();
