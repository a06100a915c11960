//! Looking through a tree once: glob, grep, list, tree.
