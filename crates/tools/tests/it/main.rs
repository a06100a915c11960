//! The tools against real files, programs and kernels.

mod scope;
