//! Patches in the format of `apply_patch`: lenient to read, exact to apply.

mod properties;
mod scenarios;
mod syntax;
mod tool;
