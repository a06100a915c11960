//! Commands: what one would touch, and running it so that it ends.
