//! Looking through a tree once: glob, grep, list, tree.
#![cfg(unix)]

mod tree_on_disk;
mod walk;
