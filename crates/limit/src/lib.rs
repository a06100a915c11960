//! Ironbridge's limit.
