//! What must hold of the tools for any input: nothing panics, bytes that were not meant stay as they are.

/// One fuzz target: its name, which begins with `tool_` and is its folder under `fuzz/corpus`, and its body.
pub type FuzzTarget = (&'static str, fn(&[u8]));

/// Every target of the tools.
pub const TARGETS: &[FuzzTarget] = &[];
