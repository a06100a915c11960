//! Files: read, write, create, changes of lines, and changes of several files that happen together or not at all.
