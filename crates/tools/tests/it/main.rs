//! The tools against real files, programs and kernels.

mod archive;
mod corpus;
mod edit;
mod files;
mod find;
mod patch;
mod policy;
mod pty;
mod scope;
mod search;
mod shell;
mod snapshot;
mod system;
mod text;
mod vcs;
mod watch;
