//! The one way into async code.

use std::future::Future;

use crate::error::Error;

/// Runs a command's work to its end on threads of its own. What still runs beside it then, such as a read of stdin or of
/// a file that hangs, does not keep the process.
///
/// # Errors
/// Threads cannot be started, or the work fails.
pub(crate) fn block_on<T>(work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::failure("cannot start threads").caused_by(&error))?;
    let ended = runtime.block_on(work);
    runtime.shutdown_background();
    ended
}
