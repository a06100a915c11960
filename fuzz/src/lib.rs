//! The fuzz targets. Their bodies stand in [`targets`], which the stable test
//! `crates/wire/tests/it/corpus.rs` takes in as well, so that fuzzing and replay run the same code.

#![forbid(unsafe_code)]

pub mod agent;
pub mod targets;
pub mod tools;
