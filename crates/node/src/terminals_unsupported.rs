//! Terminals where there are none yet: `crates/tools/src/pty.rs` says why.

use ironbridge_tools::Failure;
use ironbridge_tools::pty::PtyError;

use crate::answer::Answer;
use crate::operation::Call;

macro_rules! unsupported {
    ($($operation:ident),*) => {
        $(pub(crate) fn $operation(_call: &mut Call<'_>) -> Result<Answer, Failure> {
            Err(PtyError::Unsupported.into())
        })*
    };
}

unsupported!(
    start,
    list,
    cleanup_idle,
    open,
    flow,
    info,
    write,
    write_all,
    read,
    peek,
    drain,
    clear,
    buffer,
    resize,
    title,
    signal,
    close
);
