//! Copies of files before they are touched, by content, to see and undo what was done.
