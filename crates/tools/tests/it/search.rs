//! Looking through a tree once: glob, grep, list, tree.
#![cfg(unix)]

mod beside_rg;
mod content;
mod content_files;
mod paths;
mod tree_on_disk;
mod walk;
