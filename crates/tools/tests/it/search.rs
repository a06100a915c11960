//! Looking through a tree once: glob, grep, list, tree.
#![cfg(unix)]

pub(crate) mod beside_rg;
mod content;
mod content_files;
mod paths;
pub(crate) mod tree_on_disk;
mod walk;
