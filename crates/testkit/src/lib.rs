//! Ironbridge's testkit.
