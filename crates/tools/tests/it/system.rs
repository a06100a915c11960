//! The machine and this process in figures, and locks between processes.
