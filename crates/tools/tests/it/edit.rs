//! Replacing text that a model remembers not quite exactly: nine strategies behind guards.
