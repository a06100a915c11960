//! Ironbridge's gateway.
