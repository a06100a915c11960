//! Changes in a tree, told as they happen.
