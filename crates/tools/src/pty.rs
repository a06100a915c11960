//! Terminals: programs that want one, kept between calls.
//!
//! One thread watches all terminals of a [`Terminals`]: it reads what programs print into a ring each, gives it to the
//! caller's function, writes what waits to be written, and learns of ends through descriptors, so an exit code is real
//! and at once. A consumer that does not keep up stops the reading, and so, as on any terminal, the program.
//!
//! A terminal that is closed, dropped, or whose [`Terminals`] is dropped takes its program with it: hung up on, given a
//! moment, then killed with all that came from it, whatever session it has moved to. A program that ends by itself
//! leaves running what it had detached, as a terminal does.

mod error;
#[cfg(unix)]
mod opening;
mod options;
mod output;
#[cfg(unix)]
mod poller;
mod ring;
#[cfg(unix)]
mod session;
#[cfg(unix)]
mod terminals;

pub use error::PtyError;
pub use options::{PtyOptions, PtySize};
pub use output::{PtyBuffer, PtyEvent, PtyInfo, PtyOutput, PtyRead, PtyStatus, Taken};
pub use ring::Ring;
#[cfg(unix)]
pub use session::Pty;
#[cfg(unix)]
pub use terminals::Terminals;

// Windows: a pseudoconsole (`CreatePseudoConsole`, Windows 10 1809) would be the same engine over overlapped pipes,
// with a job object to end the tree. Not built: `Terminals::new` says so.
#[cfg(not(unix))]
mod unsupported;
#[cfg(not(unix))]
pub use unsupported::Terminals;
