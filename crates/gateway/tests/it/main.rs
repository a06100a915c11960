//! The gateway over real sockets: scripted upstreams behind it, a raw client before it.

mod books;
mod relay;
mod rig;
mod rules;
