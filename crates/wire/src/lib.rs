//! Ironbridge's wire.
